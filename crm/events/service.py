"""Use cases of events: made, changed - one, this and following, or all of a series - and removed.

How an event ends, and what was attached to it, is told in `ending` and `files`.
"""

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.changes import refuse_clash
from crm.events import series
from crm.events.ending import check_outcome, close
from crm.events.errors import EventChangedError, EventStepRefusedError
from crm.events.keeping import (
    check,
    columns_of,
    keep_change,
    keep_new,
    load_event,
    lock_event,
    tell_change,
    tell_made,
    values_of,
)
from crm.events.model import Draft, Event, Kind, Outcome, Scope
from crm.events.next_contacts import plan_next
from crm.events.repository import events as repository
from crm.events.repository.series import detach
from crm.origins.service import set_origin
from database.activity import Act
from database.identifiers import MOST_ID

_EVENT = "event:"


async def make_event(
    connection: AsyncConnection,
    draft: Draft,
    *,
    role: str,
    user_id: int | None = None,
    outcome: Outcome | None = None,
    origin: str | None = None,
    act: Act,
) -> Event:
    """Make an event, or a series of them where it has a rule; gives the first one.

    With an outcome it is completed at once by the user. `origin` is the record that it was made from. Raises what
    `check` raises, EventRuleRefusedError, OriginRefusedError.
    """
    clean, kind = await check(connection, draft, role=role)
    ended = None if outcome is None else await check_outcome(connection, outcome)
    if clean.rule is None:
        made = await keep_new(connection, clean, kind, act=act)
    else:
        series_id, first = await series.begin_series(connection, clean, kind, act=act)
        made = await tell_made(connection, first, act=act, series=series_id)
    if origin is not None:
        await link_origin(connection, f"{_EVENT}{made.id}", origin, act=act)
    made = await plan_next(connection, made, before=None, act=act)
    return made if ended is None else await close(connection, made, ended, user_id=user_id, act=act)


async def change_event(
    connection: AsyncConnection,
    event_id: int,
    draft: Draft,
    *,
    seen: int,
    scope: Scope = "one",
    role: str,
    act: Act,
) -> Event:
    """Change an event, from the version that somebody saw; of a series one, this and what follows, or all.

    A rule given to a single event makes it the first of a series. Raises EventUnknownError, EventChangedError with the
    differences, and what making raises.
    """
    before = await load_event(connection, event_id)
    is_one = before.series_id is not None and scope == "one"
    wanted = structs.replace(draft, rule=None) if is_one else draft
    clean, kind = await check(connection, wanted, role=role, kept=before)
    before = await lock_event(connection, event_id)
    await _refuse_stale(connection, before, clean, seen=seen)
    if before.series_id is None and clean.rule is not None:
        if before.completed_at is not None or before.cancelled_at is not None:
            raise EventStepRefusedError("what is over is not repeated", field="rule")
        series_id, _ = await series.begin_series(connection, clean, kind, act=act, first=before)
        return await tell_change(connection, before, act=act, data={"series": series_id})
    if before.series_id is None or is_one:
        after = await _change_one(connection, before, clean, kind, act=act)
        return await plan_next(connection, after, before=before, act=act)
    await _change_series(connection, before, clean, kind, scope=scope, act=act)
    return await tell_change(connection, before, act=act, data={"series": before.series_id, "scope": scope})


async def remove_event(
    connection: AsyncConnection, event_id: int, *, seen: int, scope: Scope = "one", act: Act
) -> Event:
    """Take an event out of all lists; of a series one, this and what follows, or all that nobody did anything to.

    Raises EventUnknownError, EventChangedError.
    """
    before = await lock_event(connection, event_id)
    if before.version != seen:
        raise EventChangedError((), before.version)
    if before.series_id is not None:
        if scope == "one":
            await series.remove_occurrence(connection, before)
        else:
            since = before.series_start if scope == "following" else None
            await series.end_series(connection, before, since=since)
    return await keep_change(connection, before, {"archived_at": act.at}, what="removed", act=act)


async def link_origin(connection: AsyncConnection, record: str, origin: str, *, act: Act) -> None:
    """Say that a record was made from another; an occurrence of a series that something is made from stands for itself.

    Raises OriginRefusedError.
    """
    await set_origin(connection, record, origin, act=act)
    if origin.startswith(_EVENT) and int(origin.removeprefix(_EVENT)) <= MOST_ID:
        await detach(connection, int(origin.removeprefix(_EVENT)))


async def _change_one(connection: AsyncConnection, before: Event, draft: Draft, kind: Kind, *, act: Act) -> Event:
    if draft == structs.replace(before.draft, rule=None):
        return before
    columns = columns_of(draft, kind) | {"is_detached": before.series_id is not None}
    await repository.update_event(connection, before.id, columns, act=act)
    await repository.replace_people(connection, [before.id], persons=draft.persons, users=draft.users())
    return await tell_change(connection, before, act=act)


async def _change_series(
    connection: AsyncConnection, before: Event, draft: Draft, kind: Kind, *, scope: Scope, act: Act
) -> None:
    if before.is_detached:
        raise EventStepRefusedError("this one was changed by itself: change another one for the series", field="scope")
    if draft.rule is None:
        raise EventStepRefusedError("a series has a rule: remove what follows to end it", field="rule")
    if scope == "all":
        await series.change_all(connection, before, draft, kind, act=act)
    else:
        await series.change_following(connection, before, draft, kind, act=act)


async def _refuse_stale(connection: AsyncConnection, event: Event, draft: Draft, *, seen: int) -> None:
    """Refuse to put a draft over what somebody else changed after the version that was seen."""
    if seen == event.version:
        return
    theirs = values_of(event)
    drafted = values_of(structs.replace(event, **{name: getattr(draft, name) for name in _SHARED}))
    yours = {name: drafted[name] for name in _SHARED}
    replaced = await repository.list_old_values(connection, event.id, since=seen)
    if not replaced:
        raise EventChangedError((), event.version)
    theirs = {name: theirs[name] for name in _SHARED}
    refuse_clash(EventChangedError, replaced, yours=yours, theirs=theirs, seen=seen, version=event.version)


_SHARED = tuple(name for name in Draft.__struct_fields__ if name != "rule")
