"""Which events a journal shows, read from the address and written back to it: whoever has the address has the list."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Literal

from litestar.exceptions import ClientException

from api.pages.event_words import DIRECTIONS, STATES
from api.pages.party_choice import read_party
from api.pages.queries import choice, text, whole_number
from api.pages.renderer import Call, zone_of
from crm.events.model import Direction, State
from crm.events.repository.listing import EventFilter
from database.activity import Importance

Journal = Literal["events", "contacts"]
FIELDS = (
    "kind", "direction", "state", "party", "person", "responsible", "author", "result", "words", "importance",
    "project", "since", "until",
)  # fmt: skip
GROUP = "group"
_DIRECTIONS: Mapping[str, Direction] = {one: one for one in DIRECTIONS}
_STATES: Mapping[str, State] = {one: one for one in STATES}
_IMPORTANCES: Mapping[str, Importance] = {"1": 1, "2": 2, "3": 3}


def read_fields(call: Call) -> dict[str, str]:
    """Give the fields of an address that say which events are wanted. Raises ClientException."""
    return {name: text(call, name) for name in FIELDS}


def read_filter(call: Call, journal: Journal, *, until: str) -> EventFilter:
    """Read which events an address asks for, up to a day and with it. Raises ClientException."""
    return EventFilter(
        kind=text(call, "kind") or None,
        is_contact=True if journal == "contacts" else None,
        direction=choice(call, "direction", _DIRECTIONS.__getitem__),
        state=choice(call, "state", _STATES.__getitem__),
        party_id=choice(call, "party", read_party),
        person_id=choice(call, "person", read_party),
        responsible_id=choice(call, "responsible", whole_number),
        author_id=choice(call, "author", whole_number),
        result_code=text(call, "result") or None,
        words=text(call, "words") or None,
        importance=choice(call, "importance", _IMPORTANCES.__getitem__),
        project_id=choice(call, "project", whole_number),
        since=choice(call, "since", lambda day: _midnight(call, date.fromisoformat(day))),
        until=_behind(call, until) if until else None,
    )


def _behind(call: Call, day: str) -> datetime:
    try:
        return _midnight(call, date.fromisoformat(day) + timedelta(days=1))
    except (ValueError, OverflowError) as error:
        raise ClientException("until is none that this page knows") from error


def _midnight(call: Call, day: date) -> datetime:
    return datetime.combine(day, time(), zone_of(call))
