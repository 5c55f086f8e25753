"""Rules of RFC 5545: the days they give, wall time across changes of clocks, and an oracle beside them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from crm.events.errors import EventRuleRefusedError
from crm.events.model import at_wall_time
from crm.events.repeating import end_after, end_before, first_occurrence, is_over, occurrences, read_rule

SOFIA = ZoneInfo("Europe/Sofia")


def at(wall: str) -> datetime:
    """Give a time on a wall, which has no zone."""
    return datetime.fromisoformat(wall)


def times(rule: str, starts: datetime, before: datetime) -> list[datetime]:
    return list(occurrences(read_rule(rule, "Europe/Sofia"), starts, before=before))


def moments(rule: str, starts: datetime, before: datetime) -> list[str]:
    return [at_wall_time(one, SOFIA).isoformat() for one in times(rule, starts, before)]


def test_each_monday_and_friday_stays_at_its_wall_time_across_a_change_of_clocks() -> None:
    """C77-57: clocks go forward on Sunday, 29 March 2026."""
    found = moments("FREQ=WEEKLY;BYDAY=MO,FR", at("2026-03-23T10:00"), at("2026-04-06T10:00"))

    assert found == [
        "2026-03-23T08:00:00+00:00", "2026-03-27T08:00:00+00:00", "2026-03-30T07:00:00+00:00", "2026-04-03T07:00:00+00:00",
    ]  # fmt: skip


def test_the_15th_of_each_month_comes_12_times_a_year() -> None:
    """C77-58."""
    found = times("FREQ=MONTHLY;BYMONTHDAY=15", at("2026-01-15T09:00"), at("2027-01-01"))

    assert [(one.month, one.day) for one in found] == [(month, 15) for month in range(1, 13)]


def test_each_morning_at_ten_is_at_ten_in_winter_and_in_summer() -> None:
    """C77-59: clocks go back on Sunday, 25 October 2026."""
    found = moments("FREQ=DAILY", at("2026-10-24T10:00"), at("2026-10-27"))

    assert [one[11:16] for one in found] == ["07:00", "08:00", "08:00"]


def test_time_that_the_clock_passes_over_is_taken_by_the_offset_before() -> None:
    assert moments("FREQ=DAILY", at("2026-03-29T03:30"), at("2026-03-30")) == ["2026-03-29T01:30:00+00:00"]


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ("FREQ=DAILY;COUNT=5", 5),
        ("FREQ=DAILY;UNTIL=20260105", 5),
        ("FREQ=DAILY;UNTIL=20260105T070000Z", 5),
        ("FREQ=DAILY", 365),
    ],
)
def test_series_ends_by_a_count_by_a_day_or_not_at_all(rule: str, count: int) -> None:
    """C77-55."""
    starts = at("2026-01-01T09:00")
    read = read_rule(rule, "Europe/Sofia")

    assert len(list(occurrences(read, starts, before=at("2027-01-01")))) == count
    assert is_over(read, starts, at("2027-01-01")) == (count == 5)


def test_rest_of_a_counted_series_is_what_was_not_used_up() -> None:
    rule = read_rule("FREQ=DAILY;COUNT=10", "UTC")
    assert end_after(rule, at("2026-01-01"), at("2026-01-04")).count == 7


def test_series_begins_with_the_first_day_that_its_rule_gives() -> None:
    rule = read_rule("FREQ=WEEKLY;BYDAY=MO,FR", "UTC")
    assert first_occurrence(rule, at("2026-11-25T10:00")) == at("2026-11-27T10:00")


def test_cut_series_keeps_what_happens_before_the_cut() -> None:
    begin, cut = at("2026-01-01T10:00"), at("2026-01-04T10:00")
    kept = end_before(read_rule("FREQ=DAILY;COUNT=10", "UTC"), cut)
    assert kept.kept == "FREQ=DAILY;UNTIL=20260103T235959"
    assert list(occurrences(kept, begin, before=at("2027-01-01"))) == [begin + timedelta(days=day) for day in range(3)]


@pytest.mark.parametrize(
    "bad",
    [
        "", "FREQ=SECONDLY", "FREQ=DAILY;BYHOUR=9", "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=2;UNTIL=20270101", "BYDAY=MO",
        "FREQ=DAILY;FREQ=DAILY", "FREQ=WEEKLY;BYDAY=1MO", "FREQ=WEEKLY;BYMONTHDAY=1", "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=DAILY;UNTIL=20261399", "FREQ=DAILY;COUNT=9999", "FREQ=DAILY\nDTSTART:20260101", "FREQ=DAILY;" + "WKST=MO;" * 99,
    ],
)  # fmt: skip
def test_rule_that_is_not_kept_is_refused(bad: str) -> None:
    with pytest.raises(EventRuleRefusedError):
        read_rule(bad, "Europe/Sofia")


def test_rule_that_never_happens_is_refused() -> None:
    with pytest.raises(EventRuleRefusedError):
        first_occurrence(read_rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "UTC"), at("2026-01-01"))


RULES = st.one_of(
    st.builds("FREQ=DAILY;INTERVAL={}".format, st.integers(1, 9)),
    st.builds(
        "FREQ=WEEKLY;INTERVAL={};BYDAY={}".format,
        st.integers(1, 4),
        st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, unique=True).map(",".join),
    ),
    st.builds("FREQ=MONTHLY;INTERVAL={};BYMONTHDAY={}".format, st.integers(1, 3), st.integers(-31, 31).filter(bool)),
    st.builds("FREQ=MONTHLY;BYDAY={}{}".format, st.sampled_from([1, 2, -1]), st.sampled_from(["MO", "WE", "SU"])),
    st.just("FREQ=YEARLY"),
)
ENDS = st.one_of(st.just(""), st.integers(1, 40).map(";COUNT={}".format))
STARTS = st.datetimes(at("2025-06-01"), at("2026-06-01")).map(lambda one: one.replace(second=0, microsecond=0))


@settings(max_examples=60)
@given(rule=RULES, end=ENDS, starts=STARTS)
def test_any_rule_gives_what_another_program_reads_in_it(rule: str, end: str, starts: datetime) -> None:
    """C77-14: the oracle reads the series as a calendar would that is given it."""
    read = read_rule(rule + end, "Europe/Sofia")
    first = first_occurrence(read, starts)
    before = first + timedelta(days=420)
    told = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
        f"DTSTART;TZID=Europe/Sofia:{first:%Y%m%dT%H%M%S}\r\nRRULE:{read.kept}\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    found = recurring_ical_events.of(Calendar.from_ical(told)).between(
        first.replace(tzinfo=SOFIA), before.replace(tzinfo=SOFIA)
    )
    theirs = sorted(one["DTSTART"].dt.astimezone(SOFIA).replace(tzinfo=None) for one in found)

    ours = list(occurrences(read, first, before=before))
    assert [one for one in ours if not _is_odd(one)] == [one for one in theirs if not _is_odd(one)]


def _is_odd(wall: datetime) -> bool:
    """Tell whether clocks pass over a time or show it twice; programs differ in how they write those."""
    return wall.hour in {3, 4} and wall.month in {3, 10} and wall.day > 24
