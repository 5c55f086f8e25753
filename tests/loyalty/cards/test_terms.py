from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.cards.terms import LAST_DAY, TermError, last_day, read_term


@pytest.mark.parametrize(
    ("start", "term", "last"),
    [
        ("2026-11-22", "P1M", "2026-12-21"),
        ("2026-01-31", "P1M", "2026-02-27"),
        ("2028-01-31", "P1M", "2028-02-28"),
        ("2026-01-01", "P1Y", "2026-12-31"),
        ("2028-02-29", "P1Y", "2029-02-27"),
        ("2026-01-01", "P1D", "2026-01-01"),
        ("2026-01-01", "P2W", "2026-01-14"),
        ("2026-01-31", "P1Y1M1W1D", "2027-03-07"),
        ("9999-12-31", "P1M", "9999-12-30"),
        ("9998-06-01", "P99999D", "9999-12-30"),
    ],
)
def test_term_ends_a_day_before_its_length(start: str, term: str, last: str) -> None:
    assert last_day(date.fromisoformat(start), term).isoformat() == last


@pytest.mark.parametrize(
    "term", ["", "P", "1M", "P1", "PT1H", "P-1M", "P0D", "P0Y0M", "P1M1Y", "P1.5M", "p1m", "P１M", "P12345D6"]
)
def test_text_that_is_no_term_is_refused(term: str) -> None:
    with pytest.raises(TermError):
        read_term(term)


@given(st.dates(), st.integers(0, 999), st.integers(0, 9999), st.integers(1, 99_999))
def test_term_always_has_a_last_day(start: date, years: int, months: int, days: int) -> None:
    last = last_day(start, f"P{years}Y{months}M{days}D")

    assert min(start, LAST_DAY) <= last <= LAST_DAY


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(1, 5_000))
def test_term_of_days_lasts_so_many_days(start: date, days: int) -> None:
    assert last_day(start, f"P{days}D") == start + timedelta(days=days - 1)
