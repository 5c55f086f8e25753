"""How planned work fills the days of a colleague. Pure.

Key idea: a plan is minutes over days, and every day is held against what its owner works on one. A task's planned time
is spread evenly over the working days from its beginning to its due day, the minutes that do not divide going to the
first ones; one without any working day between them takes the days it has. An event takes the time it lasts, one of
whole days the whole norm of a working day.

A closed task was work until the day it was closed and is none behind it; a dropped one is none at all.

Days are those of the time zone given. Working days are Monday to Friday; it knows no holidays.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

WORKING_DAYS: Final = 5
"""So many first days of the week are worked on."""
WEEK: Final = 7
_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)


class PlannedTask(Struct, frozen=True):
    """A task that somebody is to spend time on; one of its two moments at least is known."""

    user_id: int
    minutes: int
    starts_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None


class PlannedEvent(Struct, frozen=True):
    """An event that somebody is responsible for; one of whole days ends at the midnight behind it, in its zone."""

    user_id: int
    starts_at: datetime
    ends_at: datetime
    is_all_day: bool
    zone: str


class DayLoad(Struct, frozen=True):
    """What is planned for somebody on a day, and how long they work on it, all in minutes."""

    on: date
    tasks: int
    events: int
    norm: int

    @property
    def planned(self) -> int:
        """All that is planned."""
        return self.tasks + self.events

    @property
    def over(self) -> int:
        """How much more is planned than can be done; nothing where it fits."""
        return max(0, self.planned - self.norm)


def is_working(day: date) -> bool:
    """Tell whether a day is worked on."""
    return day.weekday() < WORKING_DAYS


def list_days(first: date, last: date) -> list[date]:
    """List the days from one to another, both included."""
    return [first + number * _DAY for number in range((last - first).days + 1)]


def fill_days(
    days: Sequence[date],
    *,
    norm: int,
    tasks: Iterable[PlannedTask],
    events: Iterable[PlannedEvent],
    zone: tzinfo,
) -> tuple[DayLoad, ...]:
    """Give what the tasks and events of one colleague put on each of some days that follow each other."""
    of_tasks = _sum(spread(task, days, zone=zone) for task in tasks)
    of_events = _sum(last_on(event, days, norm=norm, zone=zone) for event in events)
    return tuple(
        DayLoad(day, of_tasks.get(day, 0), of_events.get(day, 0), norm if is_working(day) else 0) for day in days
    )


def spread(task: PlannedTask, days: Sequence[date], *, zone: tzinfo) -> dict[date, int]:
    """Give the minutes of a task on those of some days that it is planned on."""
    moments = [moment for moment in (task.starts_at, task.due_at) if moment is not None]
    first, last = moments[0].astimezone(zone).date(), moments[-1].astimezone(zone).date()
    working = _count_working(first, last)
    count = working or (last - first).days + 1
    each, rest = divmod(task.minutes, count)
    closed_on = None if task.closed_at is None else task.closed_at.astimezone(zone).date()
    found = {}
    for day in days:
        is_planned = first <= day <= last and (is_working(day) or not working)
        if is_planned and (closed_on is None or day <= closed_on):
            place = _count_working(first, day - _DAY) if working else (day - first).days
            found[day] = each + (place < rest)
    return found


def last_on(event: PlannedEvent, days: Sequence[date], *, norm: int, zone: tzinfo) -> dict[date, int]:
    """Give the minutes that an event takes of each of some days; an hour that the clock skips is none."""
    if event.is_all_day:
        own = ZoneInfo(event.zone)
        first, behind = (moment.astimezone(own).date() for moment in (event.starts_at, event.ends_at))
        return {day: norm for day in days if first <= day < behind and is_working(day)}
    found = {}
    for day in days:
        begin, end = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (day, day + _DAY))
        lasts = min(end, event.ends_at) - max(begin, event.starts_at)
        if lasts > timedelta():
            found[day] = lasts // _MINUTE
    return found


def _count_working(first: date, last: date) -> int:
    """Count the working days from one day to another, both included."""
    weeks, rest = divmod(max(0, (last - first).days + 1), WEEK)
    return weeks * WORKING_DAYS + sum(is_working(first + number * _DAY) for number in range(rest))


def _sum(parts: Iterable[Mapping[date, int]]) -> dict[date, int]:
    found: dict[date, int] = {}
    for part in parts:
        for day, minutes in part.items():
            found[day] = found.get(day, 0) + minutes
    return found
