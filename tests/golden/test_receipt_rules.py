"""The worked cases of receipt rules, of a second card and of a return below a threshold, on the pure functions."""

from datetime import datetime
from typing import Any  # the cases are free in their shapes

import pytest

from loyalty.money import PERCENT, PRICE, QUANTITY, Currency, line_gross
from loyalty.pricing.calculate import calculate
from loyalty.pricing.model import Line, Priced, PriceRules, ReceiptRule
from loyalty.pricing.refunds import SoldLine, refund
from loyalty.pricing.resale import Resale
from tests.golden.cases import CASES, RULED, Case

MONEY = Currency("EUR", 2).scale
AT = datetime.fromisoformat("2026-11-22T12:00")


def make_rules(given: Case) -> PriceRules:
    """Make the rules of a card whose series has the case's receipt rules."""
    told = given.get("receipt_amount_rule") or given.get("rules") or [given["rule"]]
    return PriceRules("CARD", receipt_rules=tuple(_make_rule(rule) for rule in told))


def _make_rule(rule: dict[str, Any]) -> ReceiptRule:
    return ReceiptRule(
        since=MONEY.parse(rule.get("from", "0")),
        until=None if rule.get("to") is None else MONEY.parse(rule["to"]),
        percent=PERCENT.parse(rule["pct"]) if "pct" in rule else None,
        amount=MONEY.parse(rule["fixed_amount"]) if "fixed_amount" in rule else None,
        on_rest=rule.get("on_rest", False),
    )


def make_goods(case: Case) -> list[Line]:
    """Make the lines of a receipt."""
    goods = []
    for line in case["lines"]:
        quantity, price = QUANTITY.parse(line["qty"]), PRICE.parse(line["price"])
        gross = line_gross(quantity, price, MONEY.places)
        goods.append(
            Line(line["line"], line["sku"], quantity, price, gross, no_discount=line.get("no_discount", False))
        )
    return goods


def price(case: Case, rules: PriceRules, *further: PriceRules) -> Priced:
    """Price the goods of a receipt."""
    return calculate(make_goods(case), rules, at=AT, places=MONEY.places, further_cards=further)


def percents(priced: Priced) -> set[str]:
    """Give the percents that acted."""
    found = {applied.percent for line in priced.lines for applied in line.applied}
    return {PERCENT.format(percent, least_places=0) for percent in found if percent is not None}


@pytest.mark.parametrize("name", RULED)
def test_receipt_is_discounted_as_the_worked_case_says(name: str) -> None:
    """PAP-14."""
    case, expected = CASES[name], CASES[name]["expect"]

    priced = price(case["when"], make_rules(case["given"]))

    totals = {part: MONEY.format(getattr(priced, part)) for part in ("gross", "discount", "total") if part in expected}
    assert totals == {part: expected[part] for part in totals}
    for told, line in zip(expected.get("lines", ()), priced.lines, strict=False):
        parts = {part: MONEY.format(getattr(line, part)) for part in ("gross", "discount", "net") if part in told}
        assert {"line": line.line} | parts == told
    assert "pct" not in expected or percents(priced) == {expected["pct"]}


def test_percent_by_amount_goes_up_and_back_down() -> None:
    case = CASES["P07a"]
    rules = make_rules(case["given"])

    told = [price(step, rules) for step in case["when"]["steps"]]

    assert [(percents(one), MONEY.format(one.total)) for one in told] == [
        ({step["pct"]}, step["total"]) for step in case["expect"]["steps"]
    ]


def test_each_of_two_rules_takes_its_own_part() -> None:
    case = CASES["P33"]

    priced = price(case["when"], make_rules(case["given"]))

    by_rule = [
        [MONEY.format(sum(applied.amount for applied in line.applied if applied.rule == rule)) for line in priced.lines]
        for rule in (1, 2)
    ]
    assert by_rule == case["expect"]["per_rule"]


def test_second_card_is_refused_while_one_discounts() -> None:
    case = CASES["P02"]
    first, second = (
        PriceRules(name, PERCENT.parse(case["given"][name]["discount_pct"])) for name in case["when"]["apply"]
    )

    priced = price(case["when"], first, second)

    assert MONEY.format(priced.total) == case["expect"]["total"]
    lost = priced.lines[0].passed_over[0]
    assert {lost.source: f"refused:{lost.reason}"} == {"second_card": case["expect"]["second_card"]}


def test_return_below_a_threshold_is_given_back_by_either_policy() -> None:
    case = CASES["R04"]
    goods, rules = make_goods(case["when"]["sale"]), make_rules(case["given"])
    sale = price(case["when"]["sale"], rules).lines[0]
    sold = SoldLine(1, "A", sale.quantity, sale.price, sale.discount, sale.net)
    back = QUANTITY.parse(case["when"]["return"]["lines"][0]["qty"])

    pro_rata = refund(sold, back)
    resale = Resale(goods=tuple(goods), rules=rules, at=AT, places=MONEY.places)
    repriced = resale.refund([sold], [sold.after(back, pro_rata)])

    assert case["when"]["policies"] == ["pro_rata", "reprice"]
    assert MONEY.format(sale.net) == case["expect"]["paid"]
    assert [MONEY.format(pro_rata), MONEY.format(repriced)] == case["expect"]["refund"]
