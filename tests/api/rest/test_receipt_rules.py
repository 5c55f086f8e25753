"""Receipt rules as a till meets them: in calculations, and in the check of what it posts."""

from typing import Any, get_args  # Any: JSON bodies are free in their values

from loyalty.pricing.model import AppliedReason, PassedOverReason
from tests.api.rest.shop import Shop, ShopCard, make_line


async def _make_card(shop: Shop, *rules: dict[str, Any], **settings: Any) -> ShopCard:
    card = await shop.make_card(**settings)
    answer = await shop.admin.put(f"/v1/series/{card.series}/rules", json={"receipt": list(rules)})
    assert answer.status_code == 201, answer.text
    return card


async def test_rule_that_acts_and_rules_that_lost_are_named_by_their_place(shop: Shop) -> None:
    """PAP-14."""
    card = await _make_card(
        shop, {"from": "500.00", "percent": "20"}, {"percent": "10"}, {"percent": "5"}, discount_percent="3"
    )

    line = (await shop.calculate(make_line(price="100.00"), card=card))["lines"][0]

    assert line["applied"] == [
        {"reason": "receipt_rule", "source": card.series, "percent": "10.00", "amount": "10.00", "rule": 2}
    ]
    assert line["passed_over"] == [
        {"reason": "below_minimum", "source": card.series, "rule": 1},
        {"reason": "earlier_rule", "source": card.series, "rule": 3},
        {"reason": "receipt_rule", "source": card.series},
    ]


async def test_group_that_the_till_names_binds_a_rule(shop: Shop) -> None:
    card = await _make_card(shop, {"groups": ["12"], "percent": "10"})

    lines = [make_line(1, group="12"), make_line(2, group="13"), make_line(3, group="12", max_discount_percent="50")]
    told = await shop.calculate(*lines, card=card)

    assert [line["discount"] for line in told["lines"]] == ["1.00", "0.00", "1.00"]
    assert [lost["reason"] for lost in told["lines"][1]["passed_over"]] == ["other_goods"]


async def test_posted_receipt_is_checked_by_the_same_rules(shop: Shop) -> None:
    card = await _make_card(shop, {"from": "20.00", "groups": ["12"], "percent": "10"})
    goods = [make_line(1, group="12", net="9.00", discount="1.00"), make_line(2)]

    right = await shop.sell(*goods, card=card.ref, total="19.00", payments=[{"kind": "cash", "amount": "19.00"}])
    wrong = await shop.sell(make_line(1, group="13", net="9.00", discount="1.00"), card=card.ref)

    assert [(await shop.read_state(receipt))[1] for receipt in (right, wrong)] == [[], ["discount_mismatch"]]


async def test_rules_of_a_card_that_may_not_be_used_do_not_act(shop: Shop) -> None:
    card = await _make_card(shop, {"percent": "10"})
    await shop.act(card, "block", reason="lost")

    assert (await shop.calculate(make_line(), card=card))["total"] == "10.00"


async def test_every_reason_stands_in_the_description_of_the_interface(shop: Shop) -> None:
    schemas = (await shop.admin.get("/schema/openapi.json")).json()["components"]["schemas"]

    told = {name: set(schemas[name]["properties"]["reason"]["enum"]) for name in ("AppliedAnswer", "PassedOverAnswer")}

    assert told == {"AppliedAnswer": set(get_args(AppliedReason)), "PassedOverAnswer": set(get_args(PassedOverReason))}
