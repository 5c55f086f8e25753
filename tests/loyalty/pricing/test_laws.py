"""Laws of prices that hold for whatever is sold under whatever rules."""

from datetime import datetime, time
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from loyalty.money import PERCENT_PLACES, line_gross
from loyalty.pricing.model import Line, PriceList, PriceRules, TotalRounding, Window
from tests.loyalty.pricing.lines import AT, PLACES, price

WHOLE = 100 * 10**PERCENT_PLACES
MOMENTS = st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-12-31"))
WINDOWS = st.sampled_from(
    [Window(), Window(hours_from=time(22), hours_until=time(2)), Window(weekdays=(1, 5)), Window(valid_until=AT.date())]
)
SKUS = st.sampled_from(["A", "B", "C", "D"])


@st.composite
def _lines(draw: st.DrawFn) -> list[Line]:
    shapes = draw(
        st.lists(st.tuples(SKUS, st.integers(-3_000_000, 9_000_000), st.integers(0, 10**7)), min_size=1, max_size=12)
    )
    percents = st.none() | st.integers(0, WHOLE)
    return [
        Line(
            line=number, sku=sku, quantity=quantity, price=unit, gross=line_gross(quantity, unit, PLACES),
            no_discount=draw(st.booleans()), gift=draw(st.sampled_from([False, False, True])),
            fixed_price=draw(st.sampled_from([False, False, True])), top_up=draw(st.sampled_from([False, False, False, True])),
            min_price=draw(st.none() | st.integers(0, 10**7)), max_discount_percent=draw(percents),
            manual_discount_percent=draw(percents),
        )
        for number, (sku, quantity, unit) in enumerate(shapes, 1)
    ]  # fmt: skip


@st.composite
def _plain_lines(draw: st.DrawFn) -> list[Line]:
    shapes = draw(st.lists(st.tuples(SKUS, st.integers(1, 9_000_000), st.integers(0, 10**7)), min_size=1, max_size=12))
    return [
        Line(number, sku, quantity, unit, line_gross(quantity, unit, PLACES))
        for number, (sku, quantity, unit) in enumerate(shapes, 1)
    ]


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


@given(_lines(), st.none() | _rules(), MOMENTS)
def test_same_input_gives_the_same_price(lines: list[Line], rules: PriceRules | None, at: datetime) -> None:
    assert price(*lines, rules=rules, at=at) == price(*lines, rules=rules, at=at)


@given(_lines(), _rules(least=-WHOLE), MOMENTS, st.randoms(use_true_random=False))
def test_order_of_lines_does_not_matter_for_the_total(
    lines: list[Line], rules: PriceRules, at: datetime, random: Random
) -> None:
    """Caps and the rounding of the total look at single lines, of which equal ones are taken in their order."""
    free = [structs.replace(line, min_price=None, max_discount_percent=None) for line in lines]
    unrounded = structs.replace(rules, total_rounding=None)
    shuffled = free.copy()
    random.shuffle(shuffled)

    assert price(*free, rules=unrounded, at=at).total == price(*shuffled, rules=unrounded, at=at).total


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
