"""What a card has before it: how much more must be bought in the period for its percent to rise. Pure.

Key idea: the same tiers that re-rate a card say what the next one would bring. It is a forecast of the table as it
stands, and promises nothing of the day on which the rule is run.
"""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from loyalty.cards.model import Card, Series
from loyalty.tiers.periods import Span, span_of
from loyalty.tiers.thresholds import Tiers, read_tiers


class NextTier(Struct, frozen=True):
    """The next step up: from which turnover, how much is missing to it in minor units, and the percent it brings.

    `series_id` is the series that the card is in then.
    """

    since: int
    missing: int
    percent: int
    series_id: int


class Progress(Struct, frozen=True):
    """Where a card stands in the period that counts for it; `next` is None for whoever has the best there is."""

    span: Span
    turnover: int
    next: NextTier | None


def span_for(series: Series, today: date) -> Span | None:
    """Give the period that counts for the cards of a series on a day; None where turnover changes nothing."""
    table = series.rules.turnover
    return None if table is None or not table.entries else span_of(table.period, today)


def find_progress(card: Card, series: Series, others: Mapping[int, Series], *, span: Span, turnover: int) -> Progress:
    """Find the nearest step that raises the percent of a card by its turnover of a period, in minor units."""
    assert series.rules.turnover is not None, "a series with a span has a table"
    tiers = read_tiers(series.rules.turnover, series, others)
    return Progress(span, turnover, _find_next(card, tiers, max(0, turnover)))


def _find_next(card: Card, tiers: Tiers, turnover: int) -> NextTier | None:
    acting = tiers.inherited if card.own_percent is None else card.own_percent
    for tier in reversed(tiers.entries):  # from the lowest turnover up
        if tier.is_idle or tier.since <= turnover:
            continue
        percent = tier.acting(card.own_percent, acting)
        if percent > acting:
            return NextTier(tier.since, tier.since - turnover, percent, tier.series_id)
    return None
