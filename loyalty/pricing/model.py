"""The values of a price: the lines of a receipt going in, the priced and explained lines coming out.

Units: money in minor units of the currency, unit prices in ten-thousandths, quantities in millionths, percents in
ten-thousandths of a percent (see `loyalty.money`).
"""

from datetime import date, datetime, time, timedelta
from typing import Literal

from msgspec import Struct

AppliedReason = Literal["card_percent", "quotation", "receipt_rule", "manual", "rounding"]
PassedOverReason = Literal[
    "no_discount",
    "gift",
    "fixed_price",
    "top_up",
    "given_back",
    "lower_rank",
    "not_lowest",
    "dearer",
    "outside_dates",
    "outside_hours",
    "quotation",
    "no_quotation",
    "already_discounted",
    "below_minimum",
    "above_range",
    "other_goods",
    "min_quantity",
    "nothing_left",
    "earlier_rule",
    "receipt_rule",
    "minimum_price",
    "maximum_discount",
]
"""Why a rule lost: what the line is, what the rule asks for, or the rule that came before it."""


class Line(Struct, frozen=True, gc=False):
    """A line to be priced; `gross` is quantity x price rounded once. A negative quantity is goods given back."""

    line: int
    sku: str
    quantity: int
    price: int
    gross: int
    no_discount: bool = False
    gift: bool = False
    fixed_price: bool = False
    top_up: bool = False
    min_price: int | None = None
    max_discount_percent: int | None = None
    manual_discount_percent: int | None = None
    group: str | None = None


class Window(Struct, frozen=True):
    """When something applies: dates, ISO weekdays and daily hours of local time, all ends inclusive; None is no bound.

    Hours that run over midnight belong to the day on which they began.
    """

    valid_from: date | None = None
    valid_until: date | None = None
    weekdays: tuple[int, ...] = ()
    hours_from: time | None = None
    hours_until: time | None = None

    def refusal(self, at: datetime) -> Literal["outside_dates", "outside_hours"] | None:
        """Say why a local moment lies outside, or None if it lies inside."""
        day = at.date()
        if self.hours_from is not None and self.hours_until is not None:
            clock = at.time().replace(microsecond=0)
            if self.hours_from <= self.hours_until:
                if not self.hours_from <= clock <= self.hours_until:
                    return "outside_hours"
            elif clock <= self.hours_until:
                day -= timedelta(days=1)
            elif clock < self.hours_from:
                return "outside_hours"
        if self.weekdays and day.isoweekday() not in self.weekdays:
            return "outside_dates"
        if (self.valid_from and day < self.valid_from) or (self.valid_until and day > self.valid_until):
            return "outside_dates"
        return None


class PriceList(Struct, frozen=True):
    """Fixed prices (quotations) of articles for the holders of certain cards."""

    code: str
    name: str
    rank: int
    window: Window
    quotations: dict[str, int]


class TotalRounding(Struct, frozen=True):
    """To which step, in minor units, and in which direction a payable total is rounded."""

    step: int
    mode: Literal["down", "up", "nearest"]


class ReceiptRule(Struct, frozen=True):
    """A percent or an amount off a receipt that is large enough; a negative one is a surcharge.

    `since` (inclusive) and `until` (exclusive, None is no end) bound the whole base in money. `skus` and `groups` bound
    the lines that the rule looks at and discounts: a line of either; both empty are all lines. `min_quantity` is asked
    of those lines together, `max_discount` caps what the rule takes. `on_rest` lets a percent act after another one.
    """

    since: int = 0
    until: int | None = None
    skus: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    min_quantity: int | None = None
    percent: int | None = None
    amount: int | None = None
    max_discount: int | None = None
    on_rest: bool = False


class PriceRules(Struct, frozen=True):
    """What a usable card brings to a receipt: its percent (negative is a surcharge) and its series' rules.

    `source` names the series, which stands behind the percent and the receipt rules in every reason.
    """

    source: str
    percent: int = 0
    price_lists: tuple[PriceList, ...] = ()
    price_list_choice: Literal["rank", "lowest"] = "rank"
    percent_without_quotation: bool = False
    dearer_quotations: bool = False
    manual_with_percent: bool = False
    total_rounding: TotalRounding | None = None
    receipt_rules: tuple[ReceiptRule, ...] = ()


class Applied(Struct, frozen=True, gc=False):
    """One reason of a discount and its part of it; a surcharge is negative.

    `rule` is the place of a receipt rule in its series' table, from 1.
    """

    reason: AppliedReason
    source: str
    percent: int | None
    amount: int
    rule: int | None = None


class PassedOver(Struct, frozen=True, gc=False):
    """A rule that lost on a line, and why; `rule` is the place of a receipt rule in its series' table, from 1."""

    reason: PassedOverReason
    source: str
    rule: int | None = None


class PricedLine(Struct, frozen=True, gc=False):
    """gross - discount = net, and the applied amounts sum to the discount."""

    line: int
    quantity: int
    price: int
    gross: int
    discount: int
    net: int
    applied: tuple[Applied, ...]
    passed_over: tuple[PassedOver, ...]


class Priced(Struct, frozen=True, gc=False):
    """A priced receipt; the lines sum to the totals."""

    lines: tuple[PricedLine, ...]
    gross: int
    discount: int
    total: int
