"""The rules of a series: what its cards' percent becomes by turnover, what a receipt earns, and what a bonus gives.

Three tables of entries over half-open ranges of money: `since` belongs to a range, `until` does not, and the last range
is open. They are plain data; `loyalty.pricing` applies receipt rules, `loyalty.tiers` the other two.

Units: money in minor units, percents in ten-thousandths of a percent.
"""

from typing import Literal

from msgspec import Struct

from loyalty.pricing.model import ReceiptRule

Period = Literal["lifetime", "day", "week", "month", "quarter", "half_year", "year"]
Downgrade = Literal["plain", "one_step", "never"]
Change = Literal["set", "add", "multiply"]
RuleTable = Literal["turnover", "bonus"]
"""The tables that are run for a period."""

ONE_FACTOR = 10_000
"""The factor 1 of a `multiply`."""


class TurnoverEntry(Struct, frozen=True):
    """What becomes of a card whose turnover lies in [since, until), or that bought nothing in the period.

    `value` is a percent for `set`, percentage points for `add`, and a factor in ten-thousandths for `multiply`.
    `move_to` is the code of the series that the card moves to.
    """

    since: int = 0
    until: int | None = None
    nothing_bought: bool = False
    change: Change | None = None
    value: int = 0
    move_to: str | None = None


class TurnoverTable(Struct, frozen=True):
    """Percent by turnover; `at_posting` lets it act at once when a receipt is posted."""

    period: Period
    downgrade: Downgrade = "plain"
    at_posting: bool = False
    entries: tuple[TurnoverEntry, ...] = ()


class BonusEntry(Struct, frozen=True):
    """What a turnover in [since, until) gives: a percent of it, or an amount."""

    since: int
    until: int | None
    percent: int | None = None
    amount: int | None = None


class BonusTable(Struct, frozen=True):
    """Points or money by the turnover of a period; without a period a run tops the balance up to it."""

    period: Period | None
    entries: tuple[BonusEntry, ...] = ()


class SeriesRules(Struct, frozen=True):
    """All rules of a series; stored as one version."""

    turnover: TurnoverTable | None = None
    receipt: tuple[ReceiptRule, ...] = ()
    bonus: BonusTable | None = None
