"""The worked cases of points: through the API where it has the field, rewards of a fixed cost on the pure functions."""

from typing import Any  # the cases are free in their shapes

import pytest

from loyalty.money import ONE_UNIT, QUANTITY, Currency, line_gross
from loyalty.pricing.model import Line
from loyalty.pricing.points import PointsRules, earn, keep_weights, taken_back, weigh_lines
from loyalty.pricing.refunds import SoldLine
from tests.api.rest.shop import Shop, ShopCard, make_line, new_uid
from tests.golden.cases import CASES, Case
from tests.golden.test_receipt_rules import make_goods

MONEY = Currency("EUR", 2).scale
PER_THOUSAND = {"per_money": "0.001"}


async def _make_card(shop: Shop, case: Case) -> ShopCard:
    """Make a card that earns one point for each thousand, with the points of the case on it."""
    assert case["given"]["accrual"] == {"money_per_point": "1000", "round": "floor"}
    card = await shop.make_card(kind="bonus", points=PER_THOUSAND | {"value": case["given"].get("point_value", "1.00")})
    points = case["given"].get("card", {}).get("points")
    if points is not None:
        body = {"ledger": "points", "amount": points, "reason": "as agreed", "operation_uid": new_uid()}
        assert (await shop.act(card, "adjust", **body)).status_code == 201
    return card


async def _sell(shop: Shop, card: ShopCard, case: Case, **more: Any) -> dict[str, Any]:
    line = case["when"]["sale"]["lines"][0]
    goods = make_goods(case["when"]["sale"])[0]
    sold = make_line(price=line["price"], quantity=line["qty"], net=MONEY.format(goods.gross))
    return await shop.sell(sold, card=card.ref, **more)


async def _points(shop: Shop, card: ShopCard) -> str:
    return str((await shop.look_up(card))["points"])


async def test_return_halves_what_was_earned(shop: Shop) -> None:
    case = CASES["P19"]
    card = await _make_card(shop, case)
    sale = await _sell(shop, card, case)
    after_sale = await _points(shop, card)
    back = case["when"]["return"]["lines"][0]

    await shop.give_back(sale, make_line(price=sale["lines"][0]["price"], quantity=back["qty"]))

    assert {"after_sale": after_sale, "after_return": await _points(shop, card)} == case["expect"]


async def test_part_paid_by_points_earns_nothing_and_a_fraction_is_cut(shop: Shop) -> None:
    case = CASES["P20"]
    card = await _make_card(shop, case)
    points, cash = f"{case['when']['sale']['pay_points']}.00", case["expect"]["cash"]
    payments = [{"kind": "points", "amount": points, "card": card.ref}, {"kind": "cash", "amount": cash}]

    await _sell(shop, card, case, payments=payments)

    assert await _points(shop, card) == case["expect"]["after"] == case["expect"]["earned"]


async def test_earned_points_can_be_spent(shop: Shop) -> None:
    case = CASES["P21"]
    card = await _make_card(shop, case)
    await _sell(shop, card, case)
    after_sale, spent = await _points(shop, card), f"{case['when']['then_spend']}.00"

    other = make_line(price=spent)
    await shop.sell(other, card=card.ref, payments=[{"kind": "points", "amount": spent, "card": card.ref}])

    assert {"after_sale": after_sale, "after": await _points(shop, card)} == case["expect"]


@pytest.mark.parametrize("name", ["P13", "P15"])
def test_reward_costs_what_it_costs_and_a_whole_return_undoes_both(name: str) -> None:
    """A reward of a fixed number of points is no payment: the sale earns in full, whatever the till says it cost."""
    case, expected = CASES[name], CASES[name]["expect"]
    rates = {unit: QUANTITY.parse(rate) for unit, rate in case["given"]["accrual"].items()}
    rules = PointsRules(per_money=rates.get("per_money", 0), per_unit=rates.get("per_unit", 0))
    goods = make_goods(case["when"]["sale"])
    weights = weigh_lines(((line, line.gross) for line in goods), rules, places=MONEY.places)
    before, cost = int(case["given"]["card"]["points"]), int(case["given"]["reward_cost"])

    earned = earn(weights, places=MONEY.places, total=sum(line.gross for line in goods), paid_by_points=0)
    back = [
        SoldLine(line.line, line.sku, line.quantity, line.price, 0, line.gross, returned=line.quantity)
        for line in goods
    ]
    removed, given_back = (taken_back(points, keep_weights(weights), back) for points in (earned, cost))

    told = {
        "spent": cost, "earned": earned, "after_sale": before + earned - cost, "removed": removed,
        "given_back": given_back, "after_return": before + earned - cost - removed + given_back,
    }  # fmt: skip
    assert {part: str(told[part]) for part in expected} == expected


def test_points_by_money_with_exclusions_a_multiplier_and_a_minimum() -> None:
    case = CASES["P25"]
    given = case["given"]

    told = [_earn(given["items"], QUANTITY.parse(given["per_money"]), one) for one in case["when"]["cases"]]

    assert [str(points) for points in told] == case["expect"]["points"]


async def test_till_earns_points_by_money_with_exclusions_and_a_minimum(shop: Shop) -> None:
    """A multiplier stands for no field of the API, and a label for a line that is marked as it is sold."""
    case, told = CASES["P25"], {}
    total = MONEY.format(sum(MONEY.parse(item["gross"]) for item in case["given"]["items"]))
    for place, asked in enumerate(case["when"]["cases"]):
        if "multiply" not in asked:
            skipped = {"skip_skus": asked.get("exclude_sku", []), "min_receipt": asked.get("min_receipt", "0.00")}
            card = await shop.make_card(kind="bonus", points={"per_money": case["given"]["per_money"]} | skipped)
            lines = [_item_line(number, item, asked) for number, item in enumerate(case["given"]["items"], 1)]
            await shop.sell(*lines, card=card.ref, total=total)
            told[place] = await _points(shop, card)

    assert told == {place: case["expect"]["points"][place] for place in told}
    assert len(told) == len(case["when"]["cases"]) - 1


def _item_line(number: int, item: Case, asked: Case) -> dict[str, Any]:
    is_shut = _is_shut(item, asked)
    return make_line(price=item["gross"], net=item["gross"]) | {
        "line": number, "sku": item["sku"], "no_discount": is_shut,
    }  # fmt: skip


def _is_shut(item: Case, asked: Case) -> bool:
    return item.get("label") in asked.get("exclude_label", ()) or bool(
        item.get("delivery") and "exclude_delivery" in asked
    )


def _earn(items: list[Case], per_money: int, asked: Case) -> int:
    """Earn by the rules of one case: labels and delivery are lines that are shut, a multiplier weighs lines anew."""
    goods = [_make_item(number, item) for number, item in enumerate(items, 1)]
    shut = frozenset(line.line for line, item in zip(goods, items, strict=True) if _is_shut(item, asked))
    rules = PointsRules(per_money=per_money, skip_skus=tuple(asked.get("exclude_sku", ())))
    total = sum(line.gross for line in goods)
    if total < MONEY.parse(asked.get("min_receipt", "0")):
        return 0
    weights = weigh_lines(((line, line.gross) for line in goods), rules, places=MONEY.places, shut=shut)
    multiply = asked.get("multiply", {"sku": (), "by": "1"})
    many = {line.line: int(multiply["by"]) for line in goods if line.sku in multiply["sku"]}
    weighed = {line: weight * many.get(line, 1) for line, weight in weights.items()}
    return earn(weighed, places=MONEY.places, total=total, paid_by_points=0)


def _make_item(number: int, item: Case) -> Line:
    gross = MONEY.parse(item["gross"])
    assert line_gross(ONE_UNIT, gross * 100, MONEY.places) == gross, "one unit at its own price"
    return Line(number, item["sku"], ONE_UNIT, gross * 100, gross)
