"""What a receipt's flags are called, what each means, and what it asks of whoever reads it."""

from collections.abc import Mapping

from api.pages.words import Explanation, mark

FLAGS: Mapping[str, Explanation] = {
    "discount_mismatch": Explanation(
        mark("The discount is not the one of the card's rules."),
        mark("The till gave another discount than the server's own calculation. Compare the rules at the till."),
        mark("Other discount"),
    ),
    "refund_mismatch": Explanation(
        mark("More or less was given back than was due."),
        mark("The refund differs from what was paid for these goods in the original receipt."),
        mark("Other refund"),
    ),
    "no_original": Explanation(
        mark("The return names no receipt."),
        mark("It was posted all the same. Whether the goods were sold here cannot be told."),
        mark("No original"),
    ),
    "nothing_left": Explanation(
        mark("More is returned than was sold."),
        mark("Earlier returns left too little of the original. It counts nowhere; look into it with the shop."),
        mark("Nothing left"),
    ),
    "offline_overdraft": Explanation(
        mark("More was paid from the card than it had."),
        mark("The till worked without the server and could not know. The card owes the difference."),
        mark("Card overdrawn"),
    ),
    "card_unknown": Explanation(
        mark("The card is not known here."),
        mark("The receipt counts for the shop only. The number may be mistyped, or the card not made yet."),
        mark("Card unknown"),
    ),
    "card_blocked": Explanation(
        mark("The card was blocked."),
        mark("The receipt is kept and gives the card no turnover."),
        mark("Card blocked"),
    ),
    "card_frozen": Explanation(
        mark("The card was frozen."),
        mark("The receipt is kept and gives the card no turnover."),
        mark("Card frozen"),
    ),
    "card_expired": Explanation(
        mark("The card had expired."),
        mark("The receipt is kept and gives the card no turnover."),
        mark("Card expired"),
    ),
    "card_closed": Explanation(
        mark("The card was closed."),
        mark("The receipt is kept and gives the card no turnover."),
        mark("Card closed"),
    ),
    "card_outside_hours": Explanation(
        mark("The paying card was used outside its hours."),
        mark("The till worked without the server; the payment stands."),
        mark("Outside hours"),
    ),
    "card_not_activated": Explanation(
        mark("The paying card was not active yet."),
        mark("The till worked without the server; the payment stands."),
        mark("Card not active"),
    ),
    "card_replaced": Explanation(
        mark("The paying card had been replaced."),
        mark("The till worked without the server; the payment went to the card that took its place."),
        mark("Card replaced"),
    ),
    "card_issued": Explanation(
        mark("The card was not active yet."),
        mark("The receipt is kept and gives the card no turnover."),
        mark("Card not active"),
    ),
    "day_limit": Explanation(
        mark("More was paid from the card than its limit a day."),
        mark("The till worked without the server and could not know. The payment stands."),
        mark("Limit a day"),
    ),
    "other_payment": Explanation(
        mark("Something else paid beside the card."),
        mark("The card's series wants the whole receipt paid from the card; the till worked without the server."),
        mark("Other payment"),
    ),
    "hold_mismatch": Explanation(
        mark("The hold was made for another receipt or card."),
        mark("The till worked without the server; the payment was taken as an ordinary one."),
        mark("Other hold"),
    ),
    "points_not_whole": Explanation(
        mark("The payment by points is no whole number of them."),
        mark("The till worked without the server; the payment stands."),
        mark("Points not whole"),
    ),
    "points_cap": Explanation(
        mark("More was paid by points than the series allows."),
        mark("The till worked without the server; the payment stands."),
        mark("Too many points"),
    ),
    "card_not_usable": Explanation(
        mark("The card holds no money."),
        mark("A payment by this card was reported that its series does not have. Nothing was taken from it."),
        mark("Card holds no money"),
    ),
}
