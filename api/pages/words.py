"""What codes are called: states, kinds, flags, acts. English here; templates put them through gettext.

`mark` does nothing but show a text to the extraction of translations. A code without words is shown as it is, so that
a newer part of the service never breaks a page.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from loyalty.receipts.model import FIXED_PRICE, GIFT, NO_DISCOUNT, TOP_UP, Payment


def mark(text: str, context: str = "") -> str:
    """Mark a text for translation; a context tells apart what English says with one word, in the form of gettext."""
    return f"{context}\x04{text}" if context else text


class Word(Struct, frozen=True):
    """What a code is called, the icon beside it and the class that gives it its colour."""

    text: str
    icon: str
    style: str = ""


class Explanation(Struct, frozen=True):
    """A state or flag of a receipt in words: what it is, what it means or asks for, and two words for a list."""

    title: str
    text: str
    short: str = ""


def actor(name: str) -> str:
    """Name who acted as a person would: `user:nora` is nora."""
    kind, _, who = name.partition(":")
    return who if kind == "user" else name.replace(":", " ")


def payments(paid: Iterable[Payment]) -> list[str]:
    """Name by what a receipt was paid, each means once."""
    return [PAYMENTS[kind] for kind in dict.fromkeys(payment.kind for payment in paid)]


def marks(bits: int) -> list[str]:
    """Name what a line's marks say of its discount."""
    return [text for bit, text in LINE_MARKS.items() if bits & bit]


LANGUAGES: Mapping[str, str] = {"en": "English", "ru": "Русский", "uk": "Українська", "bg": "Български"}
"""Each language by its own name, which is the same for every reader."""

CARD_STATES: Mapping[str, Word] = {
    "active": Word(mark("Active"), "ok", "active"),
    "issued": Word(mark("Issued"), "ring", "issued"),
    "blocked": Word(mark("Blocked"), "lock", "blocked"),
    "frozen": Word(mark("Frozen"), "snow", "frozen"),
    "expired": Word(mark("Expired"), "clock", "expired"),
    "replaced": Word(mark("Replaced"), "swap", "replaced"),
    "closed": Word(mark("Closed"), "no", "closed"),
}
CARD_KINDS: Mapping[str, str] = {
    "discount": mark("Discount card"),
    "credit": mark("Credit card"),
    "bonus": mark("Bonus card"),
}
REFUSALS: Mapping[str, str] = {
    "blocked": mark("The card is blocked."),
    "expired": mark("The card has expired."),
    "outside_hours": mark("It is outside the hours of the card's series."),
    "frozen": mark("The card is frozen."),
    "not_activated": mark("The card is not active yet."),
    "replaced": mark("Another card took its place."),
    "closed": mark("The card is closed for good."),
}
RECEIPT_KINDS: Mapping[str, Word] = {
    "sale": Word(mark("Receipt"), "receipt"),
    "return": Word(mark("Return"), "back"),
}
RECEIPT_STATES: Mapping[str, Word] = {
    "posted": Word(mark("Posted"), "ok", "active"),
    "parked": Word(mark("Waiting"), "clock", "expired"),
    "suspended": Word(mark("Suspended"), "ring", "issued"),
    "voided": Word(mark("Voided"), "no", "closed"),
}
STATE_NOTES: Mapping[str, Explanation] = {
    "parked": Explanation(
        mark("It waits for its original."),
        mark("It counts nowhere until the sale that it takes back arrives from the till."),
    ),
    "suspended": Explanation(
        mark("The till has not closed it."),
        mark("It counts nowhere until the till sends it as complete."),
    ),
    "voided": Explanation(
        mark("It was taken back."),
        mark("What it moved on cards was moved back by counter-entries."),
    ),
}
PAYMENTS: Mapping[str, str] = {
    "cash": mark("cash"),
    "bank_card": mark("bank card"),
    "card": mark("own card"),
    "points": mark("points"),
    "other": mark("other"),
}
LINE_MARKS: Mapping[int, str] = {
    NO_DISCOUNT: mark("no discount on it"),
    GIFT: mark("a gift"),
    FIXED_PRICE: mark("fixed price"),
    TOP_UP: mark("money for the card"),
}
ENTRIES: Mapping[str, str] = {
    "scanned": mark("Card scanned"),
    "swiped": mark("Card swiped"),
    "proximity": mark("Card held near"),
    "keyed": mark("Card keyed in"),
    "phone": mark("Card by phone"),
}
LEDGERS: Mapping[str, str] = {"turnover": mark("Turnover"), "money": mark("Money"), "points": mark("Points")}
REASONS: Mapping[str, str] = {
    "card_percent": mark("%(percent)s of series %(source)s"),
    "quotation": mark("fixed price of list %(source)s"),
    "receipt_rule": mark("receipt rule %(rule)s of series %(source)s"),
    "manual": mark("given by hand"),
    "rounding": mark("rounding of the total"),
}
PASSED_OVER: Mapping[str, str] = {
    "no_discount": mark("%(source)s: the line takes no discount"),
    "gift": mark("%(source)s: the line is a gift"),
    "fixed_price": mark("%(source)s: the line has a fixed price"),
    "top_up": mark("%(source)s: the line puts money on the card"),
    "given_back": mark("%(source)s: the goods are given back"),
    "lower_rank": mark("list %(source)s: another list has a higher rank"),
    "not_lowest": mark("list %(source)s: another list is cheaper"),
    "dearer": mark("list %(source)s: its price is dearer"),
    "outside_dates": mark("%(source)s: not on this day"),
    "outside_hours": mark("%(source)s: not at this hour"),
    "quotation": mark("%(source)s: the line has the fixed price of a list"),
    "no_quotation": mark("%(source)s: the article has no fixed price"),
    "already_discounted": mark("%(source)s: the line was discounted already"),
    "below_minimum": mark("%(source)s, rule %(rule)s: the receipt is too small"),
    "above_range": mark("%(source)s, rule %(rule)s: the receipt is too large"),
    "other_goods": mark("%(source)s, rule %(rule)s: it is for other goods"),
    "min_quantity": mark("%(source)s, rule %(rule)s: too few of these goods"),
    "nothing_left": mark("%(source)s: nothing was left to discount"),
    "earlier_rule": mark("%(source)s, rule %(rule)s: an earlier rule acted"),
    "receipt_rule": mark("%(source)s: a receipt rule acted"),
    "minimum_price": mark("%(source)s: the least price of the article cut it"),
    "maximum_discount": mark("%(source)s: the most discount of the article cut it"),
}
CAUSES: Mapping[str, str] = {
    "changed_meanwhile": mark("The rules were changed between the sale and its arrival."),
    "card_unknown_then": mark("The card was not known here when the receipt came."),
    "offline": mark("The till worked without the server and knew older rules."),
    "manual": mark("It was given by hand, without a card."),
    "till_discount": mark("The till gave a discount of its own."),
    "voided_unseen": mark("It was voided before it came, so nobody looked at it."),
    "unexplained": mark("Nothing that is kept explains it."),
}
SOURCES: Mapping[str, Word] = {
    "sale": Word(mark("Receipt"), "receipt"),
    "return": Word(mark("Return"), "back"),
    "void": Word(mark("Void"), "no"),
    "document": Word(mark("Document"), "clip"),
    "top_up": Word(mark("Top-up"), "plus"),
    "adjust": Word(mark("Adjustment"), "swap"),
    "adjustment": Word(mark("Adjustment"), "swap"),
    "replace": Word(mark("Card replaced"), "swap"),
    "opening": Word(mark("Opening figure"), "plus"),
    "expiry": Word(mark("Points expired"), "no"),
}
SIGNALS: Mapping[str, Word] = {
    "own_card": Word(mark("Own card used by a cashier"), "person"),
    "distant_stores": Word(mark("One card in distant shops"), "swap"),
    "keyed": Word(mark("Cards keyed instead of scanned"), "flag"),
    "threshold_riding": Word(mark("Bought up to a threshold and returned"), "back"),
}
DOCUMENT_KINDS: Mapping[str, str] = {
    "sale": mark("Sale"),
    "return": mark("Return"),
    "adjustment": mark("Adjustment"),
    "order": mark("Order"),
    "supplier_order": mark("Supplier order"),
    "invoice": mark("Invoice"),
    "payment": mark("Payment"),
    "delivery": mark("Delivery"),
}
DOCUMENT_STATES: Mapping[str, Word] = {
    "posted": Word(mark("Posted"), "ok", "active"),
    "draft": Word(mark("Draft"), "ring", "issued"),
    "cancelled": Word(mark("Cancelled"), "no", "closed"),
    "deleted": Word(mark("Deleted"), "no", "closed"),
}
LAYOUTS: Mapping[str, str] = {
    "a4-cards": mark("A4, cards 85.6 × 54 mm"),
    "letter-cards": mark("Letter, cards 85.6 × 54 mm"),
    "a4-labels": mark("A4, labels"),
    "letter-labels": mark("Letter, labels"),
    "a4-tags": mark("A4, key tags"),
    "letter-tags": mark("Letter, key tags"),
    "card": mark("A card printer, one by one"),
    "label": mark("A label printer, one by one"),
}
SYMBOLOGIES: Mapping[str, str] = {
    "code128": mark("Code 128: letters and digits"),
    "ean13": mark("EAN-13: numbers of 13 digits with a check digit"),
    "qr": mark("QR code"),
}
ROLES: Mapping[str, str] = {
    "admin": mark("Administrator"),
    "director": mark("Director"),
    "marketing_director": mark("Marketing director"),
    "marketing": mark("Marketing"),
    "sales": mark("Sales"),
    "purchasing": mark("Purchasing"),
    "call_taker": mark("Call taker"),
    "dispatcher": mark("Dispatcher"),
    "clerk": mark("Clerk"),
    "cashier_supervisor": mark("Cashiers’ supervisor"),
}
THEMES: Mapping[str, str] = {"system": mark("System"), "light": mark("Light"), "dark": mark("Dark")}
ACTS: Mapping[str, Word] = {
    "card.active": Word(mark("Made active"), "ok"),
    "card.issued": Word(mark("Unblocked, not active yet"), "ring"),
    "card.blocked": Word(mark("Blocked"), "lock"),
    "card.frozen": Word(mark("Frozen"), "snow"),
    "card.expired": Word(mark("Expired"), "clock"),
    "card.closed": Word(mark("Closed"), "no"),
    "card.replaced": Word(mark("Replaced"), "swap"),
    "card.changed": Word(mark("Own settings changed"), "gear"),
    "card.attributes_set": Word(mark("Attributes changed"), "gear"),
    "party.attributes_set": Word(mark("Attributes changed"), "gear"),
    "card.first_use": Word(mark("Used for the first time"), "ok"),
    "card.rated": Word(mark("Rated by its turnover"), "gear"),
    "card.points_expired": Word(mark("Points expired"), "clock"),
    "card.number_shown": Word(mark("Number shown"), "eye"),
    "card.unfrozen": Word(mark("Unfrozen"), "ok"),
    "card.took_place": Word(mark("Took another card's place"), "swap"),
    "card.opened": Word(mark("Opening figures imported"), "plus"),
    "card.change_undone": Word(mark("A mass change taken back"), "back"),
    "card.top_up": Word(mark("Money put on the card"), "plus"),
    "card.adjust": Word(mark("Ledger adjusted"), "swap"),
    "card.account_joined": Word(mark("A card came to its account"), "plus"),
    "card.account_left": Word(mark("A card left its account"), "back"),
    "receipt.voided": Word(mark("A receipt voided"), "no"),
    "document.saved": Word(mark("A document saved"), "clip"),
    "document.deleted": Word(mark("A document deleted"), "no"),
    "hold.placed": Word(mark("Money held for a receipt"), "clock"),
    "hold.released": Word(mark("Held money released"), "ok"),
    "signal.dismissed": Word(mark("A signal dismissed"), "flag"),
}
JOB_KINDS: Mapping[str, str] = {
    "cards.generate": mark("Cards of series %(series)s"),
    "rules.run": mark("Run of the rules of series %(series)s"),
    "rules.rehearse": mark("Rehearsal of series %(series)s"),
    "cards.change": mark("Change of many cards"),
    "cards.undo": mark("Change %(change)s taken back"),
    "parties.duplicates": mark("Search for duplicates"),
    "parties.import": mark("Import of parties"),
    "recipients.import": mark("Import of recipients"),
    "parties.change": mark("Change of many parties"),
    "parties.undo": mark("Change %(change)s of parties taken back"),
    "parties.score": mark("Scoring of all parties"),
    "books.verify": mark("Proof of the books"),
}
JOB_RESULTS: Mapping[str, str] = {
    "made": mark("Cards made"),
    "found": mark("Pairs found"),
    "scored": mark("Parties scored"),
    "parties": mark("New parties"),
    "recipients": mark("New recipients"),
    "added_to": mark("Parties changed"),
    "left": mark("Parties as they were"),
    "stay_out": mark("Rows that stay out"),
    "passed_over": mark("Numbers passed over"),
    "changed": mark("Cards changed"),
    "unchanged": mark("Were so already"),
    "undone": mark("Cards put back"),
    "parties_changed": mark("Parties changed"),
    "parties_put_back": mark("Parties put back"),
    "changed_since": mark("Changed since, left alone"),
}
JOB_REFUSED = mark("Refused")
JOB_STATES: Mapping[str, Word] = {
    "queued": Word(mark("Waiting"), "clock", "issued"),
    "running": Word(mark("Running"), "clock", "issued"),
    "done": Word(mark("Done"), "ok", "active"),
    "failed": Word(mark("Failed"), "alert", "blocked"),
    "cancelled": Word(mark("Stopped"), "no", "closed"),
}
SETTINGS: Mapping[str, str] = {
    "own_percent": mark("Percent"),
    "own_credit_limit": mark("Limit"),
    "own_expires_on": mark("Last day"),
    "activated_on": mark("Activated on"),
    "series": mark("Series"),
    "series_id": mark("Series"),
    "holder_id": mark("Holder"),
    "account_id": mark("Account"),
    "day_limit": mark("Limit a day"),
    "frozen_from": mark("Frozen from"),
    "frozen_until": mark("Frozen until"),
}
