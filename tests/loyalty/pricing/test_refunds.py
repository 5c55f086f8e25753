import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.money import ONE_UNIT
from loyalty.pricing.refunds import GivenBack, Remaining, SoldLine, refund, refund_payments


def _sold(line: int, *, net: int, quantity: int = 1, sku: str = "TEA", price: int = 10_000, **more: int) -> SoldLine:
    return SoldLine(line=line, sku=sku, quantity=quantity * ONE_UNIT, price=price, discount=0, net=net, **more)


def _take(
    remaining: Remaining, quantity: int, *, line: int | None = None, sku: str = "TEA", price: int = 10_000
) -> GivenBack | None:
    return remaining.take(original_line=line, sku=sku, price=price, quantity=quantity * ONE_UNIT)


def test_refund_is_cumulative() -> None:
    sold = _sold(1, net=100, quantity=3)
    given = []
    for _ in range(3):
        given.append(refund(sold, ONE_UNIT))
        sold = sold.after(ONE_UNIT, given[-1])

    assert given == [33, 34, 33]


def test_refund_follows_what_was_given_back_before() -> None:
    assert refund(_sold(1, net=100, quantity=2, returned=ONE_UNIT, refunded=40), ONE_UNIT) == 60


@given(st.integers(-(10**6), 10**9), st.lists(st.integers(1, 5_000_000), min_size=1, max_size=12))
def test_returns_in_any_portions_give_back_exactly_what_was_paid(net: int, portions: list[int]) -> None:
    sold = SoldLine(1, "TEA", sum(portions), 1, 0, net)

    given = 0
    for portion in portions:
        due = refund(sold, portion)
        sold = sold.after(portion, due)
        given += due

    assert (given, sold.left) == (net, 0)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 10**6), st.sampled_from([1, 2])), min_size=1, max_size=6),
    st.lists(st.tuples(st.none() | st.integers(1, 6), st.integers(1, 7), st.sampled_from([1, 2])), max_size=20),
)
def test_article_on_several_lines_gives_back_what_was_paid_and_no_piece_more(
    lines: list[tuple[int, int, int]], returns: list[tuple[int | None, int, int]]
) -> None:
    """As the database tells it: every return is written down under one sold line, and read back for the next one."""
    kept = [
        _sold(number, net=net, quantity=quantity, price=price) for number, (quantity, net, price) in enumerate(lines, 1)
    ]
    rest = [(None, 1, 1)] * sum(quantity for quantity, _, _ in lines)
    pieces = money = 0
    for line, quantity, price in returns + rest:
        given = _take(Remaining(kept), quantity, line=line, price=price)
        if given is not None:
            kept = [sold.after(quantity * ONE_UNIT, given.due) if sold.line == given.line else sold for sold in kept]
            pieces, money = pieces + quantity, money + given.due

    assert pieces == sum(quantity for quantity, _, _ in lines)
    assert money == sum(net for _, net, _ in lines)


def test_named_line_is_taken_and_no_other() -> None:
    remaining = Remaining([_sold(1, net=10), _sold(2, net=8)])

    assert _take(remaining, 1, line=2) == GivenBack(2, 8)
    assert _take(remaining, 1, line=2) is None
    assert _take(remaining, 1, line=3) is None
    assert _take(remaining, 1, line=1, sku="RICE") is None


def test_article_is_taken_at_its_price_before_others() -> None:
    remaining = Remaining([_sold(1, net=10, price=100_000), _sold(2, net=8, price=80_000)])

    assert _take(remaining, 1, price=80_000) == GivenBack(2, 8)
    assert _take(remaining, 1, price=80_000) == GivenBack(1, 10)
    assert _take(remaining, 1, price=80_000) is None


def test_single_line_with_enough_left_is_taken_before_several() -> None:
    remaining = Remaining([_sold(1, net=10, quantity=1), _sold(2, net=30, quantity=3)])

    assert _take(remaining, 3) == GivenBack(2, 30)


def test_several_lines_are_taken_where_none_has_enough() -> None:
    remaining = Remaining([_sold(1, net=10, quantity=1), _sold(2, net=24, quantity=3)])

    assert _take(remaining, 4) == GivenBack(1, 34)
    assert [line.left for line in remaining.lines] == [0, 0]


def test_refusal_takes_nothing() -> None:
    remaining = Remaining([_sold(1, net=10, quantity=1), _sold(2, net=24, quantity=3)])

    assert _take(remaining, 5) is None
    assert [line.left for line in remaining.lines] == [ONE_UNIT, 3 * ONE_UNIT]


def test_goods_given_back_in_a_sale_cannot_be_returned() -> None:
    remaining = Remaining([_sold(1, net=-10, quantity=-1), _sold(2, net=0, quantity=0)])

    assert _take(remaining, 1) is None


def test_other_refund_than_the_due_one_is_remembered() -> None:
    remaining = Remaining([_sold(1, net=100, quantity=2)])

    remaining.take(original_line=1, sku="TEA", price=1, quantity=ONE_UNIT, refunded=70)

    assert _take(remaining, 1) == GivenBack(1, 30)


def test_long_receipt_is_returned_in_no_time() -> None:
    count = 20_000
    remaining = Remaining([_sold(number, net=1) for number in range(1, count + 1)])

    assert all(_take(remaining, 1) is not None for _ in range(count))
    assert _take(remaining, 1) is None


@pytest.mark.parametrize(
    ("paid", "before", "now", "shares"),
    [
        ([50_000, 10_000], 0, 30_000, [25_000, 5_000]),
        ([50_000, 10_000], 30_000, 30_000, [25_000, 5_000]),
        ([1, 1], 0, 1, [1, 0]),
        ([1, 1], 1, 1, [0, 1]),
        ([100], 30, 70, [70]),
        ([110, -10], 0, 100, [100, 0]),
        ([0, 0], 0, 0, [0, 0]),
        ([], 0, 0, []),
        ([60, 40], 100, -50, [-30, -20]),
    ],
)
def test_mixed_payment_goes_back_in_its_proportions(paid: list[int], before: int, now: int, shares: list[int]) -> None:
    assert refund_payments(paid, refunded_before=before, refund_now=now) == shares


@settings(max_examples=300)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=6), st.data())
def test_payments_get_back_exactly_what_they_paid_and_never_give(paid: list[int], data: st.DataObject) -> None:
    total = sum(paid)
    cuts = [*sorted(data.draw(st.lists(st.integers(0, total), max_size=12))), total]

    before, given = 0, [0] * len(paid)
    for cut in cuts:
        shares = refund_payments(paid, refunded_before=before, refund_now=cut - before)
        assert sum(shares) == cut - before
        assert min(shares) >= 0
        before, given = cut, [one + two for one, two in zip(given, shares, strict=True)]

    assert given == paid
