"""What the address of the dispatcher's feed asks for; it carries everything, so that a filter is saved as it stands."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from litestar.exceptions import ClientException
from msgspec import Struct

from api.pages.party_choice import read_party
from api.pages.queries import choice, keep_fields, text, whole_number
from api.pages.renderer import Call, zone_of
from crm.dispatcher.model import GROUPS, STATUSES, FeedFilter, Group, Moment, Status
from database.activity import Importance

PATH = "/dispatcher"
FIELDS = (
    "words", "act", "status", "importance", "actor", "since", "until", "project", "party", "alone", "group",
)  # fmt: skip
SOURCE = "source"
MOST_SOURCES = 60
_STATUSES: Mapping[str, Status] = {one: one for one in STATUSES}
_GROUPS: Mapping[str, Group] = {one: one for one in GROUPS}
_IMPORTANCES: Mapping[str, Importance] = {"1": 1, "2": 2, "3": 3}
_YEARS = range(1970, 3000)
_NOTHING: frozenset[str] = frozenset()


class Asked(Struct, frozen=True):
    """What a page of the feed was asked for: its filter, without what may be read, and the fields as typed."""

    filter: FeedFilter
    words: str
    group: Group
    fields: Mapping[str, str]
    sources: tuple[str, ...]
    before: Moment | None
    opened: Moment | None

    @property
    def is_filtered(self) -> bool:
        """Tell whether anything is left out."""
        return bool(self.sources) or any(value for name, value in self.fields.items() if name != "group")

    @property
    def query(self) -> str:
        """The fields of the address without a place in the feed."""
        return self.address().partition("?")[2]

    def address(self, path: str = PATH, **more: str) -> str:
        """Give the address of the same filter with other fields; an empty one is left out."""
        fields = {**self.fields, **more}
        pairs = [(name, value) for name, value in fields.items() if value] + [(SOURCE, one) for one in self.sources]
        return f"{path}?{urlencode(pairs)}" if pairs else path


def read_asked(call: Call) -> Asked:
    """Read what an address asks for. Raises ClientException."""
    fields = {name: text(call, name) for name in FIELDS}
    sources = tuple(dict.fromkeys(call.query_params.getall(SOURCE, [])))
    if len(sources) > MOST_SOURCES:
        raise ClientException("there are not so many sources")
    wanted = FeedFilter(
        families=_NOTHING,
        act=fields["act"] or None,
        status=choice(call, "status", _STATUSES.__getitem__),
        importance=choice(call, "importance", _IMPORTANCES.__getitem__),
        actor=_actor(fields["actor"]),
        since=choice(call, "since", lambda typed: _midnight(call, typed)),
        until=choice(call, "until", lambda typed: _midnight(call, typed, days=1)),
        project_id=choice(call, "project", whole_number),
        party_id=choice(call, "party", read_party),
        without_project=bool(fields["alone"]),
    )
    return Asked(
        filter=wanted,
        words=fields["words"],
        group=choice(call, "group", _GROUPS.__getitem__) or "day",
        fields=fields,
        sources=sources,
        before=choice(call, "older", read_place),
        opened=choice(call, "open", read_place),
    )


def clean_query(typed: str) -> str:
    """Give of a query what the feed understands, for a filter that is saved."""
    return keep_fields(typed, (*FIELDS, SOURCE))


def print_place(place: Moment) -> str:
    """Write the place of a row for an address."""
    return f"{place.at.isoformat()}_{place.id}"


def read_place(typed: str) -> Moment:
    """Read the place of a row. Raises ValueError."""
    moment, _, row = typed.partition("_")
    at = datetime.fromisoformat(moment)
    if at.tzinfo is None:
        raise ValueError("a place has an offset")
    return Moment(at, whole_number(row))


def _actor(typed: str) -> str | None:
    """Give who is meant as the journal names them: a till as it is, a person by the login."""
    return (typed if ":" in typed else f"user:{typed}") if typed else None


def _midnight(call: Call, typed: str, *, days: int = 0) -> datetime:
    day = date.fromisoformat(typed)
    if day.year not in _YEARS:
        raise ValueError("no year of the journal")
    return datetime.combine(day + timedelta(days=days), time(), zone_of(call))
