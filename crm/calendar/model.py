"""What stands in a calendar, and on which days. Pure.

Key idea: a calendar keeps nothing of its own. An event stands in the calendar of whoever is responsible for it as soon
as it has a start, an end and that person, and in nobody's while one of the three is missing. A task stands on the day
it is due, a birthday on its day, that of 29 February on the 28th where the year has no other. Birthdays are those of
whom its people have events with, or of all where that is asked for: thousands would bury what one has to do.

Moments are put on the days of the reader's zone. Whole days are days of the calendar, the same for everybody: they keep
the dates that they have in their own zone.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, get_args
from zoneinfo import ZoneInfo

from msgspec import Struct

from crm.events.model import at_wall_time, wall_time

Source = Literal["events", "tasks", "birthdays", "all_birthdays"]
SOURCES: Final[tuple[Source, ...]] = get_args(Source)
USUAL: Final[tuple[Source, ...]] = ("events", "tasks", "birthdays")
"""What a calendar shows where nobody says."""
MOST_USERS: Final = 10
MOST_KINDS: Final = 20
MOST_DAYS: Final = 400
"""So many days are read at once, which is what a feed holds."""
MOST_OF_DAY: Final = 60
"""So many entries of each source stand on a day; a list shows what is more."""

_DAY: Final = timedelta(days=1)


class Layers(Struct, frozen=True, kw_only=True):
    """What a calendar shows. No users are everybody; a project is all that belongs to it.

    No kinds are all of them; where some are named, nothing but events of these kinds is shown. Everybody's birthdays
    are those of all.
    """

    users: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    project_id: int | None = None
    sources: frozenset[Source] = frozenset(USUAL)


class Entry(Struct, frozen=True, kw_only=True):
    """What stands in a calendar: an event, a task by its due time, or a birthday on one day.

    `id` is that of the event, the task or the person. An entry of whole days ends at the midnight after the last one.
    """

    source: Source
    id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    is_all_day: bool
    zone: str
    kind: str
    icon: str
    responsible: str | None = None
    party: str | None = None
    place: str | None = None
    is_done: bool = False
    is_contact: bool = False
    is_repeated: bool = False
    version: int = 1
    changed_at: datetime | None = None

    @property
    def key(self) -> tuple[str, int, datetime]:
        """What tells an entry from every other."""
        return self.source, self.id, self.starts_at

    @property
    def is_long(self) -> bool:
        """Whether it stands above the hours of its days: whole days, and what lasts a day or more."""
        return self.is_all_day or self.ends_at - self.starts_at >= _DAY

    def is_late(self, now: datetime) -> bool:
        """Tell whether its time is over and it is not done; contacts are held by then, and birthdays are never late."""
        return self.source != "birthdays" and not self.is_done and not self.is_contact and self.ends_at < now

    def days(self, zone: ZoneInfo) -> tuple[date, date]:
        """Give the first and the last day on which it stands for a reader; what ends at midnight leaves that day."""
        own = self.zone if self.is_all_day else zone.key
        first, behind = wall_time(self.starts_at, own), wall_time(self.ends_at, own)
        ends_on_the_hour = behind.time() == time() and behind > first
        return first.date(), (behind - _DAY if ends_on_the_hour else behind).date()


class Day(Struct, frozen=True):
    """A day of a calendar: its entries in the order in which they are read, and whether there are more."""

    date: date
    entries: tuple[Entry, ...]
    has_more: bool = False


def lay_out(entries: Iterable[Entry], days: Sequence[date], zone: ZoneInfo) -> list[Day]:
    """Put entries on some days in a row: long ones first, then by the clock, birthdays last."""
    on: Mapping[date, list[Entry]] = {day: [] for day in days}
    for entry in entries:
        first, last = entry.days(zone)
        day, last = max(first, days[0]), min(last, days[-1])
        while day <= last:
            on[day].append(entry)
            day += _DAY
    return [_day(day, sorted(found, key=_order)) for day, found in on.items()]


def month_days(day: date, first_weekday: int) -> list[date]:
    """Give the days of the whole weeks that hold a month; Monday is weekday 0."""
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - _DAY
    begin = week_days(first, first_weekday)[0]
    return _row(begin, (week_days(last, first_weekday)[-1] - begin).days + 1)


def week_days(day: date, first_weekday: int) -> list[date]:
    """Give the seven days of the week that a day is in."""
    return _row(day - timedelta(days=(day.weekday() - first_weekday) % 7), 7)


def days_from(day: date, count: int) -> list[date]:
    """Give so many days in a row."""
    return _row(day, count)


def bounds_of(days: Sequence[date], zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Give when each of some days begins and ends in a zone; days on which clocks change have 23 or 25 hours."""
    return [(at_wall_time(_midnight(day), zone), at_wall_time(_midnight(day + _DAY), zone)) for day in days]


def _row(first: date, count: int) -> list[date]:
    return [first + number * _DAY for number in range(count)]


def _day(day: date, entries: Sequence[Entry]) -> Day:
    return Day(day, tuple(entries[:MOST_OF_DAY]), len(entries) > MOST_OF_DAY)


def _order(entry: Entry) -> tuple[Any, ...]:  # Any: a key of several types
    return entry.source == "birthdays", not entry.is_long, entry.starts_at, entry.ends_at, entry.source, entry.id


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
