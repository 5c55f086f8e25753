"""What a card has before it: the nearest step that raises its percent, and how much is missing to it."""

from datetime import date

import pytest
from msgspec import structs

from loyalty.cards.model import Series, SeriesSettings
from loyalty.cards.rules import Period, SeriesRules, TurnoverEntry, TurnoverTable
from loyalty.tiers.ahead import NextTier, find_progress, span_for
from tests.loyalty.cards.values import make_card

P = 10_000
"""One percent."""
TODAY = date(2026, 11, 22)
GOLD = Series(2, "GOLD", 1, SeriesSettings("Gold", "discount", percent=8 * P))
STEPS = (
    TurnoverEntry(0, 100_00, change="set", value=2 * P),
    TurnoverEntry(100_00, 500_00, change="set", value=5 * P),
    TurnoverEntry(500_00, None, move_to="GOLD"),
    TurnoverEntry(nothing_bought=True, change="set", value=0),
)


def make_series(*entries: TurnoverEntry, period: Period = "year") -> Series:
    rules = SeriesRules(turnover=TurnoverTable(period, entries=entries or STEPS))
    return Series(1, "SILVER", 1, SeriesSettings("Silver", "discount", percent=2 * P), rules)


@pytest.mark.parametrize(
    ("turnover", "own", "ahead"),
    [
        (0, None, NextTier(100_00, 100_00, 5 * P, 1)),
        (-5_00, None, NextTier(100_00, 100_00, 5 * P, 1)),
        (99_99, None, NextTier(100_00, 1, 5 * P, 1)),
        (100_00, 5 * P, None),  # its own percent goes along to the other series, which gives no more than that
        (100_00, None, NextTier(500_00, 400_00, 8 * P, 2)),
        (0, 6 * P, None),
        (500_00, None, None),
    ],
)
def test_nearest_step_that_raises_the_percent_is_ahead(turnover: int, own: int | None, ahead: NextTier | None) -> None:
    series = make_series()
    span = span_for(series, TODAY)
    assert span is not None
    found = find_progress(make_card(own_percent=own), series, {1: series, 2: GOLD}, span=span, turnover=turnover)
    assert (found.turnover, found.next) == (turnover, ahead)


def test_period_is_that_of_the_table_and_there_is_none_without_one() -> None:
    year, life = span_for(make_series(), TODAY), span_for(make_series(period="lifetime"), TODAY)
    assert year is not None
    assert life is not None
    assert (year.first, year.last, life.first) == (date(2026, 1, 1), date(2026, 12, 31), None)
    assert span_for(structs.replace(make_series(), rules=SeriesRules()), TODAY) is None
    assert span_for(GOLD, TODAY) is None
