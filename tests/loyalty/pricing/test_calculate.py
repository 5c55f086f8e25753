from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from loyalty.money import ONE_UNIT, PRICE, QUANTITY, WHOLE, line_gross
from loyalty.pricing.calculate import calculate
from loyalty.pricing.model import Line, PriceList, PriceRules, TotalRounding, Window
from loyalty.pricing.refunds import SoldLine, refund

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
GOLD = PriceRules("GOLD", percent=100_000)


def make_line(number: int, quantity: str = "1", price: str = "10.00", **more: object) -> Line:
    counted, priced = QUANTITY.parse(quantity), PRICE.parse(price)
    line = Line(number, f"SKU{number}", counted, priced, line_gross(counted, priced, 2))
    return msgspec.structs.replace(line, **more)


@st.composite
def receipts(draw: st.DrawFn) -> list[Line]:
    lines = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        quantity, price = draw(st.integers(-3 * ONE_UNIT, 20 * ONE_UNIT)), draw(st.integers(0, 5_000_000))
        lines.append(
            Line(
                line=number,
                sku=f"SKU{number % 4}",
                quantity=quantity,
                price=price,
                gross=line_gross(quantity, price, 2),
                no_discount=draw(st.booleans()) and draw(st.booleans()),
                gift=draw(st.booleans()) and draw(st.booleans()),
                min_price=draw(st.none() | st.integers(0, 5_000_000)),
                max_discount_percent=draw(st.none() | st.integers(0, WHOLE)),
                manual_discount_percent=draw(st.none() | st.integers(0, WHOLE)),
            )
        )
    return lines


@st.composite
def price_rules(draw: st.DrawFn) -> PriceRules:
    quotations = draw(st.dictionaries(st.sampled_from(["SKU0", "SKU1", "SKU2"]), st.integers(0, 5_000_000)))
    lists = (PriceList("LIST", "", 0, Window(), quotations),) if draw(st.booleans()) else ()
    return PriceRules(
        source="GOLD",
        percent=draw(st.integers(0, WHOLE)),
        price_lists=lists,
        percent_without_quotation=draw(st.booleans()),
        manual_with_percent=draw(st.booleans()),
        total_rounding=draw(st.none() | st.builds(TotalRounding, st.integers(1, 500), st.just("down"))),
    )


@given(receipts(), price_rules())
def test_every_cent_of_discount_has_one_reason_and_lines_sum_to_totals(lines: list[Line], rules: PriceRules) -> None:
    priced = calculate(lines, rules, at=AT, places=2)

    for line in priced.lines:
        assert line.gross - line.discount == line.net
        assert sum(applied.amount for applied in line.applied) == line.discount
    assert priced.gross - priced.discount == priced.total == sum(line.net for line in priced.lines)


@given(receipts(), price_rules())
def test_discount_is_never_above_gross_nor_under_nothing(lines: list[Line], rules: PriceRules) -> None:
    for line in calculate(lines, rules, at=AT, places=2).lines:
        assert 0 <= line.discount <= max(0, line.gross)


@given(receipts(), price_rules())
def test_order_of_lines_does_not_matter_to_the_total(lines: list[Line], rules: PriceRules) -> None:
    capless = [msgspec.structs.replace(line, min_price=None, max_discount_percent=None) for line in lines]
    shuffled = sorted(capless, key=lambda line: (line.sku, line.line), reverse=True)

    one, other = (calculate(order, rules, at=AT, places=2).total for order in (capless, shuffled))

    assert one == other


@given(receipts(), price_rules())
def test_same_input_gives_the_same_bytes(lines: list[Line], rules: PriceRules) -> None:
    one, other = (msgspec.json.encode(calculate(lines, rules, at=AT, places=2)) for _ in range(2))

    assert one == other


@given(st.lists(st.integers(1, 5), min_size=1, max_size=8), st.integers(0, 10**7))
def test_returns_piece_by_piece_give_back_exactly_what_was_paid(parts: list[int], net: int) -> None:
    sold = SoldLine(1, "A", sum(parts) * ONE_UNIT, 0, 0, net)
    given_back = 0
    for part in parts:
        amount = refund(sold, part * ONE_UNIT)
        sold, given_back = sold.after(part * ONE_UNIT, amount), given_back + amount

    assert given_back == net


def test_manual_discount_shuts_the_percent_out_unless_the_series_lets_it_in() -> None:
    line = make_line(1, price="100.00", manual_discount_percent=100_000)

    alone = calculate([line], GOLD, at=AT, places=2).lines[0]
    both = calculate([line], msgspec.structs.replace(GOLD, manual_with_percent=True), at=AT, places=2).lines[0]

    assert (alone.net, both.net) == (9_000, 8_100)
    assert [lost.reason for lost in alone.passed_over] == ["already_discounted"]


def test_cap_cuts_the_line_and_moves_nothing_to_others() -> None:
    lines = [make_line(1, price="100.00", min_price=PRICE.parse("95.00")), make_line(2, price="100.00")]

    capped, free = calculate(lines, GOLD, at=AT, places=2).lines

    assert (capped.discount, free.discount) == (500, 1_000)
    assert [lost.reason for lost in capped.passed_over] == ["minimum_price"]


def test_negative_percent_is_a_surcharge() -> None:
    rules = msgspec.structs.replace(GOLD, percent=-50_000)

    assert calculate([make_line(1)], rules, at=AT, places=2).total == 1_050


def test_total_is_rounded_on_the_line_of_least_quantity() -> None:
    rules = msgspec.structs.replace(GOLD, percent=0, total_rounding=TotalRounding(100, "down"))
    lines = [make_line(1, quantity="2", price="10.40"), make_line(2, price="0.75")]

    priced = calculate(lines, rules, at=AT, places=2)

    assert (priced.total, [line.discount for line in priced.lines]) == (2_100, [0, 55])
