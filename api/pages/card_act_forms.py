"""Which acts there are on a card, what each says of itself, and in which states it makes sense."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from api.pages.words import mark
from loyalty.cards.listing import FullCard
from loyalty.cards.model import CardState

USABLE: frozenset[CardState] = frozenset({"active", "issued"})
LIVING: frozenset[CardState] = frozenset({"active", "issued", "blocked", "frozen", "expired"})
DONE: Mapping[str, str] = {
    "replace": mark("This card took the place of the lost one."),
    "top-up": mark("The money is on the card."),
    "block": mark("The card is blocked."),
    "unblock": mark("The card can be used again."),
    "activate": mark("The card is active."),
    "freeze": mark("The card is frozen on these days."),
    "unfreeze": mark("The card can be used again."),
    "adjust": mark("The entry was added."),
    "take-in": mark("The other card spends this card's money now."),
    "day-limit": mark("The limit a day was changed."),
    "leave": mark("The card spends its own money again."),
    "close": mark("The card is closed for good."),
    "settings": mark("The settings were saved."),
    "attributes": mark("The attributes were saved."),
    "holder": mark("The holder was changed."),
}


class CardActForm(Struct, frozen=True):
    """An act: what it is called, what it does, its button, its icon, its fields, and in which states it makes sense."""

    title: str
    text: str
    button: str
    icon: str
    fields: tuple[str, ...]
    states: frozenset[CardState]
    is_dangerous: bool = False
    optional: frozenset[str] = frozenset()


ACT_FORMS: Mapping[str, CardActForm] = {
    "replace": CardActForm(
        mark("Replace lost card"),
        mark(
            "Turnover, money, points and own settings move to the new card at once. The old one is worth nothing then."
        ),
        mark("Replace card"),
        "swap",
        ("number",),
        LIVING,
    ),
    "top-up": CardActForm(
        mark("Put money on the card"),
        mark("The amount can be spent at once. It is no turnover."),
        mark("Put money on the card"),
        "plus",
        ("amount",),
        USABLE,
    ),
    "block": CardActForm(
        mark("Block card"),
        mark("Every till refuses it from now on. What is on it stays, and it can be unblocked."),
        mark("Block card"),
        "lock",
        ("reason",),
        LIVING - {"blocked"},
        is_dangerous=True,
    ),
    "unblock": CardActForm(
        mark("Unblock card"),
        mark("It can be used again at once."),
        mark("Unblock card"),
        "ok",
        ("reason",),
        frozenset({"blocked"}),
        optional=frozenset({"reason"}),
    ),
    "activate": CardActForm(
        mark("Activate card"),
        mark("It can be used at once; a term of its series begins today."),
        mark("Activate card"),
        "ok",
        (),
        frozenset({"issued"}),
    ),
    "freeze": CardActForm(
        mark("Freeze card"),
        mark("It is refused on these days, both included, and its last day moves by as many."),
        mark("Freeze card"),
        "snow",
        ("from", "until"),
        frozenset({"active"}),
    ),
    "unfreeze": CardActForm(
        mark("Unfreeze card"),
        mark("It can be used again at once. Its last day moves back by the days that had not begun."),
        mark("Unfreeze card"),
        "ok",
        (),
        frozenset({"frozen"}),
    ),
    "adjust": CardActForm(
        mark("Correct a ledger"),
        mark("A counter-entry with your reason is added; nothing that stands there is changed."),
        mark("Add the entry"),
        "swap",
        ("ledger", "amount", "reason"),
        LIVING,
    ),
    "take-in": CardActForm(
        mark("Add a card to the account"),
        mark("The other card spends this card's money from now on. Its turnover and its receipts stay its own."),
        mark("Add card"),
        "plus",
        ("account", "day_limit"),
        LIVING,
        optional=frozenset({"day_limit"}),
    ),
    "day-limit": CardActForm(
        mark("Limit a day"),
        mark("So much and no more can be paid by this card on one day, whatever the account has."),
        mark("Save the limit"),
        "clock",
        ("day_limit",),
        LIVING,
        optional=frozenset({"day_limit"}),
    ),
    "leave": CardActForm(
        mark("Take card off the account"),
        mark("It spends its own money from now on. What it spent before stays with the account."),
        mark("Take card off the account"),
        "back",
        (),
        LIVING,
        is_dangerous=True,
    ),
    "close": CardActForm(
        mark("Close card for good"),
        mark("It can never be used again, and this cannot be taken back."),
        mark("Close card"),
        "no",
        ("reason",),
        LIVING,
        is_dangerous=True,
        optional=frozenset({"reason"}),
    ),
}


def acts_for(full: FullCard, state: CardState, today: date) -> dict[str, CardActForm]:
    """Give the acts that make sense for a card in a state, by name."""
    frozen_until = full.card.frozen_until
    allowed = {name: form for name, form in ACT_FORMS.items() if state in form.states}
    if full.series.settings.kind != "credit":
        unfit = {"top-up", "take-in", "day-limit", "leave"}
    else:  # a card that spends another's money lets nobody spend its own
        unfit = {"leave"} if full.card.account_id is None else {"take-in"}
    allowed = {name: form for name, form in allowed.items() if name not in unfit}
    if frozen_until is not None and frozen_until >= today and state != "frozen":
        allowed.pop("freeze", None)
        if state == "active":
            allowed["unfreeze"] = ACT_FORMS["unfreeze"]
    return allowed
