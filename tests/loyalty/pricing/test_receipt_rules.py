from typing import Any  # settings of a rule are of every kind

import pytest
from msgspec import structs

from loyalty.money import PERCENT, Currency
from loyalty.pricing.model import Line, Priced, PriceRules, ReceiptRule
from tests.loyalty.pricing.lines import SOURCE, losers, make_goods, make_list, make_rules, nets, price, reasons

MONEY = Currency("EUR", 2).scale
ONE = 1_000_000


def make_rule(percent: str | None = None, *, off: str | None = None, **more: Any) -> ReceiptRule:
    """Make a receipt rule of a percent, or of an amount off."""
    benefit = None if percent is None else PERCENT.parse(percent)
    amount = None if off is None else MONEY.parse(off)
    return structs.replace(ReceiptRule(percent=benefit, amount=amount), **more)


def price_by(*rules: ReceiptRule, goods: tuple[Line, ...] = (make_goods(price="100.00"),), card: str = "0") -> Priced:
    """Price goods under receipt rules and a card's percent."""
    return price(*goods, rules=make_rules(card, receipt_rules=rules))


def test_range_begins_with_its_lower_end_and_ends_before_its_upper_one() -> None:
    """PAP-14."""
    rules = (make_rule("5", until=100_00), make_rule("10", since=100_00, until=200_00))

    told = [
        nets(price_by(*rules, goods=(make_goods(price=total),)))[0] for total in ("99.99", "100.00", "199.99", "200.00")
    ]

    assert told == [94_99, 90_00, 179_99, 200_00]


def test_first_percent_that_holds_acts_and_the_later_one_says_so() -> None:
    priced = price_by(make_rule("5"), make_rule("10"))

    assert reasons(priced) == [("receipt_rule", SOURCE, 5_00)]
    assert losers(priced) == [("earlier_rule", SOURCE)]
    assert (priced.lines[0].applied[0].rule, priced.lines[0].passed_over[0].rule) == (1, 2)


def test_percent_on_the_rest_is_taken_from_what_the_first_left() -> None:
    priced = price_by(make_rule("10"), make_rule("10", on_rest=True))

    assert [amount for _, _, amount in reasons(priced)] == [10_00, 9_00]


def test_earlier_rule_may_put_a_later_one_below_its_minimum() -> None:
    priced = price_by(make_rule(off="10.00"), make_rule("50", since=95_00))

    assert (nets(priced), losers(priced)) == ([90_00], [("below_minimum", SOURCE)])


def test_all_amounts_act_and_are_cut_to_what_is_left() -> None:
    priced = price_by(make_rule(off="60.00"), make_rule(off="60.00"), make_rule(off="1.00"))

    assert [amount for _, _, amount in reasons(priced)] == [60_00, 40_00]
    assert (nets(priced), losers(priced)) == ([0], [("nothing_left", SOURCE)])


def test_cards_percent_acts_only_where_no_rule_does() -> None:
    asked = make_rule("20", since=150_00)

    without = price_by(asked, card="5")
    with_it = price_by(asked, goods=(make_goods(price="150.00"),), card="5")

    assert (reasons(without), losers(without)) == ([("card_percent", SOURCE, 5_00)], [("below_minimum", SOURCE)])
    assert (reasons(with_it), losers(with_it)) == ([("receipt_rule", SOURCE, 30_00)], [("receipt_rule", SOURCE)])


def test_percent_of_nothing_says_that_such_a_receipt_gets_none() -> None:
    priced = price_by(make_rule("0", until=200_00), card="5")

    assert (nets(priced), losers(priced)) == ([100_00], [("receipt_rule", SOURCE)])


@pytest.mark.parametrize(
    ("bound", "discounts"),
    [({"skus": ("A",)}, [10_00, 0, 0]), ({"groups": ("food",)}, [0, 10_00, 0]), ({"skus": ("A",), "groups": ("food",)}, [10_00, 10_00, 0])],
)  # fmt: skip
def test_rule_discounts_only_the_goods_it_is_bound_to(bound: dict[str, Any], discounts: list[int]) -> None:
    goods = (
        make_goods(1, price="100.00", sku="A"),
        make_goods(2, price="100.00", group="food"),
        make_goods(3, price="100.00"),
    )

    priced = price_by(make_rule("10", **bound), goods=goods)

    assert [line.discount for line in priced.lines] == discounts
    assert losers(priced, 2) == [("other_goods", SOURCE)]


def test_range_of_a_bound_rule_is_asked_of_the_whole_base() -> None:
    goods = (make_goods(1, price="10.00", sku="A"), make_goods(2, price="90.00"))

    assert nets(price_by(make_rule("10", since=100_00, skus=("A",)), goods=goods)) == [9_00, 90_00]


def test_least_quantity_is_asked_of_the_bound_goods_together() -> None:
    rule = make_rule("10", skus=("A",), min_quantity=3 * ONE)
    two = (make_goods(1, sku="A", quantity="2"), make_goods(2, quantity="9"))

    few, enough = price_by(rule, goods=two), price_by(rule, goods=(*two, make_goods(3, sku="A")))

    assert (nets(few), losers(few), losers(few, 1)) == (
        [20_00, 90_00],
        [("min_quantity", SOURCE)],
        [("other_goods", SOURCE)],
    )
    assert nets(enough) == [18_00, 90_00, 9_00]


def test_discount_of_a_rule_is_capped() -> None:
    assert nets(price_by(make_rule("50", max_discount=20_00))) == [80_00]
    assert nets(price_by(make_rule("10", max_discount=20_00))) == [90_00]


def test_negative_percent_is_a_surcharge() -> None:
    priced = price_by(make_rule("-3", max_discount=1_00))

    assert (nets(priced), reasons(priced)) == ([103_00], [("receipt_rule", SOURCE, -3_00)])


def test_line_out_of_the_base_is_neither_counted_nor_discounted() -> None:
    goods = (
        make_goods(1, price="90.00"),
        make_goods(2, price="90.00", no_discount=True),
        make_goods(3, price="90.00", quantity="-1"),
    )

    priced = price_by(make_rule("10", since=100_00), make_rule("5"), goods=goods)

    assert nets(priced) == [85_50, 90_00, -90_00]
    assert [losers(priced, index) for index in (1, 2)] == [[("no_discount", SOURCE)], [("given_back", SOURCE)]]


def test_quoted_line_is_out_of_the_base() -> None:
    goods = (make_goods(1, price="100.00", sku="A"), make_goods(2, price="100.00"))
    rules = make_rules("0", make_list(A="90.00"), percent_without_quotation=True, receipt_rules=(make_rule("10"),))

    priced = price(*goods, rules=rules)

    assert (nets(priced), losers(priced)) == ([90_00, 90_00], [("quotation", SOURCE)])


def test_manual_discount_shuts_rules_out_unless_the_series_lets_them_follow() -> None:
    line = make_goods(price="100.00", manual_discount_percent="10")
    alone = make_rules("0", receipt_rules=(make_rule("10"),))

    shut = price(line, rules=alone)
    followed = price(line, rules=structs.replace(alone, manual_with_percent=True))

    assert (nets(shut), losers(shut)) == ([90_00], [("already_discounted", SOURCE)])
    assert nets(followed) == [81_00]


def test_cap_of_a_line_cuts_the_last_rule_first_and_names_it() -> None:
    line = make_goods(price="100.00", max_discount_percent="15")

    priced = price(line, rules=make_rules("0", receipt_rules=(make_rule("10"), make_rule(off="10.00"))))

    assert [amount for _, _, amount in reasons(priced)] == [10_00, 5_00]
    assert [(lost.reason, lost.rule) for lost in priced.lines[0].passed_over] == [("maximum_discount", 2)]


def test_cap_leaves_a_surcharge_alone() -> None:
    line = make_goods(price="100.00", max_discount_percent="15")

    priced = price(line, rules=make_rules("0", receipt_rules=(make_rule(off="30.00"), make_rule("-10"))))

    assert [amount for _, _, amount in reasons(priced)] == [22_00, -7_00]


def test_second_card_is_passed_over_and_says_so() -> None:
    second = PriceRules("SILVER", PERCENT.parse("20"))
    money = PriceRules("PREPAID")

    priced = price(make_goods(price="100.00"), rules=make_rules("10"), further=(second, money))

    assert (nets(priced), losers(priced)) == ([90_00], [("already_discounted", "SILVER")])
