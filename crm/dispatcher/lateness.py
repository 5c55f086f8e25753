"""Lateness in figures: of what was promised, how much came in time, by kind of record and over time. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

from msgspec import Struct

from crm.dispatcher.repository.lateness import LateDay

MOST_COLUMNS = 31
"""A chart of more days than these shows weeks, each by its Monday, and one of more weeks months."""

_WEEK = 7


class Tally(Struct, frozen=True):
    """What was promised, what of it is late, what of that is not here yet, and by how much in all."""

    promised: int = 0
    late: int = 0
    missing: int = 0
    late_seconds: int = 0

    def plus(self, day: LateDay) -> "Tally":
        """Add a day."""
        return Tally(
            self.promised + day.promised,
            self.late + day.late,
            self.missing + day.missing,
            self.late_seconds + day.late_seconds,
        )

    @property
    def in_time(self) -> int:
        """How much is not late."""
        return self.promised - self.late

    @property
    def mean_seconds(self) -> int:
        """By how much a late one is late, in the mean, rounded down; 0 where none is."""
        return self.late_seconds // self.late if self.late else 0


def tally_kinds(days: Iterable[LateDay]) -> dict[str, Tally]:
    """Sum days by kind of record."""
    found: dict[str, Tally] = defaultdict(Tally)
    for day in days:
        found[day.kind] = found[day.kind].plus(day)
    return dict(found)


def tally_all(days: Iterable[LateDay]) -> Tally:
    """Sum all days."""
    found = Tally()
    for day in days:
        found = found.plus(day)
    return found


def tally_times(days: Sequence[LateDay], since: date, until: date) -> dict[date, Tally]:
    """Sum by day, by week or by month, whichever fits a chart; `until` is included. Empty ones stand there too."""
    begin = _step(since, until)
    found: dict[date, Tally] = {}
    day = since
    while day <= until:
        found.setdefault(begin(day), Tally())
        day += timedelta(days=1)
    for one in days:
        place = begin(one.day)
        if place in found:
            found[place] = found[place].plus(one)
    return found


def _step(since: date, until: date) -> Callable[[date], date]:
    """Give what puts a day into its column."""
    days = (until - since).days + 1
    if days <= MOST_COLUMNS:
        return lambda day: day
    if days <= MOST_COLUMNS * _WEEK:
        return lambda day: day - timedelta(days=day.weekday())
    return lambda day: day.replace(day=1)
