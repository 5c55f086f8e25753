"""The worked cases of `tests/golden/pricing.json`, as far as the pure functions of this version go.

The other cases are of receipt and turnover rules, points, transfers and several cards at once, which are not there yet.
"""

import json
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest

from loyalty.money import PERCENT as PERCENT_SCALE
from loyalty.money import PRICE, QUANTITY, Currency, line_gross, share
from loyalty.pricing.calculate import calculate
from loyalty.pricing.model import Line, PriceList, PriceRules, Window
from loyalty.pricing.refunds import SoldLine, refund, refund_payments

MONEY = Currency("EUR", 2).scale
CASES = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[2] / "golden/pricing.json").read_text(encoding="utf-8"))["scenarios"]
}
PRICED = ["P01", "P06a", "P06b", "B06", "B08", "B09", "B11", "B12a", "B12b", "B13a", "B13b"]
SHARED = ["P28a", "P28b", "P28c", "P28d", "P28e"]
RETURNED = ["R02", "R03"]
WEEKDAYS = {"fri": 5}


def make_lines(case: dict[str, Any]) -> list[Line]:
    lines = []
    for line in case["lines"]:
        quantity, price = QUANTITY.parse(line["qty"]), PRICE.parse(line["price"])
        marks = {mark: line.get(mark, False) for mark in ("gift", "no_discount")}
        lines.append(Line(line["line"], line["sku"], quantity, price, line_gross(quantity, price, 2), **marks))
    return lines


def make_rules(card: dict[str, Any], **more: Any) -> PriceRules:
    window = card.get("window", {})
    hours = [time.fromisoformat(window[end]) if window else None for end in ("from", "to")]
    days = tuple(WEEKDAYS[day] for day in window.get("weekdays", ()))
    lists = card.get("price_lists") or ([{"rank": 0, **card["price_list"]}] if "price_list" in card else [])
    return PriceRules(
        source="CARD",
        percent=PERCENT_SCALE.parse(card.get("discount_pct", "0")),
        price_lists=tuple(
            PriceList(
                code=f"LIST{place}",
                name="",
                rank=entry["rank"],
                window=Window(weekdays=days, hours_from=hours[0], hours_until=hours[1]),
                quotations={sku: PRICE.parse(price) for sku, price in entry.items() if sku != "rank"},
            )
            for place, entry in enumerate(lists)
        ),
        price_list_choice="lowest" if card.get("pick") == "min" else "rank",
        percent_without_quotation=card.get("discount_if_no_quotation", False),
        **more,
    )


def priced_total(case: dict[str, Any], rules: PriceRules, at: str = "2026-11-22T10:00:00") -> str:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return MONEY.format(calculate(make_lines(case), rules, at=moment, places=2).total)


@pytest.mark.parametrize("name", PRICED)
def test_receipt_is_priced_as_the_worked_case_says(name: str) -> None:
    """PAP-14, PAP-15."""
    case = CASES[name]
    at = datetime(2026, 11, 22, 10, tzinfo=UTC)

    priced = calculate(make_lines(case["when"]), make_rules(case["given"]["card"]), at=at, places=2)

    shown = [
        {
            "line": line.line,
            "gross": MONEY.format(line.gross),
            "discount": MONEY.format(line.discount),
            "net": MONEY.format(line.net),
        }
        for line in priced.lines
    ]
    assert shown == case["expect"]["lines"]
    assert all(sum(applied.amount for applied in line.applied) == line.discount for line in priced.lines)
    totals = (priced.gross, priced.discount, priced.total)
    assert [MONEY.format(total) for total in totals] == [
        case["expect"][name] for name in ("gross", "discount", "total")
    ]


@pytest.mark.parametrize("name", SHARED)
def test_amount_is_shared_as_the_worked_case_says(name: str) -> None:
    case = CASES[name]

    assert share(case["when"]["total"], case["given"]["weights"]) == case["expect"]["shares"]


def test_dearer_quotation_raises_the_price_only_where_asked() -> None:
    case = CASES["B14"]
    rules = [make_rules(case["given"]["card"], dearer_quotations=one["may_raise"]) for one in case["when"]["cases"]]

    assert [priced_total(case["when"], one) for one in rules] == case["expect"]["totals"]


def test_night_window_belongs_to_the_day_on_which_it_began() -> None:
    case = CASES["B15"]
    rules = make_rules(case["given"]["card"])

    assert [priced_total(case["when"], rules, step["at"]) for step in case["when"]["steps"]] == case["expect"]["totals"]


@pytest.mark.parametrize("name", RETURNED)
def test_one_of_two_goods_is_given_back_at_its_own_share(name: str) -> None:
    case = CASES[name]
    sale = calculate(
        make_lines(case["when"]["sale"]),
        make_rules(case["given"]["card"]),
        at=datetime(2026, 11, 22, tzinfo=UTC),
        places=2,
    )
    back = case["when"]["return"]["lines"][0]
    line = sale.lines[back["of_line"] - 1]

    sold = SoldLine(line.line, "A", line.quantity, line.price, line.discount, line.net)

    assert MONEY.format(sale.total) == case["expect"]["paid"]
    assert MONEY.format(refund(sold, QUANTITY.parse(back["qty"]))) == case["expect"]["refund"]


def test_mixed_payment_goes_back_in_its_proportions() -> None:
    case = CASES["B39"]
    paid = [MONEY.parse(case["given"]["sale"][means]) for means in ("by_card", "cash")]

    back = refund_payments(paid, refunded_before=0, refund_now=MONEY.parse(case["when"]["return"]))

    assert [MONEY.format(part) for part in back] == [case["expect"]["to_card"], case["expect"]["cash"]]
