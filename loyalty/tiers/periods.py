"""Periods of turnover: which days belong together, and how people name them.

A period is a span of whole business days. Weeks are those of ISO 8601. A lifetime has no first day; it is named by the
day up to which it is looked at, so that a lifetime can be looked at again on another day.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta

from msgspec import Struct

from loyalty.cards.rules import Period

_ONE_DAY = timedelta(days=1)
_MONTHS: dict[Period, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


class PeriodError(ValueError):
    """Text that names no period of the wanted kind; the message says why."""


class Span(Struct, frozen=True):
    """The days of one period, both ends inclusive; a lifetime has no first day."""

    period: Period
    first: date | None
    last: date

    @property
    def name(self) -> str:
        """Its name: `2026-10-15`, `2026-W40`, `2026-10`, `2026-Q4`, `2026-H1`, `2026`; a lifetime's is its last day."""
        year, month = self.last.year, self.last.month
        if self.period == "week":
            week = self.last.isocalendar()
            return f"{week.year:04d}-W{week.week:02d}"
        if self.period == "month":
            return f"{year:04d}-{month:02d}"
        if self.period == "quarter":
            return f"{year:04d}-Q{month // 3}"
        if self.period == "half_year":
            return f"{year:04d}-H{month // 6}"
        return f"{year:04d}" if self.period == "year" else self.last.isoformat()


def span_of(period: Period, day: date) -> Span:
    """Give the period to which a day belongs; a lifetime up to that day."""
    if period == "lifetime":
        return Span(period, None, day)
    if period == "day":
        return Span(period, day, day)
    if period == "week":
        monday = day - timedelta(days=day.weekday())
        return Span(period, monday, monday + timedelta(days=6))
    months = _MONTHS[period]
    return _months(period, day.year, (day.month - 1) // months * months + 1)


def _months(period: Period, year: int, month: int) -> Span:
    first = date(year, month, 1)
    behind = month + _MONTHS[period]
    last = date(year, 12, 31) if behind > 12 else date(year, behind, 1) - _ONE_DAY  # noqa: PLR2004 # months of a year
    return Span(period, first, last)


def previous(period: Period, today: date) -> Span:
    """Give the last period that is over: a lifetime up to yesterday."""
    current = span_of(period, today)
    return span_of(period, (today if current.first is None else current.first) - _ONE_DAY)


def read_span(period: Period, text: str, *, today: date) -> Span:
    """Read `previous`, `current` or the name of a period of this kind. Raises PeriodError."""
    if text == "previous":
        return previous(period, today)
    return span_of(period, today) if text == "current" else read_name(period, text)


def read_name(period: Period, text: str) -> Span:
    """Read the name of a period of this kind. Raises PeriodError."""
    pattern, make, example = _NAMES[period]
    match = pattern.fullmatch(text)
    try:
        if match is not None:
            return make(*map(int, match.groups()))
    except ValueError:
        pass  # a day, a week or a month that the calendar has not
    raise PeriodError(f"must be previous, current, or a {period.replace('_', '-')} such as {example}")


_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_NAMES: dict[Period, tuple[re.Pattern[str], Callable[..., Span], str]] = {
    "lifetime": (
        _DAY,
        lambda *day: span_of("lifetime", date(*day)),
        "2026-10-15 (the day up to which it is looked at)",
    ),
    "day": (_DAY, lambda *day: span_of("day", date(*day)), "2026-10-15"),
    "week": (
        re.compile(r"(\d{4})-W(\d{2})", re.ASCII),
        lambda year, week: span_of("week", date.fromisocalendar(year, week, 1)),
        "2026-W40",
    ),
    "month": (re.compile(r"(\d{4})-(\d{2})", re.ASCII), lambda year, month: _months("month", year, month), "2026-10"),
    "quarter": (
        re.compile(r"(\d{4})-Q([1-4])", re.ASCII),
        lambda year, part: _months("quarter", year, part * 3 - 2),
        "2026-Q4",
    ),
    "half_year": (
        re.compile(r"(\d{4})-H([12])", re.ASCII),
        lambda year, part: _months("half_year", year, part * 6 - 5),
        "2026-H1",
    ),
    "year": (re.compile(r"(\d{4})", re.ASCII), lambda year: _months("year", year, 1), "2026"),
}
