"""Points by day: spent oldest first, expired by the day after, and alike in whatever order they became known."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.accounts.model import PointsDay, may_spend, points_left

JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)
EARNED = [PointsDay(FEBRUARY, 50, 0), PointsDay(JANUARY, 30, 0), PointsDay(None, 5, 0)]


@pytest.mark.parametrize(
    ("spent_on", "spent", "on", "expired"),
    [
        (date(2026, 1, 15), 0, JANUARY, 0),
        (date(2026, 1, 15), 0, date(2026, 2, 1), 30),
        (date(2026, 1, 15), 20, MARCH, 60),
        (date(2026, 1, 15), 80, MARCH, 0),
        (date(2026, 2, 1), 10, MARCH, 70),
        (date(2026, 3, 1), 5, MARCH, 80),
    ],
)
def test_oldest_points_that_may_still_be_spent_are_taken_first(
    spent_on: date, spent: int, on: date, expired: int
) -> None:
    assert points_left([*EARNED, PointsDay(spent_on, 0, spent)]).expired(on) == expired


@pytest.mark.parametrize(("on", "most"), [(JANUARY, 85), (date(2026, 2, 1), 55), (FEBRUARY, 55), (date(2026, 3, 1), 5)])
def test_points_past_their_last_day_are_not_spent(on: date, most: int) -> None:
    assert may_spend(EARNED, most, on=on)
    assert not may_spend(EARNED, most + 1, on=on)


def test_what_is_owed_is_taken_of_what_is_earned_later() -> None:
    owing = [PointsDay(JANUARY, 10, 15)]

    assert points_left(owing).owed == 5
    assert not may_spend([*owing, PointsDay(MARCH, 8, 0)], 4, on=FEBRUARY)
    assert may_spend([*owing, PointsDay(MARCH, 8, 0)], 3, on=FEBRUARY)


_days = st.lists(
    st.builds(
        PointsDay,
        st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2026, 1, 9))),
        st.integers(0, 9),
        st.integers(0, 9),
    ).filter(lambda one: one.day is not None or not one.spent),
    max_size=8,
)


@given(_days, st.dates(date(2026, 1, 1), date(2026, 1, 12)))
def test_order_of_what_becomes_known_does_not_matter(days: list[PointsDay], on: date) -> None:
    one = points_left(days)
    other = points_left(sorted(days, key=lambda day: (day.spent, day.earned)))

    assert (one.owed, one.expired(on)) == (other.owed, other.expired(on))


@given(_days)
def test_nothing_is_lost_between_earned_spent_left_and_owed(days: list[PointsDay]) -> None:
    found = points_left(days)

    assert sum(left for _, left in found.days) - found.owed == sum(day.earned - day.spent for day in days)
    assert all(left >= 0 for _, left in found.days)
