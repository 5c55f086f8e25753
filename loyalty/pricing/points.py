"""Points of bonus cards: what a sale earns, what returns take back of it, and what a payment by points costs. Pure.

Points are whole numbers, and a fraction is cut once per receipt, toward zero. A sale keeps how much each of its lines
weighed in what it earned, so that its returns take back in proportion, whatever the rules are by then: what is taken
back depends on what was returned alone, never on the order, and all of it together is exactly what was earned.

It knows no cards and no days.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import gcd

from msgspec import Struct

from loyalty.money import ONE_UNIT, WHOLE
from loyalty.pricing.model import Line
from loyalty.pricing.refunds import SoldLine

MOST_RATE = 10_000 * ONE_UNIT
"""No more points are earned for one unit of money or goods."""
MOST_WEIGHT = 2**62


class PointsRules(Struct, frozen=True):
    """How a series earns and spends points.

    `per_money` are points for one unit of the currency, `per_unit` for one unit of goods, both in millionths. `value`
    is what one point pays, in minor units; `spend_percent_cap` (1/10000 of a percent) bounds what of a receipt's total
    points may pay. `lifetime` is a term such as `P1Y`, None for ever.
    """

    per_money: int = 0
    per_unit: int = 0
    value: int = 100
    spend_percent_cap: int = WHOLE
    lifetime: str | None = None
    min_receipt: int = 0
    skip_skus: tuple[str, ...] = ()


def weigh_lines(
    lines: Iterable[tuple[Line, int]], rules: PointsRules, *, places: int, shut: frozenset[int] = frozenset()
) -> dict[int, int]:
    """Weigh lines, given with their nets, by what each earns: points times 10^(12 + places).

    Gifts, fixed prices, top-ups, lines marked `no_discount`, skipped articles and the lines named in `shut` earn
    nothing and are left out. Goods given back in a sale weigh less than nothing.
    """
    skipped = frozenset(rules.skip_skus)
    return {
        goods.line: net * rules.per_money * ONE_UNIT + goods.quantity * rules.per_unit * 10**places
        for goods, net in lines
        if not (goods.gift or goods.fixed_price or goods.top_up or goods.no_discount)
        and goods.sku not in skipped
        and goods.line not in shut
    }


def earn(weights: Mapping[int, int], *, places: int, total: int, paid_by_points: int) -> int:
    """Give the points of weighed lines; the part of the total that points paid earns none."""
    part, whole = (max(0, total - paid_by_points), total) if total > 0 else (1, 1)
    return cut(sum(weights.values()) * part, whole * ONE_UNIT * ONE_UNIT * 10**places)


def keep_weights(weights: Mapping[int, int]) -> dict[int, int]:
    """Give the weights of what can be returned, divided by what they have in common to numbers that can be kept."""
    heavy = {line: weight for line, weight in weights.items() if weight > 0}
    common = gcd(*heavy.values())
    unit = max(heavy.values(), default=0) // (common * MOST_WEIGHT or 1) + 1
    return {line: weight // (common * unit) for line, weight in heavy.items()}


def taken_back(earned: int, weights: Mapping[int, int], lines: Sequence[SoldLine]) -> int:
    """Give how many of a sale's points are taken back once so much of its lines was returned; at the end all of them.

    `weights` are those that were kept beside the sale.
    """
    whole = sum(weights.values())
    if earned <= 0 or not whole:
        return 0
    back = sum(
        Fraction(weights[line.line] * min(line.returned, line.quantity), line.quantity)
        for line in lines
        if line.returned > 0 and line.line in weights
    )
    return int(earned * back / whole)


def points_for(amount: int, value: int) -> tuple[int, bool]:
    """Give the points that an amount of money costs, and whether they are whole; a fraction is cut."""
    return cut(amount, value), amount % value == 0


def exceeds_cap(rules: PointsRules, *, paid_by_points: int, total: int) -> bool:
    """Tell whether points pay more of a total than the series lets them."""
    return bool(paid_by_points * WHOLE > total * rules.spend_percent_cap)


def cut(numerator: int, denominator: int) -> int:
    """Divide by a positive number and cut toward zero."""
    return -(-numerator // denominator) if numerator < 0 else numerator // denominator
