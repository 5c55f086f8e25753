"""How events are checked against what is kept, written, and told: what every use case that changes one shares.

Key idea: the journal keeps who did what for ever and holds identifiers and moments alone; topics, contents, places and
results stand in the event and, as old and new values, in `event_change`, from which they can be erased.
"""

from typing import Final

import msgspec
from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.changes import Values, compare
from crm.colleagues.repository import find_colleagues
from crm.events.errors import EventRefusedError, EventUnknownError
from crm.events.kinds import choose_kind
from crm.events.model import Draft, Event, Kind, check_draft
from crm.events.repository import events as repository
from database.activity import Act, record_activity
from database.identifiers import MOST_ID

_TEXTS: Final = frozenset({"topic", "content", "place", "result", "cancel_reason"})
"""Fields that hold what people typed."""
_PEOPLE: Final = frozenset({"persons", "participants", "crew", "reminded"})
_OF_KIND: Final = frozenset({"kind", "rule"})


async def load_event(connection: AsyncConnection, event_id: int) -> Event:
    """Load an event, removed ones too. Raises EventUnknownError."""
    found = await repository.find_event(connection, event_id) if 0 < event_id <= MOST_ID else None
    if found is None:
        raise EventUnknownError("there is no such event")
    return found


async def lock_event(connection: AsyncConnection, event_id: int) -> Event:
    """Load an event that is about to change, alone until the transaction ends. Raises EventUnknownError."""
    found = await repository.find_event(connection, event_id, is_locked=True) if 0 < event_id <= MOST_ID else None
    if found is None or found.archived_at is not None:
        raise EventUnknownError("there is no such event any more")
    return found


async def check(
    connection: AsyncConnection, draft: Draft, *, role: str, kept: Event | None = None
) -> tuple[Draft, Kind]:
    """Give what may be kept of a draft, and its kind; whom an event names already may stay with it.

    The parties that it names are held until the transaction ends, so that none is merged or erased meanwhile. Raises
    EventRefusedError, and what `choose_kind` raises.
    """
    kind = await choose_kind(connection, draft.kind, role=role, kept=None if kept is None else kept.kind)
    clean = check_draft(draft, kind)
    named = [*clean.persons, *([] if clean.party_id is None else [clean.party_id])]
    living = await repository.find_living(connection, named) if named else {}
    if clean.party_id is not None and clean.party_id not in living:
        raise EventRefusedError("there is no such party", field="party_id")
    if any(living.get(person) != "person" for person in clean.persons):
        raise EventRefusedError("there is no such person", field="persons")
    await _check_colleagues(connection, clean, kept)
    if clean.project_id is not None and not await repository.find_project(connection, clean.project_id, clean.phase_id):
        field = "project_id" if clean.phase_id is None else "phase_id"
        raise EventRefusedError("there is no such project or phase", field=field)
    return clean, kind


async def _check_colleagues(connection: AsyncConnection, draft: Draft, kept: Event | None) -> None:
    """Refuse users that are not there, and those who left unless they stand there already."""
    wanted: dict[str, tuple[int, ...]] = {
        name: getattr(draft, name) for name in ("participants", "crew", "reminded") if getattr(draft, name)
    }
    single = {"author_id": draft.author_id, "responsible_id": draft.responsible_id}
    wanted |= {name: (one,) for name, one in single.items() if one is not None}
    found = await find_colleagues(connection, {one for ids in wanted.values() for one in ids})
    for field, ids in wanted.items():
        stand = () if kept is None else getattr(kept, field)
        standing = stand if isinstance(stand, tuple) else (stand,)
        for one in ids:
            if one not in found or (found[one].has_left and one not in standing):
                raise EventRefusedError("there is no such colleague any more", field=field)


def columns_of(draft: Draft, kind: Kind) -> dict[str, object]:
    """Give the columns of an event that a draft fills."""
    own = structs.asdict(draft)
    return {name: own[name] for name in own if name not in _PEOPLE | _OF_KIND} | {"kind_id": kind.id}


async def keep_new(
    connection: AsyncConnection, draft: Draft, kind: Kind, *, act: Act, values: Values | None = None
) -> Event:
    """Write a new event of a checked draft and tell of it."""
    columns = columns_of(draft, kind) | {"version": 1, "created_at": act.at, "changed_at": act.at}
    event_id = await repository.insert_event(connection, columns | {"is_detached": False} | dict(values or {}))
    await repository.add_people(connection, [event_id], persons=draft.persons, users=draft.users())
    return await tell_made(connection, event_id, act=act)


async def tell_made(connection: AsyncConnection, event_id: int, *, act: Act, series: int | None = None) -> Event:
    """Tell of an event that was made, of the first one for a whole series."""
    made = await load_event(connection, event_id)
    await tell(connection, "made", made, act=act, data={} if series is None else {"series": series})
    await _tell_work(connection, made, crew=made.crew, phase_id=made.phase_id, act=act)
    return made


async def keep_change(
    connection: AsyncConnection, before: Event, values: Values, *, act: Act, what: str = "changed"
) -> Event:
    """Write columns of an event anew, keep what they were, and tell of it."""
    await repository.update_event(connection, before.id, values, act=act)
    return await tell_change(connection, before, what=what, act=act)


async def tell_change(
    connection: AsyncConnection, before: Event, *, what: str = "changed", act: Act, data: Values | None = None
) -> Event:
    """Keep old and new values of an event that was just written, and tell of it; gives it as it is."""
    after = await load_event(connection, before.id)
    delta = compare(values_of(before), values_of(after))
    row = {"event_id": after.id, "at": act.at, "actor": act.actor, "version": after.version}
    await repository.insert_change(connection, row | {"before": delta.before, "after": delta.after})
    await tell(connection, what, after, act=act, data=delta.told(_TEXTS) | dict(data or {}))
    crew = tuple(one for one in after.crew if one not in before.crew)
    phase_id = None if after.phase_id == before.phase_id else after.phase_id
    await _tell_work(connection, after, crew=crew, phase_id=phase_id, act=act)
    return after


async def tell(connection: AsyncConnection, what: str, event: Event, *, act: Act, data: Values | None = None) -> None:
    """Write an act on an event into the journal; one on an important event is important."""
    await record_activity(
        connection,
        act=act,
        what=f"event.{what}",
        record=f"event:{event.id}",
        party_id=event.party_id,
        project_id=event.project_id,
        importance=event.importance,
        data={"kind": event.kind, **(data or {})},
    )


async def _tell_work(
    connection: AsyncConnection, event: Event, *, crew: tuple[int, ...], phase_id: int | None, act: Act
) -> None:
    """Tell of a crew that was assigned and of a stage that was, each as an act of its own, for feeds and rules."""
    if crew:
        await tell(connection, "crew_assigned", event, act=act, data={"crew": crew})
    if phase_id is not None:
        await tell(connection, "stage_assigned", event, act=act, data={"phase_id": phase_id})


def values_of(event: Event) -> dict[str, object]:
    """Give the fields of an event that people set, as values of JSON."""
    drafted: dict[str, object] = msgspec.to_builtins(event.draft)
    more = (
        "completed_at",
        "completed_by",
        "held_at",
        "result_code",
        "result",
        "cancelled_at",
        "cancel_reason",
        "archived_at",
    )
    return drafted | {name: msgspec.to_builtins(getattr(event, name)) for name in more}
