"""What an act changed of a card, in words, from the old and new values that the journal keeps.

Who held the card is told by no journal: of a holder it says only that it is another one.
"""

from collections.abc import Callable, Mapping
from datetime import date

from msgspec import Struct

from api.pages.formats import Formats
from api.pages.words import SETTINGS, mark
from loyalty.cards.audit import KeptAct

NONE: Mapping[str, str] = {
    "own_percent": mark("of the series"),
    "own_credit_limit": mark("of the series"),
    "own_expires_on": mark("of the series"),
    "account_id": mark("its own"),
    "day_limit": mark("none"),
}
"""What it means that a card has no value; of others nothing is said."""

ANOTHER = mark("another card's")
_DAYS = frozenset({"own_expires_on", "activated_on", "frozen_from", "frozen_until"})
_MONEY = frozenset({"own_credit_limit", "day_limit"})


class Change(Struct, frozen=True):
    """A setting that is another now, with its values before and after; both are empty where nothing is said of them."""

    name: str
    old: str
    new: str


def describe_changes(act: KeptAct, formats: Formats) -> list[Change]:
    """Say what an act on a card changed; a setting that has no words yet goes by its own name."""
    data = act.data or {}
    old, new = data.get("old"), data.get("new")
    if not (act.act.startswith("card.") and isinstance(old, dict) and isinstance(new, dict)):
        return []
    write = {name: _writer(name, formats) for name in new}
    return [
        Change(SETTINGS.get(name, name), _say(name, old.get(name), write[name]), _say(name, new[name], write[name]))
        for name in new
        if old.get(name) != new[name]
    ]


def _say(name: str, value: object, write: Callable[[object], str]) -> str:
    return NONE.get(name, "") if value is None else write(value)


def _writer(name: str, formats: Formats) -> Callable[[object], str]:
    if name in _DAYS:
        return lambda value: formats.day(date.fromisoformat(str(value)))
    if name in _MONEY:
        return lambda value: formats.money(int(str(value)))
    if name == "own_percent":
        return lambda value: formats.percent(int(str(value)))
    if name == "account_id":
        return lambda _: ANOTHER
    return str if name == "series" else lambda _: ""
