"""When a contact person can be reached: weekly hours in the person's own time zone. Pure.

Key idea: hours are wall time where the person is, so that they stay right when clocks change; whether somebody can be
reached is asked of a moment, never kept. Whose hours are not known may be called at any time.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from crm.parties.errors import PersonRefusedError
from crm.parties.model import ContactPerson, Hours

MOST_HOURS = 21
WEEKDAYS = (1, 2, 3, 4, 5, 6, 7)
MIDNIGHT = time(0)


def check_hours(hours: Sequence[Hours], timezone: str | None) -> tuple[Hours, ...]:
    """Give hours in the order of the week. Raises PersonRefusedError for what no week has."""
    if timezone is not None and timezone not in timezones():
        raise PersonRefusedError("is no time zone such as Europe/Sofia", field="timezone")
    if hours and timezone is None:
        raise PersonRefusedError("hours are those of a time zone: say which", field="timezone")
    if len(hours) > MOST_HOURS:
        raise PersonRefusedError(f"has at most {MOST_HOURS} spans", field="hours")
    for span in hours:
        if not span.days or not set(span.days) <= set(WEEKDAYS):
            raise PersonRefusedError("a span has weekdays from 1, Monday, to 7", field="hours")
        if span.until != MIDNIGHT and span.until <= span.since:
            raise PersonRefusedError("a span ends after it begins, by midnight, which is 00:00", field="hours")
        if span.since.tzinfo is not None or span.until.tzinfo is not None:
            raise PersonRefusedError("times are those of the time zone and name no other", field="hours")
    clean = [Hours(tuple(sorted(set(span.days))), span.since, span.until) for span in hours]
    return tuple(sorted(clean, key=lambda span: (span.days, span.since)))


@lru_cache(maxsize=1)
def timezones() -> frozenset[str]:
    """Name the time zones of places."""
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


def is_reachable(person: ContactPerson, now: datetime) -> bool:
    """Tell whether a person can be reached at a moment; one without hours always can."""
    if not person.hours:
        return True
    local = now.astimezone(_zone(person))
    return any(_holds(span, local) for span in person.hours)


def next_reachable(person: ContactPerson, now: datetime) -> datetime | None:
    """Give the moment within a week from which a person can be reached again; None for who can be now."""
    if is_reachable(person, now):
        return None
    local = now.astimezone(_zone(person))
    starts = [
        start
        for ahead in range(8)
        for span in person.hours
        if (day := local.date() + timedelta(days=ahead)).isoweekday() in span.days
        and (start := datetime.combine(day, span.since, local.tzinfo)) > local
    ]
    return min(starts)


def _holds(span: Hours, local: datetime) -> bool:
    is_before_end = span.until == MIDNIGHT or local.time() < span.until
    return local.isoweekday() in span.days and span.since <= local.time() and is_before_end


def _zone(person: ContactPerson) -> ZoneInfo:
    """Give the zone of a person; one that the system no longer knows is that of Greenwich."""
    try:
        return ZoneInfo(person.timezone or "UTC")
    except ZoneInfoNotFoundError:
        return ZoneInfo("UTC")
