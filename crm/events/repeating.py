"""When a repeated event happens: a rule of RFC 5545 in the wall time of a zone. Pure.

Key idea: a rule is expanded in wall time and each of its times is then put into its zone, so that a meeting at ten
stays at ten when clocks change. A rule is kept as text that any calendar reads; it says a day at least, never an hour,
so that no rule has two occurrences of a day, and a window holds at most as many as it has days.

It refuses what RFC 5545 leaves to luck: a rule that ends both by a date and by a count, and a start that is none of its
own occurrences; a series begins with its first occurrence.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import MAXYEAR, UTC, datetime, time, timedelta
from itertools import islice
from typing import Final

from dateutil.rrule import rrule, rrulestr
from msgspec import Struct

from crm.events.errors import EventRuleRefusedError
from crm.events.model import wall_time

MOST_COUNT: Final = 5_000
MOST_INTERVAL: Final = 1_000
MOST_RULE: Final = 300
LOOKED_AHEAD: Final = timedelta(days=5 * 366)
"""A rule whose first occurrence lies farther off than that is taken for one that has none."""
_CYCLE_YEARS: Final = 400
_CYCLE: Final = timedelta(days=146_097)
_FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_PATTERNS: Final = {
    "FREQ": r"DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": r"[1-9]\d{0,3}",
    "COUNT": r"[1-9]\d{0,3}",
    "UNTIL": r"\d{8}(T\d{6}Z?)?",
    "BYDAY": r"([+-]?[1-5]?(MO|TU|WE|TH|FR|SA|SU))(,[+-]?[1-5]?(MO|TU|WE|TH|FR|SA|SU))*",
    "BYMONTHDAY": r"-?([1-9]|[12]\d|3[01])(,-?([1-9]|[12]\d|3[01]))*",
    "BYMONTH": r"([1-9]|1[0-2])(,([1-9]|1[0-2]))*",
    "BYSETPOS": r"-?[1-9]\d{0,2}(,-?[1-9]\d{0,2})*",
    "WKST": r"MO|TU|WE|TH|FR|SA|SU",
}
"""The parts of a rule, in the order in which they are kept."""

_PLAIN: Final = {
    "DAILY": {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH"},
    "WEEKLY": {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY"},
}


class Rule(Struct, frozen=True):
    """A rule without its end, and the end: after so many, or at a time on the wall; neither is for ever."""

    text: str
    count: int | None = None
    until: datetime | None = None

    @property
    def kept(self) -> str:
        """The rule as text in wall time."""
        end = [f"COUNT={self.count}"] if self.count is not None else []
        if self.until is not None:
            end = [f"UNTIL={self.until:%Y%m%dT%H%M%S}"]
        return ";".join([self.text, *end])


def read_rule(text: str, zone: str) -> Rule:
    """Read a rule such as `FREQ=WEEKLY;BYDAY=MO,FR`; an end in UTC is put on the wall. Raises EventRuleRefusedError."""
    parts = _split(text)
    if "COUNT" in parts and "UNTIL" in parts:
        raise _refused("ends by a count or by a date, not by both")
    _check_parts(parts)
    count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    plain = ";".join(f"{name}={parts[name]}" for name in _PATTERNS if name in parts)
    if count is not None and int(count) > MOST_COUNT:
        raise _refused(f"happens at most {MOST_COUNT:,} times")
    return Rule(plain, None if count is None else int(count), None if until is None else _read_until(until, zone))


def _check_parts(parts: Mapping[str, str]) -> None:
    """Refuse what days and weeks have no use for, so that a rule of theirs always happens within a few of them."""
    frequency, interval = parts["FREQ"], int(parts.get("INTERVAL", "1"))
    if interval > MOST_INTERVAL:
        raise _refused(f"an interval is at most {MOST_INTERVAL:,}")
    if frequency in _PLAIN:
        counted = any(part[0] in "+-12345" for part in parts.get("BYDAY", "X").split(","))
        foreign = sorted(parts.keys() - _PLAIN[frequency])
        if foreign or counted:
            raise _refused(f"{foreign[0] if foreign else 'a counted weekday'} is for months and years")
    if frequency == "DAILY" and interval > 1 and parts.keys() & {"BYDAY", "BYMONTH"}:
        raise _refused("days that are passed over name no weekdays and no months")


def _split(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    clean = text.strip().upper().removeprefix("RRULE:")
    for part in clean.split(";") if len(clean) <= MOST_RULE else ():
        name, _, value = part.partition("=")
        if name not in _PATTERNS or name in parts or re.fullmatch(_PATTERNS[name], value, re.ASCII) is None:
            raise _refused(f"{part[:40]!r} is no part that is kept")
        parts[name] = value
    if "FREQ" not in parts:
        raise _refused(f"names one of {', '.join(_FREQUENCIES)}")
    return parts


def _read_until(text: str, zone: str) -> datetime:
    try:
        if text.endswith("Z"):
            return wall_time(datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC), zone)
        if "T" in text:
            return datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007 # wall time has no zone
        last = datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 # wall time has no zone
    except ValueError as error:
        raise _refused("ends on a day such as 20261231") from error
    return last + timedelta(days=1) - timedelta(seconds=1)


def occurrences(rule: Rule, starts: datetime, *, before: datetime) -> Iterator[datetime]:
    """Give the wall times at which a rule that starts at one happens before another, in their order."""
    last = before - timedelta(seconds=1)
    if last < starts:
        return iter(())
    end = last if rule.until is None else min(last, rule.until)
    return islice(_expand(rule.text, starts, end), rule.count)


def first_occurrence(rule: Rule, starts: datetime) -> datetime:
    """Give the first time at or after a start at which a rule happens. Raises EventRuleRefusedError."""
    found = next(occurrences(rule, starts, before=starts + LOOKED_AHEAD), None)
    if found is None:
        raise _refused("never happens")
    return found


def end_before(rule: Rule, split: datetime) -> Rule:
    """Give the rule for what is kept of a series that is cut at a time: its end is the day before.

    A whole day, as forms show it, for a series that is later moved to another hour must not bring back what was cut.
    """
    return Rule(rule.text, until=datetime.combine(split.date(), time.min) - timedelta(seconds=1))


def moved(rule: Rule, days: int) -> Rule:
    """Give the rule of a series that happens so many days later: its last day moves along."""
    return rule if rule.until is None else Rule(rule.text, until=rule.until + timedelta(days=days))


def end_after(rule: Rule, starts: datetime, split: datetime) -> Rule:
    """Give the rule for what is left of a series from a time of it on: of a count what is not used up before."""
    if rule.count is None:
        return rule
    used = sum(1 for _ in occurrences(rule, starts, before=split))
    return Rule(rule.text, max(1, rule.count - used))


def is_over(rule: Rule, starts: datetime, before: datetime) -> bool:
    """Tell whether nothing of a rule happens at or after a time."""
    if rule.until is not None:
        return rule.until < before
    if rule.count is not None:
        return sum(1 for _ in occurrences(rule, starts, before=before)) >= rule.count
    return False


def without(times: Iterator[datetime] | Sequence[datetime], left_out: Collection[datetime]) -> list[datetime]:
    """Give times without those that were left out."""
    out = set(left_out)
    return [one for one in times if one not in out]


def _expand(text: str, starts: datetime, end: datetime) -> Iterator[datetime]:
    """Expand a rule in the last centuries that the calendar of the library has, and put what it gives back.

    The library looks for the next occurrence to the end of its calendar; there that is near, so that a rule which never
    happens is told from one that does in a moment. Every 400 years days fall on the same weekdays.
    """
    shift = _CYCLE * ((MAXYEAR - end.year) // _CYCLE_YEARS)
    rule = rrulestr(text, dtstart=starts + shift)
    assert isinstance(rule, rrule), "a set of rules is never kept"
    return (one - shift for one in rule.replace(until=end + shift))


def _refused(detail: str) -> EventRuleRefusedError:
    return EventRuleRefusedError(detail, field="rule")
