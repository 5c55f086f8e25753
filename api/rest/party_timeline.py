"""A party's one timeline on the wire: what every module did to it and its cards, with old and new values."""

from collections.abc import Sequence
from datetime import datetime

from litestar import Router, get
from litestar.params import FromPath, FromQuery
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.rest.calls import Call, service_of
from api.rest.history import read_event_place, render_data, write_event_place
from api.rest.problems import PROBLEMS
from crm.parties.repository.audit import KeptChange, list_kept_changes
from crm.parties.service import load_party
from crm.profile.listing import Module, Moment, Timeline, TimelineFilter, list_timeline
from database.journal import JournalRow
from loyalty.money import Scale


class ChangedValues(Struct, frozen=True):
    """What an act replaced: `before` is null for something new, `after` for what was removed.

    Texts of people stand here alone, and go when the party is erased.
    """

    before: dict[str, object] | None
    after: dict[str, object] | None


class TimelineItem(Struct, frozen=True):
    """What was done, by whom, when and to which record; `data` are its facts, `changes` the values of people's data."""

    at: datetime
    actor: str
    act: str
    record: str
    data: dict[str, object] | None
    changes: list[ChangedValues]


class TimelinePage(Struct, frozen=True):
    """Acts, newest first; `next` is what to give as `after` for the rows behind."""

    acts: list[TimelineItem]
    next: str | None


@get("/timeline", responses=PROBLEMS)
async def get_timeline(
    request: Call,
    party_id: FromPath[int],
    module: FromQuery[Module | None] = None,
    actor: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> TimelinePage:
    """List all that happened to a party and its cards: of one module, by one actor, page by page."""
    service = service_of(request)
    place = read_event_place(after)
    before = None if place is None else Moment(*place.key)  # type: ignore[arg-type] # read_event_place gives a moment and a number
    wanted = TimelineFilter(module=module, actor=actor)
    found, changes = await service.database.run(_load, party_id, wanted, before=before)
    acts = [_render(row, changes, service.money) for row in found.rows]
    return TimelinePage(acts, None if found.older is None else write_event_place(found.older.at, found.older.id))


async def _load(
    connection: AsyncConnection, party_id: int, wanted: TimelineFilter, *, before: Moment | None
) -> tuple[Timeline, list[KeptChange]]:
    party = await load_party(connection, party_id)
    found = await list_timeline(connection, party.id, wanted, before=before)
    of_parties = [(row.party_id, row.at) for row in found.rows if row.party_id is not None]
    return found, await list_kept_changes(connection, of_parties)


def _render(row: JournalRow, changes: Sequence[KeptChange], money: Scale) -> TimelineItem:
    own = [ChangedValues(one.before, one.after) for one in changes if one.belongs_to(row)]
    data = None if row.data is None else render_data(row.data, money)
    return TimelineItem(row.at, row.actor, row.act, row.record, data, own)


router = Router(
    "/v1/parties/{party_id:int}", route_handlers=[get_timeline], opt=dict(allows("parties.read")), tags=["parties"]
)
