"""Points of bonus cards: earned, spent up to a cap, taken and given back by returns and voids, and expiring."""

from datetime import date
from typing import Any  # JSON bodies are free in their values
from uuid import uuid4

import pytest

from loyalty.accounts.points import expire_points
from tests.api.rest.shop import Shop, ShopCard, make_line, make_receipt, make_return, new_uid, paid_by, refusal
from tests.conftest import ACT

ACT_UID = uuid4()
ONE_PER_UNIT = {"per_money": "1", "value": "1.00"}


async def _card(shop: Shop, points: str = "0", **rules: Any) -> ShopCard:
    """Make a bonus card with points on it; one point for each unit of money unless the rules say otherwise."""
    card = await shop.make_card(kind="bonus", points=ONE_PER_UNIT | rules)
    if points != "0":
        answer = await _adjust(shop, card, points)
        assert answer.status_code == 201, answer.text
    return card


async def _adjust(shop: Shop, card: ShopCard, points: str) -> Any:
    body = {"ledger": "points", "amount": points, "reason": "as agreed", "operation_uid": new_uid()}
    return await shop.act(card, "adjust", **body)


async def _points(shop: Shop, card: ShopCard) -> str:
    return str((await shop.look_up(card))["points"])


def _by_points(card: ShopCard, amount: str, **others: str) -> list[dict[str, Any]]:
    payments: list[dict[str, Any]] = [{"kind": "points", "amount": amount, "card": card.ref}]
    return payments + [{"kind": kind, "amount": rest} for kind, rest in others.items()]


async def _expire(shop: Shop, card: ShopCard, today: date) -> int:
    run = shop.caller.service.database.run
    return (await run(expire_points, [card.id], today=today, uid=ACT_UID, act=ACT)).get(card.id, 0)


async def test_sale_earns_points_and_says_so(shop: Shop) -> None:
    card = await _card(shop)

    answer = await shop.post(make_receipt(make_line(price="19.99"), card=card.ref))

    assert answer.json()["card"]["points"] == "19"
    assert await _points(shop, card) == "19"
    entries = (await shop.admin.get(f"/v1/cards/{card.id}/ledger?ledger=points")).json()["entries"]
    assert [(entry["amount"], entry["after"], entry["source"]) for entry in entries] == [("19", "19", "sale")]


async def test_points_are_earned_for_goods_and_for_money(shop: Shop) -> None:
    card = await _card(shop, per_money="0.5", per_unit="70")

    await shop.sell(make_line(price="3.00", quantity="2.5", net="7.50"), card=card.ref)

    assert await _points(shop, card) == "178"  # 2.5 x 70 + 7.50 x 0.5 = 178.75


@pytest.mark.parametrize("mark", ["gift", "fixed_price", "no_discount"])
async def test_marked_lines_earn_nothing(shop: Shop, mark: str) -> None:
    card = await _card(shop)

    await shop.sell(make_line(1), make_line(2, price="5.00") | {mark: True}, total="15.00", card=card.ref)

    assert await _points(shop, card) == "10"


async def test_skipped_articles_and_small_receipts_earn_nothing(shop: Shop) -> None:
    card = await _card(shop, skip_skus=["SKU2"], min_receipt="10.00")

    await shop.sell(make_line(1, price="8.00"), make_line(2, price="2.00"), total="10.00", card=card.ref)
    await shop.sell(make_line(1, price="9.99"), card=card.ref)

    assert await _points(shop, card) == "8"


async def test_points_pay_and_what_they_paid_earns_nothing(shop: Shop) -> None:
    card = await _card(shop, "10")

    answer = await shop.post(
        make_receipt(make_line(price="100.00"), card=card.ref, payments=_by_points(card, "10.00", cash="90.00"))
    )

    assert answer.json()["card"]["points"] == "90"


async def test_points_pay_for_another_cards_receipt(shop: Shop) -> None:
    card, other = await _card(shop, "10"), await shop.make_card()

    await shop.sell(card=other.ref, payments=_by_points(card, "10.00"))

    assert (await _points(shop, card), await _points(shop, other)) == ("0", "0")


async def test_more_points_than_there_are_pay_nothing(shop: Shop) -> None:
    card = await _card(shop, "9")

    beyond = await shop.post(make_receipt(payments=_by_points(card, "10.00")))
    twice = await shop.post(make_receipt(make_line(price="12.00"), payments=_by_points(card, "6.00") * 2))
    within = await shop.post(make_receipt(make_line(price="9.00"), payments=_by_points(card, "9.00")))

    assert refusal(beyond) == refusal(twice) == (422, "insufficient_funds")
    assert within.status_code == 201


async def test_payment_must_be_a_whole_number_of_points(shop: Shop) -> None:
    card = await _card(shop, "100", value="0.25")

    broken = await shop.post(make_receipt(payments=_by_points(card, "1.10", cash="8.90")))
    whole = await shop.post(make_receipt(payments=_by_points(card, "1.25", cash="8.75")))

    assert refusal(broken) == (422, "points_not_whole")
    assert broken.json()["errors"][0]["field"] == "payments[0].amount"
    assert whole.status_code == 201
    assert await _points(shop, card) == "95"


async def test_points_pay_no_more_of_a_receipt_than_the_cap(shop: Shop) -> None:
    card = await _card(shop, "100", spend_percent_cap="30")

    beyond = await shop.post(make_receipt(payments=_by_points(card, "4.00", cash="6.00")))
    within = await shop.post(make_receipt(payments=_by_points(card, "3.00", cash="7.00")))

    assert refusal(beyond) == (422, "limit_exceeded")
    assert within.status_code == 201


async def test_cards_without_points_pay_with_none(shop: Shop) -> None:
    discount, bonus = await shop.make_card(), await shop.make_card(kind="bonus")

    for card in (discount, bonus):
        answer = await shop.post(make_receipt(payments=_by_points(card, "10.00")))
        assert refusal(answer) == (422, "card_not_usable")


async def test_offline_payment_by_points_is_posted_and_flagged(shop: Shop) -> None:
    card = await _card(shop, "5")

    answer = await shop.post(make_receipt(payments=_by_points(card, "10.00"), offline=True))

    assert (answer.status_code, answer.json()["flags"]) == (201, ["offline_overdraft"])
    assert await _points(shop, card) == "-5"


async def test_returns_take_back_in_proportion_and_all_of_it_together(shop: Shop) -> None:
    card = await _card(shop)
    sale = await shop.sell(make_line(quantity="3", price="3.50", net="10.50"), card=card.ref)

    points = [await _points(shop, card)]
    for _ in range(3):
        await shop.give_back(sale, make_line(price="3.50"))
        points.append(await _points(shop, card))

    assert points == ["10", "7", "4", "0"]


async def test_lines_that_earned_nothing_take_nothing_back(shop: Shop) -> None:
    card = await _card(shop)
    sale = await shop.sell(make_line(1), make_line(2, no_discount=True), total="20.00", card=card.ref)

    await shop.give_back(sale, make_line(2))
    assert await _points(shop, card) == "10"
    await shop.give_back(sale, make_line(1))
    assert await _points(shop, card) == "0"


async def test_spent_points_come_back_in_proportion_and_all_of_them_together(shop: Shop) -> None:
    card = await _card(shop, "10", per_money="0")
    sale = await shop.sell(
        make_line(quantity="3", price="5.00", net="15.00"), payments=_by_points(card, "10.00", cash="5.00")
    )

    points = []
    for by_points, cash in (("3.33", "1.67"), ("3.34", "1.66"), ("3.33", "1.67")):
        await shop.give_back(sale, make_line(price="5.00"), payments=_by_points(card, by_points, cash=cash))
        points.append(await _points(shop, card))

    assert points == ["3", "6", "10"]


async def test_rules_that_change_after_a_sale_take_back_what_it_earned(shop: Shop) -> None:
    card = await _card(shop)
    sale = await shop.sell(make_line(quantity="2", price="10.00", net="20.00"), card=card.ref)
    await shop.put_series(card.series, kind="bonus", points={"per_unit": "1000", "value": "5.00"})

    for _ in range(2):
        await shop.give_back(sale)

    assert await _points(shop, card) == "0"


@pytest.mark.parametrize("voided", [0, 1])
async def test_void_of_either_return_leaves_the_same_points(shop: Shop, voided: int) -> None:
    payer, card = await _card(shop, "10", per_money="0"), await _card(shop)
    sale = await shop.sell(
        make_line(quantity="2", price="6.00", net="12.00"),
        card=card.ref,
        payments=_by_points(payer, "5.00", cash="7.00"),
    )
    returns = [
        await shop.give_back(sale, make_line(price="6.00"), payments=_by_points(payer, "2.50", cash="3.50"))
        for _ in range(2)
    ]
    assert (await _points(shop, payer), await _points(shop, card)) == ("10", "0")

    await shop.void(returns[voided])

    assert (await _points(shop, payer), await _points(shop, card)) == ("7", "4")  # half of 5, and half of 7, are cut
    await shop.void(returns[1 - voided])
    assert (await _points(shop, payer), await _points(shop, card)) == ("5", "7")


async def test_void_of_a_sale_takes_earned_and_gives_spent_points_back(shop: Shop) -> None:
    card = await _card(shop, "10")
    sale = await shop.sell(make_line(price="50.00"), card=card.ref, payments=_by_points(card, "10.00", cash="40.00"))
    assert await _points(shop, card) == "40"

    await shop.void(sale)

    assert await _points(shop, card) == "10"


async def test_return_without_its_sale_takes_points_back(shop: Shop) -> None:
    card = await _card(shop, "30")

    await shop.sell(card=card.ref, kind="return")

    assert await _points(shop, card) == "20"


async def test_earned_points_that_were_spent_are_owed_after_a_return(shop: Shop) -> None:
    card = await _card(shop)
    sale = await shop.sell(card=card.ref)
    await shop.sell(payments=_by_points(card, "10.00"))

    await shop.give_back(sale)

    assert await _points(shop, card) == "-10"
    assert refusal(await shop.post(make_receipt(make_line(price="1.00"), payments=_by_points(card, "1.00")))) == (
        422,
        "insufficient_funds",
    )


async def test_points_are_spent_until_their_last_day_and_not_after(shop: Shop) -> None:
    card = await _card(shop, lifetime="P1M")
    await shop.sell(make_line(price="20.00"), card=card.ref, business_date="2026-01-10")

    def spend(day: str) -> dict[str, Any]:
        return make_receipt(payments=_by_points(card, "10.00"), business_date=day)

    last, after = await shop.post(spend("2026-02-09")), await shop.post(spend("2026-02-10"))

    assert last.status_code == 201
    assert refusal(after) == (422, "insufficient_funds")


async def test_unspent_points_expire_oldest_first(shop: Shop) -> None:
    card = await _card(shop, lifetime="P1M")
    for day, price in (("2026-01-10", "30.00"), ("2026-01-20", "50.00")):
        await shop.sell(make_line(price=price), card=card.ref, business_date=day)
    await shop.sell(payments=_by_points(card, "10.00"), business_date="2026-01-25")

    gone = [await _expire(shop, card, date(2026, 2, day)) for day in (9, 10, 10, 20)]

    assert gone == [0, -20, 0, -50]
    assert await _points(shop, card) == "0"


async def test_late_spending_gives_back_what_expired_too_soon(shop: Shop) -> None:
    card = await _card(shop, lifetime="P1M")
    await shop.sell(make_line(price="30.00"), card=card.ref, business_date="2026-01-10")
    await _expire(shop, card, date(2026, 3, 1))
    assert await _points(shop, card) == "0"

    late = await shop.post(make_receipt(payments=_by_points(card, "10.00"), business_date="2026-02-01"))
    given_back = await _expire(shop, card, date(2026, 3, 1))

    assert (late.status_code, given_back) == (201, 10)
    assert await _points(shop, card) == "0"


async def test_points_are_corrected_with_a_reason(shop: Shop) -> None:
    card = await _card(shop, "25")

    assert (await _adjust(shop, card, "-20")).json()["points"] == "5"
    assert refusal(await _adjust(shop, card, "-6")) == (422, "insufficient_funds")
    assert refusal(await _adjust(shop, await shop.make_card(), "6")) == (422, "card_not_usable")
    assert (await _adjust(shop, card, "1.5")).status_code == 400


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"per_money": "-1"}, "points.per_money"),
        ({"per_unit": "10000.1"}, "points.per_unit"),
        ({"value": "0.00"}, "points.value"),
        ({"spend_percent_cap": "100.1"}, "points.spend_percent_cap"),
        ({"min_receipt": "-1.00"}, "points.min_receipt"),
    ],
)
async def test_rules_that_cannot_be_are_refused_by_field(shop: Shop, rules: dict[str, str], field: str) -> None:
    answer = await shop.admin.put("/v1/series/BAD", json={"name": "Bad", "kind": "bonus", "points": rules})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


async def test_lifetime_is_a_term(shop: Shop) -> None:
    body = {"name": "Bad", "kind": "bonus", "points": {"lifetime": "a year"}}

    answer = await shop.admin.put("/v1/series/BAD", json=body)

    assert refusal(answer) == (422, "setting_refused")
    assert answer.json()["errors"][0]["field"] == "points.lifetime"


async def test_return_parked_before_its_sale_takes_back_what_it_then_earns(shop: Shop) -> None:
    card = await _card(shop)
    sale = make_receipt(make_line(quantity="2", price="10.00", net="20.00"), card=card.ref)

    await shop.post(make_return(sale))
    assert await _points(shop, card) == "0"
    await shop.post(sale)

    assert await _points(shop, card) == "10"


async def test_mixed_payment_goes_back_as_the_calculation_says_until_all_is_restored(shop: Shop) -> None:
    """PAP-12, PAP-21."""
    card, purse = await _card(shop, "7", per_money="0"), await shop.make_credit_card("20.00")
    payments = _by_points(card, "7.00", cash="4.49") + paid_by(purse, "9.50")
    line = make_line(quantity="3", price="6.9967", net="20.99")
    sale = await shop.sell(line, payments=payments)
    means = {"points": card.ref, "card": purse.ref}

    for _ in range(3):
        wanted = await shop.calculate(
            make_line(price="6.9967"), kind="return", original={"receipt_uid": sale["receipt_uid"]}
        )
        shares = wanted["payments"]
        back = [
            {"kind": share["kind"], "amount": share["amount"]}
            | ({"card": means[share["kind"]]} if share["kind"] in means else {})
            for share in shares
        ]
        priced = wanted["lines"][0]
        returned = make_line(price="6.9967") | {"discount": priced["discount"], "net": priced["net"]}
        await shop.give_back(sale, returned, payments=back)

    assert await _points(shop, card) == "7"
    assert (await shop.look_up(purse))["balance"] == "20.00"
    assert (await shop.look_up(purse))["available"] == "20.00"
