"""Date X: the day of the next contact, said on one contact, is an event of its own that is planned for it.

Key idea: saving says what is to be, not what to do. A new day makes the next contact or moves it, another reminder
changes when it is told of, no day removes it, as long as it is still planned; one that took place or was cancelled
stays and is only let go of.
"""

from datetime import date, datetime, time, timedelta

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.events.keeping import keep_change, keep_new, load_event, tell_change
from crm.events.kinds import load_kind
from crm.events.model import Draft, Event, at_wall_time, read_zone, wall_time
from crm.events.repository import events as repository
from crm.origins.service import set_origin
from database.activity import Act


async def plan_next(connection: AsyncConnection, event: Event, *, before: Event | None, act: Act) -> Event:
    """Make, move or remove the next contact of an event whose date X or reminder was another; gives the event."""
    was = None if before is None else before.next_on
    reminded = None if before is None else before.remind_days
    if event.next_on == was and (event.next_on is None or event.remind_days == reminded):
        return event
    planned = await _find_planned(connection, event, act)
    if event.next_on is None:
        if planned is not None:
            await _remove(connection, planned, act=act)
        return await _link(connection, event, None)
    if planned is not None:
        times = _moved(planned, event.next_on) if event.next_on != was else {}
        notice = {"remind_days": event.remind_days} if event.remind_days != reminded else {}
        await repository.update_event(connection, planned.id, times | notice, act=act)
        await tell_change(connection, planned, act=act)
        return event
    if event.next_on == was:
        return event
    kind = await load_kind(connection, event.kind)
    made = await keep_new(connection, next_draft(event, event.next_on), kind, act=act)
    await set_origin(connection, f"event:{made.id}", f"event:{event.id}", act=act)
    return await _link(connection, event, made.id)


def next_draft(event: Event, day: date) -> Draft:
    """Give the contact that follows another on a day: with the same people about the same, at no hour yet."""
    zone = read_zone(event.zone)
    return structs.replace(
        event.draft,
        content=None,
        starts_at=at_wall_time(datetime.combine(day, time()), zone),
        ends_at=at_wall_time(datetime.combine(day + timedelta(days=1), time()), zone),
        is_all_day=True,
        promised_at=None,
        next_on=None,
        rule=None,
    )


async def _find_planned(connection: AsyncConnection, event: Event, act: Act) -> Event | None:
    if event.next_event_id is None:
        return None
    found = await load_event(connection, event.next_event_id)
    return found if found.archived_at is None and found.state(act.at) == "planned" else None


async def _link(connection: AsyncConnection, event: Event, next_id: int | None) -> Event:
    await repository.set_next(connection, event.id, next_id)
    return await load_event(connection, event.id)


async def _remove(connection: AsyncConnection, planned: Event, *, act: Act) -> None:
    await set_origin(connection, f"event:{planned.id}", None, act=act)
    await keep_change(connection, planned, {"archived_at": act.at}, what="removed", act=act)


def _moved(planned: Event, day: date) -> dict[str, object]:
    """Give the times of a contact that is moved to a day; an hour that was set since stays."""
    assert planned.starts_at is not None, "a planned contact has a day"
    zone = read_zone(planned.zone)
    days = day - wall_time(planned.starts_at, planned.zone).date()
    return {
        name: None if moment is None else at_wall_time(wall_time(moment, planned.zone) + days, zone)
        for name, moment in (("starts_at", planned.starts_at), ("ends_at", planned.ends_at))
    }
