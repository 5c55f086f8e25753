"""Where a page of a list begins, as it stands in an address: a party, and its key in the list's order.

`17` is a party that has no such key, `17~2026-11-22` one with the key behind the tilde. Both ways an address holds no
more than the list itself shows.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from crm.attributes.model import Attribute, Kind
from crm.views.model import View, ViewError
from crm.views.repository.pages import KeyValue, ListPlace
from database.identifiers import MOST_ID

MOST_LENGTH = 1_000


def print_place(place: ListPlace) -> str:
    """Write a place as it stands in an address."""
    if place.key is None:
        return str(place.party_id)
    key = place.key.isoformat() if isinstance(place.key, date) else str(place.key)
    return f"{place.party_id}~{key}"


def parse_place(text: str, view: View, attributes: Mapping[str, Attribute], *, is_back: bool) -> ListPlace:
    """Read a place in the order of a view. Raises ViewError for what no page gave."""
    party_id, tilde, key = text.partition("~")
    try:
        value = _reader(view.sort, attributes)(key) if tilde else None
        return ListPlace(_read_id(party_id), value, is_back)
    except (ValueError, KeyError, InvalidOperation) as error:
        raise ViewError("the page of the list cannot be read") from error


def _reader(sort: str, attributes: Mapping[str, Attribute]) -> Callable[[str], KeyValue]:
    if sort in attributes:
        return _BY_KIND[attributes[sort].kind]
    return _BY_SORT[sort]


def _read_id(text: str) -> int:
    party_id = _read_whole(text)
    if party_id < 1:
        raise ValueError("no identifier")
    return party_id


def _read_whole(text: str) -> int:
    number = int(text) if len(text) <= len(str(-MOST_ID)) else MOST_ID + 1
    if abs(number) > MOST_ID:
        raise ValueError("beyond what a column holds")
    return number


def _read_number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError("no number")
    return number


def _read_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its offset")
    return moment


def _read_text(text: str) -> str:
    if len(text) > MOST_LENGTH or "\0" in text:
        raise ValueError("no text")
    return text


_BY_SORT: Mapping[str, Callable[[str], KeyValue]] = {
    "name": _read_text,
    "created": _read_moment,
    "changed": _read_moment,
    "turnover": _read_whole,
}
_BY_KIND: Mapping[Kind, Callable[[str], KeyValue]] = {
    "text": _read_text,
    "number": _read_number,
    "date": date.fromisoformat,
    "yes_no": {"True": True, "False": False}.__getitem__,
    "choice": _read_whole,
    "choices": _read_whole,
    "reference": _read_whole,
}
