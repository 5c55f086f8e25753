import pytest
from msgspec import structs

from loyalty.pricing.calculate import percent_only, unit_price
from loyalty.pricing.model import Line, TotalRounding
from tests.loyalty.pricing.lines import (
    AT,
    PLACES,
    SOURCE,
    losers,
    make_goods,
    make_list,
    make_rules,
    nets,
    price,
    reasons,
)

MARKS = ["no_discount", "gift", "fixed_price", "top_up"]


def _mark(line: Line, mark: str) -> Line:
    return structs.replace(line, **{mark: True})


def test_percent_is_rounded_once_on_the_sum() -> None:
    """PAP-14."""
    priced = price(*[make_goods(number, price="0.30") for number in range(1, 8)], rules=make_rules("5"))

    assert priced.discount == 11, "line by line it would be 14"
    assert [line.discount for line in priced.lines] == [2, 2, 2, 2, 1, 1, 1]


def test_surcharge_is_a_negative_percent() -> None:
    priced = price(make_goods(1), make_goods(2, price="0.05"), rules=make_rules("-10"))

    assert (priced.total, nets(priced)) == (1106, [1100, 6])


def test_percent_of_a_hundred_leaves_nothing() -> None:
    priced = price(make_goods(1, price="0.01"), make_goods(2, price="9.99"), rules=make_rules("100"))

    assert nets(priced) == [0, 0]


@pytest.mark.parametrize("mark", MARKS)
def test_marked_line_takes_nothing_and_is_not_in_the_base(mark: str) -> None:
    priced = price(make_goods(1), _mark(make_goods(2), mark), rules=make_rules("10"))

    assert (nets(priced), losers(priced, 1)) == ([900, 1000], [(mark, SOURCE)])


@pytest.mark.parametrize("quantity", ["-1", "0"])
def test_line_given_back_takes_nothing_and_is_not_in_the_base(quantity: str) -> None:
    priced = price(make_goods(1), make_goods(2, quantity=quantity), rules=make_rules("10"))

    assert priced.lines[0].discount == 100
    assert (priced.lines[1].discount, losers(priced, 1)) == (0, [("given_back", SOURCE)])


@pytest.mark.parametrize("mark", MARKS)
def test_manual_discount_of_a_marked_line_is_passed_over(mark: str) -> None:
    priced = price(_mark(make_goods(manual_discount_percent="5"), mark))

    assert (nets(priced), losers(priced)) == ([1000], [(mark, "manual")])


def test_quotation_beats_the_percent() -> None:
    """PAP-15."""
    priced = price(make_goods(sku="A", quantity="3"), rules=make_rules("50", make_list(A="8.00")))

    assert (nets(priced), reasons(priced)) == ([2400], [("quotation", "WHOLESALE", 600)])
    assert losers(priced) == [("quotation", SOURCE)]


def test_quotation_is_rounded_as_its_own_line() -> None:
    priced = price(make_goods(sku="A", quantity="0.335", price="12.99"), rules=make_rules("0", make_list(A="9.9999")))

    assert nets(priced) == [335]


def test_line_without_a_quotation_falls_back_to_its_price() -> None:
    priced = price(make_goods(sku="B"), rules=make_rules("10", make_list(A="8.00")))

    assert (nets(priced), losers(priced)) == ([1000], [("no_quotation", SOURCE)])


def test_line_without_a_quotation_joins_the_percent_where_the_series_says_so() -> None:
    rules = make_rules("10", make_list(A="8.00"), percent_without_quotation=True)

    priced = price(make_goods(1, sku="A"), make_goods(2, sku="B"), rules=rules)

    assert nets(priced) == [800, 900]


def test_dearer_quotation_counts_as_no_entry_unless_the_series_allows_it() -> None:
    line = make_goods(sku="A")

    shut = price(line, rules=make_rules("10", make_list(A="11.00"), percent_without_quotation=True))
    open_ = price(line, rules=make_rules("10", make_list(A="11.00"), dearer_quotations=True))

    assert (nets(shut), losers(shut)) == ([900], [("dearer", "WHOLESALE")])
    assert (nets(open_), reasons(open_)) == ([1100], [("quotation", "WHOLESALE", -100)])


def test_manual_discount_comes_after_the_quotation() -> None:
    priced = price(make_goods(sku="A", manual_discount_percent="10"), rules=make_rules("50", make_list(A="8.00")))

    assert (nets(priced), reasons(priced)) == ([720], [("quotation", "WHOLESALE", 200), ("manual", "manual", 80)])


def test_manual_discount_of_one_line_leaves_the_percent_to_the_others() -> None:
    priced = price(make_goods(1, manual_discount_percent="5"), make_goods(2), rules=make_rules("10"))

    assert (nets(priced), losers(priced)) == ([950, 900], [("already_discounted", SOURCE)])


def test_percent_is_taken_on_what_the_manual_discount_left_where_the_series_says_so() -> None:
    priced = price(
        make_goods(price="1558.80", manual_discount_percent="10"), rules=make_rules("10", manual_with_percent=True)
    )

    assert nets(priced) == [126_263]


@pytest.mark.parametrize(
    ("cap", "net", "lost"),
    [
        ({"min_price": "9.50"}, 950, [("minimum_price", SOURCE)]),
        ({"max_discount_percent": "7"}, 930, [("maximum_discount", SOURCE)]),
        ({"min_price": "7.00"}, 800, []),
        ({"min_price": "99.00"}, 1000, [("minimum_price", SOURCE)]),
        ({"max_discount_percent": "0"}, 1000, [("maximum_discount", SOURCE)]),
        (
            {"max_discount_percent": "10", "min_price": "9.50"},
            950,
            [("maximum_discount", SOURCE), ("minimum_price", SOURCE)],
        ),
    ],
)
def test_cap_cuts_the_discount_and_says_so(cap: dict[str, str], net: int, lost: list[tuple[str, str]]) -> None:
    priced = price(make_goods(1, **cap), make_goods(2), rules=make_rules("20"))

    assert (nets(priced), losers(priced)) == ([net, 800], lost)


def test_cap_cuts_the_last_reason_first() -> None:
    line = make_goods(manual_discount_percent="10", max_discount_percent="15")

    priced = price(line, rules=make_rules("20", manual_with_percent=True))

    assert reasons(priced) == [("manual", "manual", 100), ("card_percent", SOURCE, 50)]


def test_cap_cuts_a_surcharge_and_a_discount_without_losing_a_cent() -> None:
    line = make_goods(manual_discount_percent="50", max_discount_percent="20")

    priced = price(line, rules=make_rules("-10", manual_with_percent=True))

    assert (nets(priced), sum(amount for _, _, amount in reasons(priced))) == ([800], 200)


@pytest.mark.parametrize(
    ("mode", "step", "total"),
    [
        ("down", 100, 2500),
        ("up", 100, 2600),
        ("nearest", 100, 2500),
        ("nearest", 5, 2540),
        ("down", 1, 2540),
        ("up", 5, 2540),
    ],
)
def test_total_is_rounded_to_its_step(mode: str, step: int, total: int) -> None:
    rules = make_rules("0", total_rounding=TotalRounding(step, mode))  # type: ignore[arg-type] # from the table above

    priced = price(make_goods(1, price="10.10", quantity="2"), make_goods(2, price="5.20"), rules=rules)

    assert priced.total == total


def test_rounding_lies_on_the_line_of_least_quantity_then_dearest_then_first() -> None:
    rules = make_rules("0", total_rounding=TotalRounding(100, "down"))
    lines = [
        make_goods(1, price="9.00", quantity="2"),
        make_goods(2, price="4.10"),
        make_goods(3, price="5.10"),
        make_goods(4, price="5.10"),
    ]

    priced = price(*lines, rules=rules)

    assert [line.discount for line in priced.lines] == [0, 0, 30, 0]


def test_gift_and_top_up_bear_no_rounding() -> None:
    rules = make_rules("0", total_rounding=TotalRounding(100, "down"))
    lines = [
        make_goods(1, price="9.10", quantity="2"),
        make_goods(2, price="1.50", gift=True),
        make_goods(3, price="1.00", top_up=True),
    ]

    priced = price(*lines, rules=rules)

    assert (nets(priced), reasons(priced)) == ([1750, 150, 100], [("rounding", SOURCE, 70)])


def test_rounding_never_makes_a_line_negative() -> None:
    rules = make_rules("0", total_rounding=TotalRounding(1000, "down"))

    priced = price(make_goods(1, price="0.40"), make_goods(2, price="9.00", quantity="2"), rules=rules)

    assert nets(priced) == [40, 960]


def test_receipt_without_rules_is_priced_at_its_prices() -> None:
    priced = price(make_goods(1), make_goods(2, quantity="-1"), make_goods(3, gift=True))

    assert (priced.gross, priced.discount, priced.total) == (1000, 0, 1000)
    assert [losers(priced, index) for index in range(3)] == [[], [], []]


@pytest.mark.parametrize(("quantity", "unit"), [("3", 930), ("0.5", 930), ("-2", 1000), ("0", 1000)])
def test_unit_price_is_what_one_costs_after_the_discount(quantity: str, unit: int) -> None:
    priced = price(make_goods(quantity=quantity), rules=make_rules("7"))

    assert unit_price(priced.lines[0], PLACES) == unit


def test_short_way_is_taken_only_where_nothing_but_the_percent_can_act() -> None:
    plain, rules = [make_goods(1), make_goods(2)], make_rules("10")

    assert percent_only(plain, rules) == [100, 100]
    assert percent_only(plain, None) == [0, 0]
    assert percent_only(plain, make_rules("10", make_list(A="1"))) is None
    assert percent_only(plain, make_rules("10", total_rounding=TotalRounding(5, "up"))) is None
    marked = [{mark: True} for mark in MARKS] + [
        {"min_price": "1"},
        {"max_discount_percent": "5"},
        {"manual_discount_percent": "5"},
    ]
    for marks in marked:
        assert percent_only([make_goods(**marks)], rules) is None
    assert percent_only([make_goods(quantity="-1")], rules) is None


def test_same_input_gives_the_same_answer() -> None:
    lines = [make_goods(number, price="3.33", sku="A" if number % 2 else "B") for number in range(1, 9)]
    rules = make_rules("7.5", make_list(A="3.00"), percent_without_quotation=True)

    assert len({repr(price(*lines, rules=rules, at=AT)) for _ in range(5)}) == 1


def test_line_that_takes_no_discount_bears_the_rounding_only_where_no_other_can() -> None:
    rules = make_rules("0", total_rounding=TotalRounding(100, "down"))
    tobacco = make_goods(1, price="5.50", no_discount=True)

    beside = price(tobacco, make_goods(2, price="9.00", quantity="2"), rules=rules)
    alone = price(tobacco, rules=rules)

    assert (nets(beside), nets(alone)) == ([550, 1750], [500])


def test_rounding_leaves_a_minimum_price_alone() -> None:
    rules = make_rules("0", total_rounding=TotalRounding(100, "down"))
    bound = make_goods(1, price="5.50", min_price="5.50")

    assert nets(price(bound, make_goods(2, price="9.00", quantity="2"), rules=rules)) == [550, 1750]
    assert nets(price(bound, rules=rules)) == [550]
