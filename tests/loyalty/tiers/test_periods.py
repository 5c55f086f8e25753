"""Periods of turnover: every day lies in exactly one, and its name leads back to it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.cards.rules import Period
from loyalty.tiers.periods import PeriodError, previous, read_span, span_of

TODAY = date(2026, 11, 22)
NAMED: list[tuple[Period, str, tuple[int, int, int], tuple[int, int, int]]] = [
    ("day", "2026-10-15", (2026, 10, 15), (2026, 10, 15)),
    ("week", "2026-W40", (2026, 9, 28), (2026, 10, 4)),
    ("week", "2026-W53", (2026, 12, 28), (2027, 1, 3)),
    ("month", "2024-02", (2024, 2, 1), (2024, 2, 29)),
    ("month", "2026-12", (2026, 12, 1), (2026, 12, 31)),
    ("quarter", "2026-Q4", (2026, 10, 1), (2026, 12, 31)),
    ("half_year", "2026-H1", (2026, 1, 1), (2026, 6, 30)),
    ("year", "2026", (2026, 1, 1), (2026, 12, 31)),
    ("month", "current", (2026, 11, 1), (2026, 11, 30)),
    ("month", "previous", (2026, 10, 1), (2026, 10, 31)),
    ("week", "previous", (2026, 11, 9), (2026, 11, 15)),
    ("quarter", "previous", (2026, 7, 1), (2026, 9, 30)),
    ("half_year", "previous", (2026, 1, 1), (2026, 6, 30)),
    ("year", "previous", (2025, 1, 1), (2025, 12, 31)),
    ("day", "previous", (2026, 11, 21), (2026, 11, 21)),
]
WRONG: list[tuple[Period, str]] = [
    ("month", "2026-13"),
    ("month", "2026-Q4"),
    ("month", "2026-1"),
    ("week", "2025-W53"),
    ("week", "2026-W00"),
    ("quarter", "2026-Q5"),
    ("half_year", "2026-H3"),
    ("year", "26"),
    ("year", "0000"),
    ("day", "2026-02-29"),
    ("day", "next"),
    ("month", ""),
    ("month", "٢٠٢٦-10"),
]

days = st.dates(min_value=date(2, 1, 1), max_value=date(9998, 12, 31))
kinds = st.sampled_from(["day", "week", "month", "quarter", "half_year", "year"])


@pytest.mark.parametrize(("period", "name", "first", "last"), NAMED)
def test_name_of_a_period_means_its_days(
    period: Period, name: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    """PAP-20, PAP-25."""
    span = read_span(period, name, today=TODAY)
    assert (span.first, span.last) == (date(*first), date(*last))


@pytest.mark.parametrize(("period", "name"), WRONG)
def test_text_that_names_no_such_period_is_refused(period: Period, name: str) -> None:
    with pytest.raises(PeriodError):
        read_span(period, name, today=TODAY)


def test_lifetime_is_named_by_the_day_up_to_which_it_is_looked_at() -> None:
    assert read_span("lifetime", "current", today=TODAY).name == "2026-11-22"
    assert read_span("lifetime", "previous", today=TODAY).name == "2026-11-21"
    assert read_span("lifetime", "2026-10-15", today=TODAY).first is None


@given(day=days, period=kinds)
def test_every_day_lies_in_the_period_that_its_name_leads_back_to(day: date, period: Period) -> None:
    span = span_of(period, day)
    assert span.first is not None
    assert span.first <= day <= span.last
    assert read_span(period, span.name, today=TODAY) == span


@given(day=days, period=kinds)
def test_periods_follow_each_other_without_gap_or_overlap(day: date, period: Period) -> None:
    span, before = span_of(period, day), previous(period, day)
    assert span.first is not None
    assert before.last == span.first - timedelta(days=1)
    assert span_of(period, before.last) == before
