"""Periods of days: presets that move on with the calendar, the period before, and steps of time. Pure.

Weeks begin on Monday, as ISO 8601 says. The period before has as many days and ends the day before; of whole months it
is as many whole months, so that March is held against February.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final, Literal

from msgspec import Struct

Preset = Literal[
    "today", "yesterday", "week", "last_week", "month", "last_month", "quarter", "last_quarter", "year", "last_year",
    "days", "own",
]  # fmt: skip
Step = Literal["day", "week", "month"]

MOST_DAYS: Final = 3_660
EARLIEST: Final = date(1990, 1, 1)
LATEST: Final = date(2999, 12, 31)
_DAY: Final = timedelta(days=1)
_MONTHS: Final = 12
_QUARTER: Final = 3


class Period(Struct, frozen=True):
    """From one day to another, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """The period that it is held against."""
        last = self.first - _DAY
        if self.first.day == 1 and self.last.day == monthrange(self.last.year, self.last.month)[1]:
            months = (self.last.year - self.first.year) * _MONTHS + self.last.month - self.first.month + 1
            return Period(add_months(self.first, -months), last)
        return Period(self.first - timedelta(days=self.days), last)

    def steps(self, step: Step) -> list[date]:
        """List the first days of the steps that it touches, in order; the first may begin before it does."""
        found, day = [], step_of(self.first, step)
        while day <= self.last:
            found.append(day)
            day = next_step(day, step)
        return found


def period_of(preset: Preset, today: date, *, days: int = 0) -> Period:
    """Give the days that a preset means today; `days` are the last ones up to today, for the preset of that name."""
    if preset == "days":
        return Period(today - timedelta(days=days - 1), today)
    assert preset != "own", "who calls knows its days"
    return _PRESETS[preset](today)


def step_of(day: date, step: Step) -> date:
    """Give the first day of the step in which a day lies."""
    if step == "day":
        return day
    return day - timedelta(days=day.weekday()) if step == "week" else day.replace(day=1)


def next_step(day: date, step: Step) -> date:
    """Give the first day of the step behind the one that begins on a day."""
    if step == "month":
        return add_months(day, 1)
    return day + (_DAY if step == "day" else 7 * _DAY)


def add_months(day: date, months: int) -> date:
    """Move the first day of a month by months."""
    index = day.year * _MONTHS + day.month - 1 + months
    return date(index // _MONTHS, index % _MONTHS + 1, 1)


def _month(first: date, months: int = 1) -> Period:
    return Period(first, add_months(first, months) - _DAY)


def _quarter(today: date) -> date:
    return date(today.year, (today.month - 1) // _QUARTER * _QUARTER + 1, 1)


def _week(monday: date) -> Period:
    return Period(monday, monday + 6 * _DAY)


_PRESETS: Final[Mapping[str, Callable[[date], Period]]] = {
    "today": lambda today: Period(today, today),
    "yesterday": lambda today: Period(today - _DAY, today - _DAY),
    "week": lambda today: _week(step_of(today, "week")),
    "last_week": lambda today: _week(step_of(today, "week") - 7 * _DAY),
    "month": lambda today: _month(today.replace(day=1)),
    "last_month": lambda today: _month(add_months(today.replace(day=1), -1)),
    "quarter": lambda today: _month(_quarter(today), _QUARTER),
    "last_quarter": lambda today: _month(add_months(_quarter(today), -_QUARTER), _QUARTER),
    "year": lambda today: _month(date(today.year, 1, 1), _MONTHS),
    "last_year": lambda today: _month(date(today.year - 1, 1, 1), _MONTHS),
}
