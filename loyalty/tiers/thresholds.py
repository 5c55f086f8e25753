"""What a turnover makes of a card: which entry of its series' table it meets, and the percent and series that follow.

Pure. The same tiers are written as one SQL expression by `loyalty.tiers.repository`, so that a run re-rates a million
cards in one statement; a test holds the two together.

A card that meets no entry keeps what it has. A downgrade is whatever lowers the percent that acts, the card's own or
the inherited one.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from loyalty.cards.model import Series
from loyalty.cards.rules import ONE_FACTOR, Change, Downgrade, TurnoverTable
from loyalty.money import WHOLE, round_half_up


class Bought(Struct, frozen=True):
    """What a card bought in a period: its turnover in minor units, and purchases less those given back whole."""

    turnover: int
    receipts: int

    @property
    def is_nothing(self) -> bool:
        """Whether no sale is left in the period."""
        return self.turnover <= 0 and self.receipts <= 0


class Standing(Struct, frozen=True):
    """The settings of a card that rules change: its series, and its own percent (None is the series')."""

    series_id: int
    own_percent: int | None


class Tier(Struct, frozen=True):
    """An entry with its series resolved: `series_id` and `inherited` are of the series that the card is in then."""

    since: int
    is_idle: bool
    change: Change | None
    value: int
    series_id: int
    inherited: int

    def own_percent(self, before: int | None, acting: int) -> int | None:
        """Give the own percent that follows from the one before and from the percent that acted."""
        if self.change == "set":
            return self.value
        if self.change == "add":
            return within_bounds(acting + self.value)
        if self.change == "multiply":
            return within_bounds(round_half_up(acting * self.value, ONE_FACTOR))
        return before

    def acting(self, before: int | None, acting: int) -> int:
        """Give the percent that acts afterwards."""
        own = self.own_percent(before, acting)
        return self.inherited if own is None else own


class Tiers(Struct, frozen=True):
    """A table ready to be applied: entries from the highest turnover down, the one for nothing bought first."""

    series_id: int
    inherited: int
    downgrade: Downgrade
    entries: tuple[Tier, ...]


def read_tiers(table: TurnoverTable, series: Series, others: Mapping[int, Series]) -> Tiers:
    """Resolve the series that a table's entries move cards to, among all series by identifier."""
    by_code = {other.code: other for other in others.values()} if any(entry.move_to for entry in table.entries) else {}
    tiers = []
    for entry in table.entries:
        target = series if entry.move_to is None else by_code[entry.move_to]
        tiers.append(
            Tier(entry.since, entry.nothing_bought, entry.change, entry.value, target.id, target.settings.percent)
        )
    tiers.sort(key=lambda tier: (not tier.is_idle, -tier.since))
    return Tiers(series.id, series.settings.percent, table.downgrade, tuple(tiers))


def rerate(tiers: Tiers, before: Standing, bought: Bought) -> Standing:
    """Give what becomes of a card of the tiers' series by what it bought in the period."""
    met = _find_met(tiers.entries, bought)
    if met is None:
        return before
    acting = tiers.inherited if before.own_percent is None else before.own_percent
    if met.acting(before.own_percent, acting) < acting:
        if tiers.downgrade == "never":
            return before
        if tiers.downgrade == "one_step":
            met = _next_below(tiers, met, before.own_percent, acting)
    return Standing(met.series_id, met.own_percent(before.own_percent, acting))


def _find_met(entries: Sequence[Tier], bought: Bought) -> Tier | None:
    """Find the entry that a card meets; what was given back beyond what was bought counts as nothing."""
    turnover = max(0, bought.turnover)
    return next((tier for tier in entries if (bought.is_nothing if tier.is_idle else turnover >= tier.since)), None)


def _next_below(tiers: Tiers, met: Tier, own: int | None, acting: int) -> Tier:
    """Give the highest tier below the percent that acts, which is at least the one that was met."""
    return next(
        (tier for tier in steps_down(tiers, met) if (tier.change or own is None) and tier.acting(own, acting) < acting),
        met,
    )


def steps_down(tiers: Tiers, met: Tier) -> list[Tier]:
    """List the tiers that a one-step downgrade may stop at before it reaches the one that was met, the highest first.

    Only tiers of a fixed percent are steps: those that set one, and moves of cards without one of their own.
    """
    if met.change in {"add", "multiply"}:
        return []
    steps = [tier for tier in tiers.entries if tier is met or (not tier.is_idle and tier.change in {"set", None})]
    return sorted(steps, key=lambda tier: (fixed_percent(tier), tier is met, tier.since), reverse=True)


def fixed_percent(tier: Tier) -> int:
    """Give the percent that a tier of a fixed percent leads to."""
    return tier.value if tier.change == "set" else tier.inherited


def within_bounds(percent: int) -> int:
    """Keep a percent between -100 and 100."""
    most: int = WHOLE
    return max(-most, min(most, percent))
