"""What posted receipts and documents make of a card's percent at once, where its series asks for it. Pure.

Key idea: the same documents end in the same percent, in whatever order and however often they come. Where the percent
follows from the sums alone (a table that only sets percents, downgrades plainly and has a range for every turnover),
they decide. Anywhere else the way counts, so it is gone again from its start: all that was posted since the card's
settings were last changed by a person or a run, in the order of `closed_at`, then UUID.

A document of a period that is over does not re-rate a card that has newer ones: the newest period decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from loyalty.cards.model import Series
from loyalty.cards.rules import Period, TurnoverTable
from loyalty.tiers.periods import span_of
from loyalty.tiers.thresholds import Bought, Standing, Tiers, read_tiers, rerate

POSTED = "posted:"
"""How the cause of a change of settings begins that a receipt or document made; its UUID follows."""


class PostingTable(Struct, frozen=True):
    """A series' table that acts when something is posted."""

    tiers: Tiers
    period: Period


class PostingRules(Struct, frozen=True):
    """All tables that act at posting, by series, and the series whose cards' percent depends on the way."""

    tables: Mapping[int, PostingTable]
    replayed: frozenset[int]

    def concerns(self, series_id: int) -> bool:
        """Tell whether posting may change anything about a card of a series."""
        return series_id in self.tables or series_id in self.replayed


class Posted(Struct, frozen=True):
    """What one receipt or document did to a card's turnover and purchases, and when it was entered."""

    at: datetime
    uid: UUID
    day: date
    turnover: int
    receipts: int
    entered_at: datetime


class PastSettings(Struct, frozen=True):
    """What a card's settings were until a moment, and why they changed then."""

    until: datetime
    standing: Standing
    cause: str


class Course(Struct, frozen=True):
    """All that was posted on a card, and the settings it had at `since`, before any of it that counts."""

    start: Standing
    since: datetime | None
    posted: Sequence[Posted]


def find_start(current: Standing, past: Sequence[PastSettings]) -> tuple[Standing, datetime | None]:
    """Find the settings that a card had before posting changed them, and when a person or a run gave it those.

    `past` is oldest first. None is the card's beginning.
    """
    states = [*(one.standing for one in past), current]
    for place in reversed(range(len(past))):
        if states[place] != states[place + 1] and not past[place].cause.startswith(POSTED):
            return states[place + 1], past[place].until
    return states[0], None


def read_posting_rules(series: Mapping[int, Series]) -> PostingRules | None:
    """Gather the tables that act at posting; None where there is none, which costs one look at each series."""
    asking = [(one, table) for one in series.values() if (table := one.rules.turnover) and table.at_posting]
    if not asking:
        return None
    tables = {one.id: PostingTable(read_tiers(table, one, series), table.period) for one, table in asking}
    replayed = {one.id for one, table in asking if _depends_on_the_way(table)}
    return PostingRules(tables, frozenset(replayed | _entered_from_elsewhere(tables)))


def _entered_from_elsewhere(tables: Mapping[int, PostingTable]) -> set[int]:
    """Give the series into which another one's table moves cards: how they came there is part of the way."""
    return {
        tier.series_id
        for series_id, table in tables.items()
        for tier in table.tiers.entries
        if tier.series_id != series_id
    }


def _depends_on_the_way(table: TurnoverTable) -> bool:
    ranges = [entry.since for entry in table.entries if not entry.nothing_bought]
    has_range_for_all = min(ranges, default=1) == 0
    only_sets = all(entry.change == "set" and entry.move_to is None for entry in table.entries)
    return table.downgrade != "plain" or not only_sets or not has_range_for_all


def rate_by_sums(rules: PostingRules, before: Standing, days: Mapping[date, Bought]) -> Standing:
    """Give what the sums of a card make of it; `days` hold at least those of its newest period with anything in it.

    For a lifetime they are the lifetime's sums under any one day.
    """
    moved = [day for day, bought in days.items() if bought.turnover or bought.receipts]
    if not moved:
        return before
    table, newest = rules.tables[before.series_id], max(moved)
    span = span_of(table.period, newest)
    inside = [bought for day, bought in days.items() if span.first is None or span.first <= day <= span.last]
    return rerate(table.tiers, before, _sum(inside))


def _sum(parts: Iterable[Bought]) -> Bought:
    found = list(parts)
    return Bought(sum(one.turnover for one in found), sum(one.receipts for one in found))


def rate_by_course(rules: PostingRules, course: Course) -> Standing:
    """Give what a card is at the end of its course: each posting looks at the sums as they were then."""
    earlier = [one for one in course.posted if course.since is not None and one.entered_at < course.since]
    later = [one for one in course.posted if course.since is None or one.entered_at >= course.since]
    sums = _Sums({table.period for table in rules.tables.values()})
    for one in earlier:
        sums.add(one)
    standing = course.start
    for one in sorted(later, key=lambda posted: (posted.at, posted.uid)):
        sums.add(one)
        standing = _settle(rules, standing, one.day, sums)
    return standing


class _Sums:
    """Running sums of a card by period, and the newest day that anything was posted on."""

    def __init__(self, periods: Iterable[Period]) -> None:
        self._periods = tuple(periods)
        self._sums: dict[tuple[Period, date | None], Bought] = {}
        self.newest = date.min

    def add(self, one: Posted) -> None:
        self.newest = max(self.newest, one.day)
        for period in self._periods:
            key = period, span_of(period, one.day).first
            before = self._sums.get(key, Bought(0, 0))
            self._sums[key] = Bought(before.turnover + one.turnover, before.receipts + one.receipts)

    def of(self, period: Period, day: date) -> Bought | None:
        """Give the sums of a day's period, or None where a newer one has begun."""
        first = span_of(period, day).first
        return None if first != span_of(period, self.newest).first else self._sums[period, first]


def _settle(rules: PostingRules, standing: Standing, day: date, sums: _Sums) -> Standing:
    """Apply the table of the card's series, and after a move that of the new one, each series once."""
    seen: set[int] = set()
    while standing.series_id not in seen and (table := rules.tables.get(standing.series_id)) is not None:
        seen.add(standing.series_id)
        bought = sums.of(table.period, day)
        if bought is None:
            return standing
        standing = rerate(table.tiers, standing, bought)
    return standing
