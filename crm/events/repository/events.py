"""The SQL of events that change; lists for people stand in `listing`, series in `series`."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import convert
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    column,
    delete,
    func,
    insert,
    select,
    table,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.changes import Change, Values
from crm.directories.tables import directory_entry
from crm.events.model import USER_PARTS, Event, UserPart
from crm.events.tables import event, event_change, event_kind, event_person, event_series, event_user
from crm.parties.tables import party
from database.activity import Act

MOST_CHANGES = 500
"""The changes that a history shows, the newest."""

_kept = event.c


_JOINED = {"kind", "is_contact", "result_code", "rule", "persons", "participants", "crew", "reminded"}


async def find_event(connection: AsyncConnection, event_id: int, *, is_locked: bool = False) -> Event | None:
    """Find an event with its persons and colleagues; a locked one nobody else changes meanwhile."""
    if is_locked:
        await connection.execute(select(_kept.id).where(_kept.id == event_id).with_for_update())
    row = (await connection.execute(_events().where(_kept.id == event_id))).one_or_none()
    return None if row is None else convert(row, Event, from_attributes=True)


async def list_events(connection: AsyncConnection, ids: Collection[int]) -> list[Event]:
    """Load events by their identifiers, in the order of these."""
    rows = await connection.execute(_events().where(_kept.id.in_(ids)).order_by(_kept.id))
    return [convert(row, Event, from_attributes=True) for row in rows]


async def insert_event(connection: AsyncConnection, values: Mapping[str, object]) -> int:
    """Make an event and give its identifier."""
    made = await connection.execute(insert(event).values(values).returning(_kept.id))
    return int(made.scalar_one())


async def update_event(connection: AsyncConnection, event_id: int, values: Mapping[str, object], *, act: Act) -> int:
    """Write fields of an event anew, make its next version and give it."""
    changed = {**values, "version": _kept.version + 1, "changed_at": act.at}
    statement = update(event).where(_kept.id == event_id).values(changed).returning(_kept.version)
    return int((await connection.execute(statement)).scalar_one())


async def set_next(connection: AsyncConnection, event_id: int, next_id: int | None) -> None:
    """Say which event is the next contact of another."""
    await connection.execute(update(event).where(_kept.id == event_id).values(next_event_id=next_id))


async def replace_people(
    connection: AsyncConnection,
    event_ids: Sequence[int],
    *,
    persons: Sequence[int],
    users: Mapping[UserPart, Sequence[int]],
) -> None:
    """Give each of some events the same persons and colleagues, by two statements for each kind of them."""
    await connection.execute(delete(event_person).where(event_person.c.event_id.in_(event_ids)))
    await connection.execute(delete(event_user).where(event_user.c.event_id.in_(event_ids)))
    await add_people(connection, event_ids, persons=persons, users=users)


async def add_people(
    connection: AsyncConnection,
    event_ids: Sequence[int],
    *,
    persons: Sequence[int],
    users: Mapping[UserPart, Sequence[int]],
) -> None:
    """Give each of some new events the same persons and colleagues."""
    if persons:
        await connection.execute(text(_GIVE_PERSONS), {"events": list(event_ids), "persons": list(persons)})
    for part in USER_PARTS:
        if users.get(part):
            values = {"events": list(event_ids), "users": list(users[part]), "part": part}
            await connection.execute(text(_GIVE_USERS), values)


_GIVE_PERSONS = """
    insert into event_person (event_id, person_id)
    select event_id, person_id
    from unnest(cast(:events as bigint[])) event_id cross join unnest(cast(:persons as bigint[])) person_id"""
_GIVE_USERS = """
    insert into event_user (event_id, user_id, part)
    select event_id, user_id, :part
    from unnest(cast(:events as bigint[])) event_id cross join unnest(cast(:users as bigint[])) user_id"""


async def insert_change(connection: AsyncConnection, values: Mapping[str, object]) -> None:
    """Keep what a change of an event replaced."""
    await connection.execute(insert(event_change).values(values))


async def list_changes(connection: AsyncConnection, event_id: int) -> list[Change]:
    """List what was changed about an event, the newest first."""
    columns = (event_change.c[name] for name in Change.__struct_fields__)
    query = select(*columns).where(event_change.c.event_id == event_id).order_by(event_change.c.id.desc())
    rows = await connection.execute(query.limit(MOST_CHANGES))
    return [convert(row, Change, from_attributes=True) for row in rows]


async def list_old_values(connection: AsyncConnection, event_id: int, *, since: int) -> list[Values]:
    """List what changes after a version replaced, the oldest first."""
    change = event_change.c
    query = select(change.before).where(change.event_id == event_id, change.version > since)
    return list((await connection.execute(query.order_by(change.id))).scalars())


async def find_living(connection: AsyncConnection, ids: Collection[int]) -> dict[int, str]:
    """Find parties that were neither merged nor erased, by kind, and keep them so until the transaction ends."""
    stands = (party.c.merged_into.is_(None), party.c.erased_at.is_(None))
    query = select(party.c.id, party.c.kind).where(party.c.id.in_(ids), *stands)
    rows = await connection.execute(query.order_by(party.c.id).with_for_update(read=True))
    return {row.id: row.kind for row in rows}


async def find_project(connection: AsyncConnection, project_id: int, phase_id: int | None) -> bool:
    """Tell whether a project is there, and the phase is one of it."""
    query = select(_project.c.id).where(_project.c.id == project_id)
    if phase_id is not None:
        query = select(_phase.c.id).where(_phase.c.id == phase_id, _phase.c.project_id == project_id)
    return (await connection.execute(query)).first() is not None


_project = table("project", column("id", BigInteger))
_phase = table("project_phase", column("id", BigInteger), column("project_id", BigInteger))
_LISTS: Mapping[UserPart, str] = {"participant": "participants", "crew": "crew", "reminded": "reminded"}


def _events() -> Select[*tuple[object, ...]]:
    own = (_kept[name] for name in Event.__struct_fields__ if name not in _JOINED)
    kind, word, series = event_kind.c, directory_entry.c, event_series.c
    joined = event.join(event_kind, kind.id == _kept.kind_id).outerjoin(directory_entry, word.id == _kept.result_id)
    person = event_person.c
    persons = select(person.person_id).where(person.event_id == _kept.id).order_by(person.person_id)
    return select(
        *own,
        kind.code.label("kind"),
        kind.is_contact,
        word.code.label("result_code"),
        series.rule,
        _listed(persons).label("persons"),
        *(_listed(_users(part)).label(name) for part, name in _LISTS.items()),
    ).select_from(joined.outerjoin(event_series, series.id == _kept.series_id))


def _users(part: UserPart) -> Select[*tuple[int]]:
    user = event_user.c
    return select(user.user_id).where(user.event_id == _kept.id, user.part == part).order_by(user.user_id)


def _listed(query: Select[*tuple[int]]) -> ColumnElement[Sequence[int]]:
    """Give a column of one query as an array within a row of another."""
    return func.array(query.correlate(event).scalar_subquery(), type_=_IDS)


_IDS = ARRAY(BigInteger)
