"""Periods of reports, the one before, their steps, and when a report is sent."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.reports.asking import find_report, print_asked, read_asked
from crm.reports.errors import ReportRefusedError
from crm.reports.occurrences import Every, last_due, next_due
from crm.reports.periods import Period, Preset, Step, period_of

SUNDAY = date(2026, 11, 22)
SOFIA = ZoneInfo("Europe/Sofia")
DAYS = st.dates(date(2000, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("today", SUNDAY, SUNDAY),
        ("yesterday", date(2026, 11, 21), date(2026, 11, 21)),
        ("week", date(2026, 11, 16), SUNDAY),
        ("last_week", date(2026, 11, 9), date(2026, 11, 15)),
        ("month", date(2026, 11, 1), date(2026, 11, 30)),
        ("last_month", date(2026, 10, 1), date(2026, 10, 31)),
        ("quarter", date(2026, 10, 1), date(2026, 12, 31)),
        ("last_quarter", date(2026, 7, 1), date(2026, 9, 30)),
        ("year", date(2026, 1, 1), date(2026, 12, 31)),
        ("last_year", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_preset_means_days_of_the_calendar(preset: Preset, first: date, last: date) -> None:
    assert period_of(preset, SUNDAY) == Period(first, last)


def test_last_days_end_today() -> None:
    assert period_of("days", SUNDAY, days=7) == Period(date(2026, 11, 16), SUNDAY)


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (Period(date(2026, 3, 1), date(2026, 3, 31)), Period(date(2026, 2, 1), date(2026, 2, 28))),
        (Period(date(2026, 1, 1), date(2026, 12, 31)), Period(date(2025, 1, 1), date(2025, 12, 31))),
        (Period(date(2026, 3, 1), date(2026, 3, 30)), Period(date(2026, 1, 30), date(2026, 2, 28))),
        (Period(SUNDAY, SUNDAY), Period(date(2026, 11, 21), date(2026, 11, 21))),
    ],
)
def test_period_before_is_as_long_or_as_many_whole_months(period: Period, before: Period) -> None:
    assert period.before == before


@pytest.mark.parametrize(("step", "count"), [("day", 30), ("week", 6), ("month", 1)])
def test_steps_cover_the_period(step: Step, count: int) -> None:
    assert len(Period(date(2026, 11, 1), date(2026, 11, 30)).steps(step)) == count


@given(first=DAYS, length=st.integers(0, 800))
def test_period_before_ends_the_day_before_and_is_not_much_longer(first: date, length: int) -> None:
    period = Period(first, date.fromordinal(first.toordinal() + length))

    assert (period.first - period.before.last).days == 1
    assert abs(period.before.days - period.days) <= 3


@given(
    every=st.sampled_from(("day", "week", "month")),
    hour=st.integers(0, 23),
    seconds=st.integers(0, 400_000_000),
)
def test_between_the_last_occurrence_and_the_next_there_is_none(every: Every, hour: int, seconds: int) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    last, following = (
        last_due(every, hour, until=now, zone=SOFIA),
        next_due(every, hour, after=now, zone=SOFIA),
    )

    assert last <= now < following
    assert next_due(every, hour, after=last, zone=SOFIA) == following


def test_report_is_sent_at_its_hour_of_the_shop_through_the_change_of_clocks() -> None:
    before = datetime(2026, 10, 24, 12, tzinfo=UTC)

    first = next_due("day", 7, after=before, zone=SOFIA)

    assert [first, next_due("day", 7, after=first, zone=SOFIA)] == [
        datetime(2026, 10, 25, 5, tzinfo=UTC),
        datetime(2026, 10, 26, 5, tzinfo=UTC),
    ]
    assert next_due("week", 7, after=before, zone=SOFIA).astimezone(SOFIA).weekday() == 0
    assert next_due("month", 7, after=before, zone=SOFIA).astimezone(SOFIA).day == 1


@pytest.mark.parametrize(
    "fields",
    [
        [("period", "last_month"), ("by", "series"), ("step", "week"), ("compare", "yes")],
        [("since", "2026-01-01"), ("until", "2026-02-01"), ("by", "none"), ("store", "1"), ("store", "2")],
        [("period", "days"), ("days", "7"), ("by", "card.club"), ("where", "name~has~a!0b"), ("series", "GOLD")],
    ],
)
def test_address_carries_all_that_was_asked(fields: list[tuple[str, str]]) -> None:
    asked = read_asked(find_report("turnover"), fields, today=SUNDAY)

    assert read_asked(find_report("turnover"), print_asked(asked), today=SUNDAY) == asked


@given(
    fields=st.lists(
        st.tuples(
            st.sampled_from(("period", "days", "since", "until", "by", "step", "store", "where")), st.text(max_size=12)
        )
    )
)
def test_address_that_means_nothing_is_refused_and_never_breaks(fields: list[tuple[str, str]]) -> None:
    try:
        asked = read_asked(find_report("turnover"), fields, today=SUNDAY)
    except ReportRefusedError:
        return
    assert asked.period.first <= asked.period.last
