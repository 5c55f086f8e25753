"""The worked cases of prices through the till API: series, rules and lists are made by it, and the receipt is asked."""

from typing import Any  # the cases are free in their shapes

import pytest

from tests.api.rest.shop import Shop, ShopCard, make_line, paid_by
from tests.golden.cases import CASES, PRICED, RETURNED, RULED, Case

SUMS = ("gross", "discount", "total")
NOON = "2026-11-22T12:00:00+02:00"
"""Local time of the installation, which is Europe/Sofia."""


async def make_card(shop: Shop, given: Case, **settings: Any) -> ShopCard:
    """Make a card whose series has the percent, lists and rules of a case."""
    card = given.get("card", {})
    lists = card.get("price_lists") or ([{"rank": 0, **card["price_list"]}] if "price_list" in card else [])
    told = {
        "discount_percent": card.get("discount_pct"),
        "price_lists": [await put_list(shop, entry, card.get("window")) for entry in lists],
        "price_list_choice": "lowest" if card.get("pick") == "min" else "rank",
        "percent_without_quotation": card.get("discount_if_no_quotation"),
    }
    made = await shop.make_card(**(told | settings))
    rules = given.get("receipt_amount_rule") or given.get("rules") or ([given["rule"]] if "rule" in given else [])
    if rules:
        body = {"receipt": [_render_rule(rule) for rule in rules]}
        answer = await shop.admin.put(f"/v1/series/{made.series}/rules", json=body)
        assert answer.status_code == 201, answer.text
    return made


def _render_rule(rule: Case) -> Case:
    names = {"from": "from", "to": "to", "pct": "percent", "fixed_amount": "amount", "on_rest": "on_rest"}
    return {names[name]: value for name, value in rule.items() if name in names}


async def put_list(shop: Shop, entry: Case, window: Case | None) -> str:
    """Make a price list of a case."""
    prices = {sku: price for sku, price in entry.items() if sku != "rank"}
    code = await shop.put_list(rank=entry["rank"], **prices)
    if window:
        body = {
            "name": code,
            "quotations": [{"sku": sku, "price": price} for sku, price in prices.items()],
            "weekdays": [5],
            "hours": {end: f"{window[end]}:00" for end in ("from", "to")},
        }
        answer = await shop.admin.put(f"/v1/price-lists/{code}", json=body)
        assert answer.status_code == 200, answer.text
    return code


def make_lines(case: Case, **more: Any) -> list[dict[str, Any]]:
    """Make the lines of a calculation."""
    return [
        {"line": line["line"], "sku": line["sku"], "quantity": line["qty"], "price": line["price"]}
        | {mark: True for mark in ("gift", "no_discount") if line.get(mark)}
        | more
        for line in case["lines"]
    ]


@pytest.mark.parametrize("name", [*PRICED, *RULED])
async def test_till_is_told_the_price_of_the_worked_case(shop: Shop, name: str) -> None:
    """PAP-13, PAP-14, PAP-15."""
    case, expected = CASES[name], CASES[name]["expect"]
    card = await make_card(shop, case["given"])

    told = await shop.calculate(*make_lines(case["when"]), card=card, at=NOON)

    assert {part: told[part] for part in SUMS if part in expected} == {
        part: expected[part] for part in SUMS if part in expected
    }
    for line, wanted in zip(told["lines"], expected.get("lines", ()), strict=False):
        assert {part: line[part] for part in wanted} == wanted
    percents = {applied["percent"] for line in told["lines"] for applied in line["applied"]}
    assert "pct" not in expected or percents == {f"{expected['pct']}.00"}


async def test_till_is_told_each_step_of_a_percent_by_amount(shop: Shop) -> None:
    case = CASES["P07a"]
    card = await make_card(shop, case["given"])

    told = [await shop.calculate(*make_lines(step), card=card, at=NOON) for step in case["when"]["steps"]]

    assert [(one["lines"][0]["applied"][0]["percent"], one["total"]) for one in told] == [
        (f"{step['pct']}.00", step["total"]) for step in case["expect"]["steps"]
    ]


@pytest.mark.parametrize("place", [0, 1])
async def test_till_is_told_a_dearer_quotation_only_where_asked(shop: Shop, place: int) -> None:
    case = CASES["B14"]
    card = await make_card(shop, case["given"], dearer_quotations=case["when"]["cases"][place]["may_raise"])

    told = await shop.calculate(*make_lines(case["when"]), card=card, at=NOON)

    assert told["total"] == case["expect"]["totals"][place]


async def test_till_is_told_the_price_of_each_side_of_a_night(shop: Shop) -> None:
    case = CASES["B15"]
    card = await make_card(shop, case["given"])

    told = [
        await shop.calculate(*make_lines(case["when"]), card=card, at=f"{step['at']}+02:00")
        for step in case["when"]["steps"]
    ]

    assert [one["total"] for one in told] == case["expect"]["totals"]


async def test_till_is_told_a_percent_on_what_the_line_left(shop: Shop) -> None:
    case = CASES["P29"]
    totals = []
    for step in case["when"]["steps"]:
        card = await shop.make_card(discount_percent=step.get("receipt_pct"), manual_with_percent=True)
        lines = make_lines(case["when"], manual_discount_percent=step["line_pct"])
        totals.append((await shop.calculate(*lines, card=card, at=NOON))["total"])

    assert totals == case["expect"]["totals"]


async def test_till_is_told_the_totals_of_a_session(shop: Shop) -> None:
    case = CASES["P24"]
    totals = []
    for receipt in case["when"]["receipts"]:
        card = await shop.make_card(discount_percent=receipt.get("pct"))
        totals.append((await shop.calculate(*make_lines(receipt), card=card, at=NOON))["total"])

    assert totals == case["expect"]["receipt_totals"]


async def test_till_is_told_the_refund_of_one_of_two_goods(shop: Shop) -> None:
    for name in RETURNED:
        case = CASES[name]
        card = await make_card(shop, case["given"])
        sale = await sell(shop, case["when"]["sale"], card)

        told = await give_back(shop, sale, case["when"]["return"])

        assert (sale["total"], told["total"]) == (case["expect"]["paid"], case["expect"]["refund"])


@pytest.mark.parametrize("place", [0, 1])
async def test_till_is_told_the_refund_below_a_threshold_by_the_policy(shop: Shop, place: int) -> None:
    case = CASES["R04"]
    card = await make_card(shop, case["given"], return_policy=case["when"]["policies"][place])
    sale = await sell(shop, case["when"]["sale"], card)

    told = await give_back(shop, sale, case["when"]["return"])

    assert (sale["total"], told["total"]) == (case["expect"]["paid"], case["expect"]["refund"][place])


async def test_till_is_told_the_proportions_in_which_a_mixed_payment_goes_back(shop: Shop) -> None:
    case = CASES["B39"]
    given, half = case["given"]["sale"], case["when"]["return"]
    card = await shop.make_credit_card(given["by_card"])
    line = make_line(price=half, quantity="2", net=given["amount"])
    sale = await shop.sell(line, card=card.ref, payments=paid_by(card, given["by_card"], cash=given["cash"]))

    told = await shop.calculate(make_line(price=half), kind="return", original={"receipt_uid": sale["receipt_uid"]})

    back = {payment["kind"]: payment["amount"] for payment in told["payments"]}
    assert (told["total"], back) == (half, {"card": case["expect"]["to_card"], "cash": case["expect"]["cash"]})


async def sell(shop: Shop, case: Case, card: ShopCard) -> dict[str, Any]:
    """Post a sale as it was priced; gives its body."""
    lines = make_lines(case)
    priced = await shop.calculate(*lines, card=card, at=NOON)
    sold = [
        line | {"net": told["net"], "discount": told["discount"]}
        for line, told in zip(lines, priced["lines"], strict=True)
    ]
    return await shop.sell(*sold, total=priced["total"], card=card.ref, closed_at=NOON)


async def give_back(shop: Shop, sale: dict[str, Any], back: Case) -> dict[str, Any]:
    """Ask what is given back for goods of a sale."""
    lines = [
        {name: line[name] for name in ("sku", "price")}
        | {"line": number, "quantity": wanted["qty"], "original_line": line["line"]}
        for number, wanted in enumerate(back["lines"], 1)
        for line in [sale["lines"][wanted["of_line"] - 1]]
    ]
    original = {"receipt_uid": sale["receipt_uid"]}
    return await shop.calculate(*lines, kind="return", original=original, at=NOON)
