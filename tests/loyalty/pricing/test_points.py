"""Points as pure functions: the laws of earning and giving back."""

from fractions import Fraction
from math import trunc
from typing import Any  # marks are of every kind

from hypothesis import given
from hypothesis import strategies as st

from loyalty.money import ONE_UNIT
from loyalty.pricing.model import Line
from loyalty.pricing.points import PointsRules, earn, exceeds_cap, keep_weights, points_for, taken_back, weigh_lines
from loyalty.pricing.refunds import SoldLine

EURO = 2


def _goods(number: int, amount: int, *, quantity: int = 1, sku: str = "A", **marks: Any) -> tuple[Line, int]:
    return Line(number, sku, quantity * ONE_UNIT, 0, amount, **marks), amount


def _earn(lines: list[tuple[Line, int]], rules: PointsRules, *, by_points: int = 0) -> int:
    weights = weigh_lines(lines, rules, places=EURO)
    return earn(weights, places=EURO, total=sum(net for _, net in lines), paid_by_points=by_points)


def _sold(line: tuple[Line, int], returned: int) -> SoldLine:
    goods, net = line
    return SoldLine(goods.line, goods.sku, goods.quantity, 0, 0, net, returned * ONE_UNIT)


def test_only_lines_that_may_earn_have_a_weight() -> None:
    lines = [
        _goods(1, 100),
        _goods(2, 100, gift=True),
        _goods(3, 100, fixed_price=True),
        _goods(4, 100, top_up=True),
        _goods(5, 100, no_discount=True),
        _goods(6, 100, sku="B"),
        _goods(7, 100, quantity=-1),
    ]

    weights = weigh_lines(lines, PointsRules(per_unit=ONE_UNIT, skip_skus=("B",)), places=EURO)

    assert {line: weight > 0 for line, weight in weights.items()} == {1: True, 7: False}


def test_points_of_an_amount_are_whole_or_cut() -> None:
    assert [points_for(amount, 25) for amount in (0, 25, 30, 50)] == [(0, True), (1, True), (1, False), (2, True)]


def test_cap_is_a_percent_of_the_total() -> None:
    rules = PointsRules(spend_percent_cap=30 * 10_000)

    assert not exceeds_cap(rules, paid_by_points=300, total=1_000)
    assert exceeds_cap(rules, paid_by_points=301, total=1_000)


_nets = st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 20)), min_size=1, max_size=8)
_rules = st.builds(PointsRules, per_money=st.integers(0, 5 * ONE_UNIT), per_unit=st.integers(0, 5 * ONE_UNIT))


@given(_nets, _rules)
def test_points_are_the_exact_sum_cut_once(nets: list[tuple[int, int]], rules: PointsRules) -> None:
    lines = [_goods(number, net, quantity=quantity) for number, (net, quantity) in enumerate(nets, 1)]

    exact = sum(
        Fraction(net, 100) * Fraction(rules.per_money, ONE_UNIT) + quantity * Fraction(rules.per_unit, ONE_UNIT)
        for net, quantity in nets
    )

    assert _earn(lines, rules) == trunc(exact)


@given(_nets, _rules)
def test_all_returns_together_take_back_exactly_what_was_earned(
    nets: list[tuple[int, int]], rules: PointsRules
) -> None:
    lines = [_goods(number, net, quantity=quantity) for number, (net, quantity) in enumerate(nets, 1)]
    weights = keep_weights(weigh_lines(lines, rules, places=EURO))
    earned = _earn(lines, rules)
    returned = [0] * len(lines)
    before = 0

    for place in [place for place, (_, quantity) in enumerate(nets) for _ in range(quantity)]:
        returned[place] += 1
        back = taken_back(earned, weights, [_sold(line, count) for line, count in zip(lines, returned, strict=True)])
        assert back >= before
        before = back

    assert before == (earned if weights else 0)


def test_weights_of_any_size_are_kept_in_64_bits() -> None:
    lines = [_goods(1, 10**15 - 1), _goods(2, 10**15 - 3)]

    weights = keep_weights(weigh_lines(lines, PointsRules(per_money=10_000 * ONE_UNIT, per_unit=1), places=EURO))

    assert max(weights.values()) < 2**63
