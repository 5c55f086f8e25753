"""When a report is sent: each day, each Monday or on the first of each month, at an hour of the shop. Pure.

An hour that a change of clocks leaves out is the one behind it, one that comes twice is its first. Of occurrences that
nobody was there to send, the last one alone is sent: it tells of today.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from crm.reports.periods import add_months

Every = Literal["day", "week", "month"]
_DAY = timedelta(days=1)


def next_due(every: Every, hour: int, *, after: datetime, zone: ZoneInfo) -> datetime:
    """Give the first occurrence behind a moment."""
    day = _first_day(every, after.astimezone(zone).date())
    while (due := _moment(day, hour, zone)) <= after:
        day = _next_day(every, day)
    return due


def last_due(every: Every, hour: int, *, until: datetime, zone: ZoneInfo) -> datetime:
    """Give the last occurrence up to a moment."""
    day = _first_day(every, until.astimezone(zone).date())
    due = _moment(day, hour, zone)
    return due if due <= until else _moment(_first_day(every, day - _DAY), hour, zone)


def _first_day(every: Every, day: date) -> date:
    """Give the last day up to a day on which a report is sent."""
    if every == "week":
        return day - day.weekday() * _DAY
    return day.replace(day=1) if every == "month" else day


def _next_day(every: Every, day: date) -> date:
    return add_months(day, 1) if every == "month" else day + (7 * _DAY if every == "week" else _DAY)


def _moment(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), zone).astimezone(UTC)
