"""The SQL of lists of events: pages by key, counts and groups by kind, and those that concern a party.

Key idea: every list is ordered by `listed_at`, the start of an event or, without one, when it was made; so a page costs
the same wherever it is. Counts look at `MOST_COUNTED` rows and no further.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import ARRAY, ColumnElement, Select, Text, and_, func, lateral, or_, select, text, true
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.colleagues.tables import app_user
from crm.directories.tables import directory_entry
from crm.events.model import Direction, State, state_at
from crm.events.tables import event, event_kind, event_person
from crm.parties.tables import contact_person, party
from database.activity import Importance
from database.keyset import Page, Place, read_page

PAGE_ROWS = 25
MOST_COUNTED = 10_000
MOST_IN_GROUP = 10
MOST_SPOKEN_FOR = 200
"""So many persons who speak for a party bring their events along."""

_kept, _kind = event.c, event_kind.c


class EventFilter(Struct, frozen=True, kw_only=True):
    """Which events a list shows; None does not limit. `until` is not included; `words` are searched in all texts.

    Of a party are its events and those of the persons who speak for it; with a person are those that name it.
    """

    kind: str | None = None
    is_contact: bool | None = None
    direction: Direction | None = None
    state: State | None = None
    party_id: int | None = None
    person_id: int | None = None
    responsible_id: int | None = None
    author_id: int | None = None
    result_code: str | None = None
    words: str | None = None
    importance: Importance | None = None
    project_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


class EventRow(Struct, frozen=True, kw_only=True):
    """An event in a list, with the names of whom it concerns."""

    id: int
    kind: str
    is_contact: bool
    topic: str
    direction: Direction
    starts_at: datetime | None
    ends_at: datetime | None
    is_all_day: bool
    zone: str
    importance: Importance
    place: str | None
    party_id: int | None
    party: str | None
    persons: tuple[str, ...]
    responsible_id: int | None
    responsible: str | None
    author: str | None
    project_id: int | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    result_code: str | None
    result: str | None
    series_id: int | None
    listed_at: datetime

    def state(self, now: datetime) -> State:
        """Tell the state it stands in at a moment."""
        return state_at(
            now,
            is_contact=self.is_contact,
            is_completed=self.completed_at is not None,
            is_cancelled=self.cancelled_at is not None,
            over_at=self.ends_at or self.starts_at,
        )


async def list_events(
    connection: AsyncConnection,
    wanted: EventFilter,
    *,
    now: datetime,
    place: Place | None = None,
    size: int = PAGE_ROWS,
) -> Page[EventRow]:
    """List events, the latest start first; states are those of a moment."""
    query = _rows().where(*conditions(wanted, now))
    keys = [_kept.listed_at, _kept.id]
    return await read_page(connection, query, keys=keys, place=place, size=size, row_type=EventRow)


async def count_by_kind(connection: AsyncConnection, wanted: EventFilter, *, now: datetime) -> dict[str, int]:
    """Count events by kind; where there are more than `MOST_COUNTED`, the latest of them."""
    joined = event.join(event_kind, _kind.id == _kept.kind_id)
    found = select(_kept.kind_id).select_from(joined).where(*conditions(wanted, now))
    latest = found.order_by(_kept.listed_at.desc(), _kept.id.desc()).limit(MOST_COUNTED).subquery()
    query = select(_kind.code, func.count()).join_from(latest, event_kind, _kind.id == latest.c.kind_id)
    rows = await connection.execute(query.group_by(_kind.code, _kind.position).order_by(_kind.position))
    return {row[0]: row[1] for row in rows}


async def list_by_kind(connection: AsyncConnection, wanted: EventFilter, *, now: datetime) -> dict[str, list[EventRow]]:
    """List the latest events of every kind, `MOST_IN_GROUP` at most of each, in the order of the kinds."""
    kinds = event_kind.alias("each")
    latest = _rows().where(*conditions(wanted, now), _kept.kind_id == kinds.c.id)
    of_kind = lateral(latest.order_by(_kept.listed_at.desc(), _kept.id.desc()).limit(MOST_IN_GROUP), name="latest")
    query = select(of_kind).select_from(kinds.join(of_kind, true()))
    rows = await connection.execute(
        query.order_by(kinds.c.position, kinds.c.id, of_kind.c.listed_at.desc(), of_kind.c.id.desc())
    )
    found: dict[str, list[EventRow]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(convert(row, EventRow, from_attributes=True))
    return found


async def list_coming(connection: AsyncConnection, wanted: EventFilter, *, now: datetime, most: int) -> list[EventRow]:
    """List the next events that are still planned, the soonest first."""
    ahead = (*conditions(wanted, now), _kept.listed_at > now, _kept.starts_at.is_not(None), _is("planned", now))
    rows = await connection.execute(_rows().where(*ahead).order_by(_kept.listed_at, _kept.id).limit(most))
    return [convert(row, EventRow, from_attributes=True) for row in rows]


async def list_around(connection: AsyncConnection, party_id: int, *, most: int) -> list[int]:
    """List the newest events that concern a party and are not its own.

    They are of those who speak for it, or name one of them or the party as a person.
    """
    values = {"party": party_id, "speakers": MOST_SPOKEN_FOR, "most": most}
    return list((await connection.execute(text(_AROUND), values)).scalars())


_AROUND = """
    with speaker as (select person_id as id from contact_person where party_id = :party limit :speakers)
    select id from (
        select e.id from speaker s cross join lateral (
            select id from event where party_id = s.id order by listed_at desc, id desc limit :most) e
        union
        select e.event_id from (select cast(:party as bigint) as id union all select id from speaker) s
        cross join lateral (
            select event_id from event_person where person_id = s.id order by event_id desc limit :most) e
    ) found order by id desc limit :most
"""


async def find_last_contact(connection: AsyncConnection, party_id: int, *, now: datetime) -> datetime | None:
    """Find when the last contact with a party began that was not cancelled."""
    of_party = conditions(EventFilter(party_id=party_id, is_contact=True), now)
    joined = event.join(event_kind, _kind.id == _kept.kind_id)
    past = select(_kept.starts_at).select_from(joined).where(*of_party, _kept.starts_at <= now)
    latest = past.where(_kept.cancelled_at.is_(None)).order_by(_kept.listed_at.desc(), _kept.id.desc()).limit(1)
    found: datetime | None = (await connection.execute(latest)).scalar_one_or_none()
    return found


async def list_pinned(connection: AsyncConnection, wanted: EventFilter, *, now: datetime, most: int) -> list[EventRow]:
    """List the latest events of the kinds that are pinned in profiles, cancelled ones left out."""
    pinned = (*conditions(wanted, now), _kind.is_pinned, _kept.cancelled_at.is_(None))
    newest = (_kept.listed_at.desc(), _kept.id.desc())
    rows = await connection.execute(_rows().where(*pinned).order_by(*newest).limit(most))
    return [convert(row, EventRow, from_attributes=True) for row in rows]


def conditions(wanted: EventFilter, now: datetime) -> list[ColumnElement[bool]]:
    """Give what must hold of an event of a list, whose kind is joined."""
    found: list[ColumnElement[bool]] = [_kept.archived_at.is_(None)]
    found += [column == value for column, value in _equal(wanted).items() if value is not None]
    if wanted.state is not None:
        found.append(_is(wanted.state, now))
    if wanted.result_code is not None:
        word = select(directory_entry.c.id).where(
            directory_entry.c.directory == "event_result", directory_entry.c.code == wanted.result_code
        )
        found.append(_kept.result_id == word.scalar_subquery())
    if wanted.kind is not None:
        found.append(_kept.kind_id == select(_kind.id).where(_kind.code == wanted.kind).scalar_subquery())
    if wanted.words is not None:
        found.append(_kept.words.op("@@")(func.plainto_tsquery("simple", wanted.words)))
    if wanted.party_id is not None:
        found.append(_concerns(wanted.party_id))
    if wanted.person_id is not None:
        found.append(or_(_kept.party_id == wanted.person_id, _kept.id.in_(_with_person(wanted.person_id))))
    if wanted.since is not None:
        found.append(_kept.listed_at >= wanted.since)
    if wanted.until is not None:
        found.append(_kept.listed_at < wanted.until)
    return found


def _equal(wanted: EventFilter) -> Mapping[ColumnElement[object], object]:
    return {
        _kind.is_contact: wanted.is_contact,
        _kept.direction: wanted.direction,
        _kept.responsible_id: wanted.responsible_id,
        _kept.author_id: wanted.author_id,
        _kept.importance: wanted.importance,
        _kept.project_id: wanted.project_id,
    }


def _is(state: State, now: datetime) -> ColumnElement[bool]:
    """Say that an event stands in a state at a moment, as `state_at` does."""
    over = func.coalesce(_kept.ends_at, _kept.starts_at) <= now
    is_held = and_(_kind.is_contact, over.is_(True))
    is_open = and_(_kept.cancelled_at.is_(None), _kept.completed_at.is_(None))
    return {
        "cancelled": _kept.cancelled_at.is_not(None),
        "completed": _kept.completed_at.is_not(None),
        "held": and_(is_open, is_held),
        "planned": and_(is_open, is_held.is_not(True)),
    }[state]


def _concerns(party_id: int) -> ColumnElement[bool]:
    """Say that an event is of a party, names it as a person, or is of somebody who speaks for it."""
    speakers = select(contact_person.c.person_id).where(contact_person.c.party_id == party_id).limit(MOST_SPOKEN_FOR)
    return or_(_kept.party_id == party_id, _kept.id.in_(_with_person(party_id)), _kept.party_id.in_(speakers))


def _with_person(person_id: int) -> Select[*tuple[int]]:
    return select(event_person.c.event_id).where(event_person.c.person_id == person_id)


def _rows() -> Select[*tuple[object, ...]]:
    responsible, author = app_user.alias("responsible"), app_user.alias("author")
    joined = (
        event.join(event_kind, _kind.id == _kept.kind_id)
        .outerjoin(party, party.c.id == _kept.party_id)
        .outerjoin(responsible, responsible.c.id == _kept.responsible_id)
        .outerjoin(author, author.c.id == _kept.author_id)
        .outerjoin(directory_entry, directory_entry.c.id == _kept.result_id)
    )
    own = (_kept[name] for name in EventRow.__struct_fields__ if name in _kept)
    return select(
        *own,
        _kind.code.label("kind"),
        _kind.is_contact,
        party.c.name.label("party"),
        _person_names(),
        responsible.c.name.label("responsible"),
        author.c.name.label("author"),
        directory_entry.c.code.label("result_code"),
    ).select_from(joined)


def _person_names() -> ColumnElement[Sequence[str]]:
    """Give the names of the persons of an event, as an array within its row."""
    person = party.alias("person")
    names = (
        select(person.c.name)
        .join_from(event_person, person, person.c.id == event_person.c.person_id)
        .where(event_person.c.event_id == _kept.id)
        .order_by(func.sort_key(person.c.name))
    )
    return func.array(names.correlate(event).scalar_subquery(), type_=ARRAY(Text)).label("persons")
