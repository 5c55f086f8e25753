"""Use cases of calendars: reading a stretch of days in a fixed number of queries, one for each source."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.calendar import repository
from crm.calendar.model import MOST_DAYS, Day, Entry, Layers, bounds_of, days_from, lay_out
from crm.events.model import at_wall_time
from crm.parties.births import birthdays_on


async def read_days(connection: AsyncConnection, layers: Layers, days: Sequence[date], *, zone: ZoneInfo) -> list[Day]:
    """Give some days in a row, `MOST_DAYS` at most, with what stands on each."""
    return lay_out(await read_entries(connection, layers, days, zone=zone), days, zone)


async def read_entries(
    connection: AsyncConnection, layers: Layers, days: Sequence[date], *, zone: ZoneInfo
) -> list[Entry]:
    """Give what stands on some days in a row, each entry once.

    A day more is looked at on either side: whole days of another zone begin and end at another moment.
    """
    assert 0 < len(days) <= MOST_DAYS, "who calls shows no more"
    bounds = bounds_of(days_from(days[0] - timedelta(days=1), len(days) + 2), zone)
    found: list[Entry] = []
    if "events" in layers.sources:
        found += await repository.list_events(connection, layers, bounds)
    if "tasks" in layers.sources and not layers.kinds:
        found += await repository.list_due_tasks(connection, layers, bounds[1:-1], zone=zone.key)
    if layers.sources & {"birthdays", "all_birthdays"} and not layers.kinds and layers.project_id is None:
        wanted = [(number, day) for day in days for number in birthdays_on(day)]
        users = () if "all_birthdays" in layers.sources else layers.users
        born = await repository.list_birthdays(connection, wanted, users=users)
        found += [_birthday(*row, zone=zone) for row in born]
    return found


def _birthday(day: date, person_id: int, name: str, changed_at: datetime, *, zone: ZoneInfo) -> Entry:
    midnight = datetime.combine(day, time())
    return Entry(
        source="birthdays",
        id=person_id,
        title=name,
        starts_at=at_wall_time(midnight, zone),
        ends_at=at_wall_time(midnight + timedelta(days=1), zone),
        is_all_day=True,
        zone=zone.key,
        kind="birthday",
        icon="cake",
        changed_at=changed_at,
    )
