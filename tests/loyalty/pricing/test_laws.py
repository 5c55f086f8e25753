"""Laws of prices that hold for whatever is sold under whatever rules."""

from datetime import datetime, time
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json, structs

from loyalty.money import PERCENT_PLACES, line_gross, percent_of
from loyalty.pricing.model import Line, PricedLine, PriceList, PriceRules, ReceiptRule, TotalRounding, Window
from tests.loyalty.pricing.lines import AT, PLACES, price

WHOLE = 100 * 10**PERCENT_PLACES
MOMENTS = st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-12-31"))
WINDOWS = st.sampled_from(
    [Window(), Window(hours_from=time(22), hours_until=time(2)), Window(weekdays=(1, 5)), Window(valid_until=AT.date())]
)
SKUS = st.sampled_from(["A", "B", "C", "D"])
GROUPS = st.sampled_from(["food", "tools"])
MONEY = st.integers(0, 10**6)


@st.composite
def _lines(draw: st.DrawFn) -> list[Line]:
    shapes = draw(
        st.lists(st.tuples(SKUS, st.integers(-3_000_000, 9_000_000), st.integers(0, 10**7)), min_size=1, max_size=8)
    )
    percents = st.none() | st.integers(0, WHOLE)
    return [
        Line(
            line=number, sku=sku, quantity=quantity, price=unit, gross=line_gross(quantity, unit, PLACES),
            no_discount=draw(st.booleans()), gift=draw(st.sampled_from([False, False, True])),
            fixed_price=draw(st.sampled_from([False, False, True])), top_up=draw(st.sampled_from([False, False, False, True])),
            min_price=draw(st.none() | st.integers(0, 10**7)), max_discount_percent=draw(percents),
            manual_discount_percent=draw(percents), group=draw(st.none() | GROUPS),
        )
        for number, (sku, quantity, unit) in enumerate(shapes, 1)
    ]  # fmt: skip


@st.composite
def _plain_lines(draw: st.DrawFn) -> list[Line]:
    shapes = draw(st.lists(st.tuples(SKUS, st.integers(1, 9_000_000), st.integers(0, 10**7)), min_size=1, max_size=8))
    return [
        Line(number, sku, quantity, unit, line_gross(quantity, unit, PLACES))
        for number, (sku, quantity, unit) in enumerate(shapes, 1)
    ]


@st.composite
def _receipt_rule(draw: st.DrawFn, *, least: int = 0) -> ReceiptRule:
    is_percent = draw(st.booleans())
    return ReceiptRule(
        since=draw(st.just(0) | MONEY),
        until=draw(st.none() | MONEY),
        skus=draw(st.lists(SKUS, max_size=2, unique=True).map(tuple)),
        groups=draw(st.lists(GROUPS, max_size=1).map(tuple)),
        min_quantity=draw(st.none() | st.integers(1, 10**7)),
        percent=draw(st.integers(least, WHOLE)) if is_percent else None,
        amount=None if is_percent else draw(MONEY),
        max_discount=draw(st.none() | MONEY),
        on_rest=draw(st.booleans()),
    )


@st.composite
def _rules(draw: st.DrawFn, *, dearer: bool | None = None, least: int = 0) -> PriceRules:
    lists = [
        PriceList(f"L{rank}", "", rank, draw(WINDOWS), draw(st.dictionaries(SKUS, st.integers(0, 10**7), max_size=4)))
        for rank in draw(st.lists(st.integers(0, 3), max_size=3, unique=True))
    ]
    return PriceRules(
        source="GOLD",
        percent=draw(st.integers(least, WHOLE)),
        price_lists=tuple(lists),
        price_list_choice=draw(st.sampled_from(["rank", "lowest"])),
        percent_without_quotation=draw(st.booleans()),
        dearer_quotations=draw(st.booleans()) if dearer is None else dearer,
        manual_with_percent=draw(st.booleans()),
        total_rounding=draw(
            st.none()
            | st.builds(TotalRounding, st.sampled_from([1, 5, 10, 100]), st.sampled_from(["down", "up", "nearest"]))
        ),
        receipt_rules=tuple(draw(st.lists(_receipt_rule(least=least), max_size=4))),
    )


@settings(max_examples=300)
@given(_lines(), st.none() | _rules(least=-WHOLE), MOMENTS)
def test_every_cent_of_discount_has_exactly_one_reason(
    lines: list[Line], rules: PriceRules | None, at: datetime
) -> None:
    priced = price(*lines, rules=rules, at=at)

    for line in priced.lines:
        assert line.gross - line.discount == line.net
        assert sum(applied.amount for applied in line.applied) == line.discount
    assert priced.gross == sum(line.gross for line in priced.lines)
    assert priced.total == sum(line.net for line in priced.lines)
    assert priced.gross - priced.discount == priced.total
    assert [line.line for line in priced.lines] == [line.line for line in lines]


@settings(max_examples=200)
@given(_lines(), _rules(dearer=False), MOMENTS)
def test_discount_is_never_above_the_gross_nor_below_nothing(
    lines: list[Line], rules: PriceRules, at: datetime
) -> None:
    unrounded = structs.replace(rules, total_rounding=None)

    for line in price(*lines, rules=unrounded, at=at).lines:
        assert 0 <= line.discount <= max(0, line.gross)


@given(_lines(), st.none() | _rules(least=-WHOLE), _lines(), st.none() | _rules(), MOMENTS)
def test_same_input_gives_the_same_bytes_whatever_was_priced_between(
    lines: list[Line], rules: PriceRules | None, others: list[Line], other_rules: PriceRules | None, at: datetime
) -> None:
    first = json.encode(price(*lines, rules=rules, at=at))
    price(*others, rules=other_rules, at=at)

    assert json.encode(price(*lines, rules=rules, at=at)) == first


@settings(max_examples=200)
@given(_lines(), st.none() | _rules(least=-WHOLE), MOMENTS, st.randoms(use_true_random=False))
def test_order_in_which_lines_are_given_changes_no_line(
    lines: list[Line], rules: PriceRules | None, at: datetime, random: Random
) -> None:
    shuffled = lines.copy()
    random.shuffle(shuffled)

    told = sorted(price(*shuffled, rules=rules, at=at).lines, key=lambda line: line.line)

    assert told == list(price(*lines, rules=rules, at=at).lines)


@given(_lines(), _rules(least=-WHOLE), MOMENTS, st.randoms(use_true_random=False))
def test_order_in_which_goods_were_rung_up_does_not_matter_for_the_total(
    lines: list[Line], rules: PriceRules, at: datetime, random: Random
) -> None:
    """Caps, the rounding of the total and rules bound to goods look at single lines: equal ones are taken in order."""
    free = [structs.replace(line, min_price=None, max_discount_percent=None) for line in lines]
    unbound = tuple(structs.replace(rule, skus=(), groups=()) for rule in rules.receipt_rules)
    asked = structs.replace(rules, total_rounding=None, receipt_rules=unbound)
    order = random.sample(range(len(free)), len(free))
    renumbered = [structs.replace(free[place], line=number) for number, place in enumerate(order, 1)]

    assert price(*renumbered, rules=asked, at=at).total == price(*free, rules=asked, at=at).total


@given(_lines(), _rules(), MOMENTS)
def test_caps_of_rules_and_lines_hold(lines: list[Line], rules: PriceRules, at: datetime) -> None:
    unrounded = structs.replace(rules, total_rounding=None, dearer_quotations=False)

    priced = price(*lines, rules=unrounded, at=at)

    for line, sold in zip(lines, priced.lines, strict=True):
        if line.max_discount_percent is not None:
            assert sold.discount <= max(0, percent_of(line.gross, line.max_discount_percent))
    for place, rule in enumerate(rules.receipt_rules, 1):
        taken = sum(applied.amount for line in priced.lines for applied in line.applied if applied.rule == place)
        assert all(taken <= most for most in (rule.max_discount, rule.amount) if most is not None)


@given(_lines(), _rules(), MOMENTS)
def test_each_rule_acts_on_an_open_line_or_says_why_not(lines: list[Line], rules: PriceRules, at: datetime) -> None:
    """A rule that acts and gives nothing, being one of nothing or rounded to it, is the only one that is not told."""
    free = [structs.replace(line, min_price=None, max_discount_percent=None) for line in lines]
    priced = price(*free, rules=structs.replace(rules, total_rounding=None), at=at)
    acted = {applied.rule for line in priced.lines for applied in line.applied}
    is_open = [line.quantity > 0 and not any(lost.rule is None for lost in line.passed_over) for line in priced.lines]

    for place, rule in enumerate(rules.receipt_rules, 1):
        told = [place in {lost.rule for lost in line.passed_over} for line in priced.lines]
        silent = [line for line, open_, said in zip(priced.lines, is_open, told, strict=True) if open_ and not said]
        if place not in acted and silent:
            left = sum(line.gross - _taken_before(line, place) for line in silent)
            assert left > 0
            benefit = percent_of(left, rule.percent) if rule.percent is not None else rule.amount
            assert 0 in {benefit, rule.max_discount}


def _taken_before(line: PricedLine, place: int) -> int:
    return sum(applied.amount for applied in line.applied if applied.rule is None or applied.rule < place)


@given(_lines(), st.none() | _rules(), MOMENTS)
def test_shut_line_is_sold_at_its_price(lines: list[Line], rules: PriceRules | None, at: datetime) -> None:
    for line, sold in zip(lines, price(*lines, rules=rules, at=at).lines, strict=True):
        if line.gift or line.top_up or line.quantity <= 0:
            assert (sold.discount, sold.applied) == (0, ())
        if line.no_discount or line.fixed_price:
            assert {applied.reason for applied in sold.applied} <= {"rounding"}


@given(_lines(), _rules(dearer=False), MOMENTS)
def test_minimum_price_holds_whatever_else_is_given(lines: list[Line], rules: PriceRules, at: datetime) -> None:
    for line, sold in zip(lines, price(*lines, rules=rules, at=at).lines, strict=True):
        if line.quantity > 0 and line.min_price is not None:
            assert sold.net >= min(line.gross, line_gross(line.quantity, line.min_price, PLACES))


@given(_lines(), _rules(), MOMENTS)
def test_rounded_total_is_a_step_or_no_line_could_bear_it(lines: list[Line], rules: PriceRules, at: datetime) -> None:
    priced = price(*lines, rules=rules, at=at)
    rounding = rules.total_rounding
    could = [line for line in lines if line.quantity > 0 and not (line.gift or line.top_up) and line.min_price is None]

    if (
        rounding is not None
        and could
        and max(sold.net for sold in priced.lines if sold.line in {line.line for line in could}) >= rounding.step
    ):
        assert priced.total % rounding.step == 0


@given(_plain_lines(), st.integers(0, WHOLE))
def test_percent_is_taken_on_the_sum_and_shared_beside_each_lines_own(lines: list[Line], percent: int) -> None:
    priced = price(*lines, rules=PriceRules("GOLD", percent))

    assert abs(priced.discount * WHOLE - priced.gross * percent) <= WHOLE // 2
    for line in priced.lines:
        assert abs(line.discount * priced.gross - priced.discount * line.gross) <= max(1, priced.gross)
