"""Holds: authorise, then capture by a receipt; released, expired, and bound to card, receipt and till."""

import asyncio
from typing import Any  # JSON bodies are free in their values

import pytest

from tests.api.rest.shop import Shop, ShopCard, make_line, make_receipt, new_uid, paid_by, refusal


async def _hold(shop: Shop, card: ShopCard, amount: str, **more: Any) -> dict[str, Any]:
    """Place a hold that must be granted; gives its body."""
    body = {"hold_uid": new_uid(), "card": card.ref, "amount": amount, "receipt_uid": new_uid()} | more
    answer = await shop.admin.post("/v1/holds", json=body)
    assert answer.status_code == 201, answer.text
    return body


def _captured(card: ShopCard, hold: dict[str, Any], amount: str, *, paid: str | None = None) -> dict[str, Any]:
    """Make the sale that a hold was placed for."""
    payments = [paid_by(card, paid or amount)[0] | {"hold_uid": hold["hold_uid"]}]
    return make_receipt(make_line(price=amount), payments=payments, receipt_uid=hold["receipt_uid"])


async def _available(shop: Shop, card: ShopCard) -> tuple[str, str]:
    found = await shop.look_up(card)
    return found["balance"], found["available"]


async def _let_expire(shop: Shop, hold: dict[str, Any]) -> None:
    await shop.sql("update hold set expires_at = now() - interval '1 second' where uid = $1", hold["hold_uid"])


async def test_hold_keeps_money_back_and_says_what_is_left(shop: Shop) -> None:
    card = await shop.make_credit_card("50.00", credit_limit="10.00")
    body = {"hold_uid": new_uid(), "card": card.ref, "amount": "25.00", "receipt_uid": new_uid()}

    answer = await shop.admin.post("/v1/holds", json=body)

    told = answer.json()
    assert (answer.status_code, told["hold_uid"], told["amount"], told["available"]) == (
        201,
        body["hold_uid"],
        "25.00",
        "35.00",
    )
    assert told["expires_at"]
    assert await _available(shop, card) == ("50.00", "35.00")


async def test_same_hold_again_is_the_first_answer_and_another_content_a_conflict(shop: Shop) -> None:
    card = await shop.make_credit_card("50.00")
    hold = await _hold(shop, card, "25.00")
    await shop.top_up(card, "5.00")

    again = await shop.admin.post("/v1/holds", json=hold)
    others = [await shop.admin.post("/v1/holds", json=hold | other) for other in (
        {"amount": "26.00"}, {"receipt_uid": new_uid()}, {"card": (await shop.make_credit_card("50.00")).ref},
    )]  # fmt: skip

    assert (again.status_code, again.json()["available"]) == (200, "25.00")
    assert {refusal(other) for other in others} == {(409, "hold_conflict")}
    assert await _available(shop, card) == ("55.00", "30.00")


@pytest.mark.parametrize(("limit", "code"), [("0.00", "insufficient_funds"), ("5.00", "limit_exceeded")])
async def test_more_than_is_there_is_not_held(shop: Shop, limit: str, code: str) -> None:
    card = await shop.make_credit_card("20.00", credit_limit=limit)
    beyond = f"{20 + float(limit) + 0.01:.2f}"
    body = {"hold_uid": new_uid(), "card": card.ref, "amount": beyond, "receipt_uid": new_uid()}

    refused = await shop.admin.post("/v1/holds", json=body)
    taken = await shop.admin.post("/v1/holds", json=body | {"amount": f"{20 + float(limit):.2f}"})

    assert refusal(refused) == (422, code)
    assert (taken.status_code, taken.json()["available"]) == (201, "0.00")


async def test_what_is_held_cannot_be_spent_by_others(shop: Shop) -> None:
    card = await shop.make_credit_card("50.00")
    await _hold(shop, card, "45.00")

    beyond = await shop.post(make_receipt(make_line(price="5.01"), payments=paid_by(card, "5.01")))
    within = await shop.post(make_receipt(make_line(price="5.00"), payments=paid_by(card, "5.00")))

    assert refusal(beyond) == (422, "insufficient_funds")
    assert within.status_code == 201


async def test_card_that_may_not_pay_holds_nothing(shop: Shop) -> None:
    blocked, discount = await shop.make_credit_card("50.00"), await shop.make_card()
    await shop.act(blocked, "block", reason="lost")

    for number in (blocked.number, discount.number):
        body = {"hold_uid": new_uid(), "card": {"number": number}, "amount": "1.00", "receipt_uid": new_uid()}
        assert refusal(await shop.admin.post("/v1/holds", json=body)) == (422, "card_not_usable")

    body = {"hold_uid": new_uid(), "card": {"number": "NOBODY1"}, "amount": "1.00", "receipt_uid": new_uid()}
    assert refusal(await shop.admin.post("/v1/holds", json=body)) == (404, "card_unknown")


@pytest.mark.parametrize("paid", ["10.00", "25.00", "0.00"])
async def test_capture_debits_what_is_paid_and_releases_the_rest(shop: Shop, paid: str) -> None:
    """PAP-21."""
    card = await shop.make_credit_card("30.00")
    hold = await _hold(shop, card, "25.00")

    answer = await shop.post(_captured(card, hold, paid))

    left = f"{30 - float(paid):.2f}"
    assert answer.status_code == 201, answer.text
    assert await _available(shop, card) == (left, left)


async def test_more_than_the_hold_needs_the_difference(shop: Shop) -> None:
    card = await shop.make_credit_card("30.00")
    hold = await _hold(shop, card, "25.00")

    beyond = await shop.post(_captured(card, hold, "30.01"))
    within = await shop.post(_captured(card, hold, "30.00"))

    assert refusal(beyond) == (422, "insufficient_funds")
    assert within.status_code == 201
    assert await _available(shop, card) == ("0.00", "0.00")


async def test_hold_belongs_to_its_receipt_and_card(shop: Shop) -> None:
    card, other = await shop.make_credit_card("30.00"), await shop.make_credit_card("30.00")
    hold = await _hold(shop, card, "10.00")

    of_another_receipt = await shop.post(_captured(card, hold, "10.00") | {"receipt_uid": new_uid()})
    by_another_card = await shop.post(_captured(other, hold, "10.00"))

    assert refusal(of_another_receipt) == (422, "hold_mismatch")
    assert refusal(by_another_card) == (422, "hold_mismatch")
    assert await _available(shop, card) == ("30.00", "20.00")
    assert (await shop.post(_captured(card, hold, "10.00"))).status_code == 201


async def test_hold_is_captured_once(shop: Shop) -> None:
    card = await shop.make_credit_card("30.00")
    hold = await _hold(shop, card, "20.00")
    payment = paid_by(card, "10.00")[0] | {"hold_uid": hold["hold_uid"]}
    receipt = make_receipt(make_line(price="20.00"), payments=[payment, payment], receipt_uid=hold["receipt_uid"])

    first, again = await shop.post(receipt), await shop.post(receipt)
    later = await shop.post(_captured(card, hold, "1.00") | {"receipt_uid": new_uid()})

    assert (first.status_code, again.status_code) == (201, 200)
    assert refusal(later) == (422, "hold_mismatch")
    assert await _available(shop, card) == ("10.00", "10.00")


async def test_released_hold_is_there_to_be_spent(shop: Shop) -> None:
    card = await shop.make_credit_card("30.00")
    hold = await _hold(shop, card, "25.00")

    released = [await shop.admin.delete(f"/v1/holds/{hold['hold_uid']}") for _ in range(2)]

    assert [answer.status_code for answer in released] == [200, 200]
    assert await _available(shop, card) == ("30.00", "30.00")
    assert (await shop.post(_captured(card, hold, "30.00"))).status_code == 201


async def test_captured_or_unknown_hold_is_not_released(shop: Shop) -> None:
    card = await shop.make_credit_card("30.00")
    hold = await _hold(shop, card, "25.00")
    await shop.post(_captured(card, hold, "25.00"))

    assert refusal(await shop.admin.delete(f"/v1/holds/{hold['hold_uid']}")) == (409, "hold_captured")
    assert refusal(await shop.admin.delete(f"/v1/holds/{new_uid()}")) == (404, "hold_unknown")


async def test_expired_hold_stands_in_nobodys_way(shop: Shop) -> None:
    card = await shop.make_credit_card("30.00")
    hold = await _hold(shop, card, "25.00")
    await _let_expire(shop, hold)

    assert await _available(shop, card) == ("30.00", "30.00")
    direct = await shop.post(make_receipt(make_line(price="20.00"), payments=paid_by(card, "20.00")))
    late = await shop.post(_captured(card, hold, "10.00"))

    assert (direct.status_code, late.status_code) == (201, 201)
    assert await _available(shop, card) == ("0.00", "0.00")
    rows = await shop.sql("select state, captured from hold where uid = $1", hold["hold_uid"])
    assert [tuple(row) for row in rows] == [("expired", None)]


async def test_expired_hold_gives_way_to_another_and_to_a_correction(shop: Shop) -> None:
    card = await shop.make_credit_card("30.00")
    await _let_expire(shop, await _hold(shop, card, "25.00"))
    await _let_expire(shop, await _hold(shop, card, "30.00"))

    body = {"ledger": "money", "amount": "-30.00", "reason": "closed", "operation_uid": new_uid()}
    answer = await shop.act(card, "adjust", **body)

    assert (answer.status_code, answer.json()["balance"]) == (201, "0.00")


async def test_suspended_receipt_captures_nothing_until_it_is_complete(shop: Shop) -> None:
    card = await shop.make_credit_card("30.00")
    hold = await _hold(shop, card, "25.00")
    sale = _captured(card, hold, "20.00")

    await shop.post(sale | {"status": "suspended"})
    assert await _available(shop, card) == ("30.00", "5.00")
    await shop.post(sale)

    assert await _available(shop, card) == ("10.00", "10.00")


async def test_void_of_a_captured_sale_gives_the_money_back(shop: Shop) -> None:
    card = await shop.make_credit_card("30.00")
    sale = _captured(card, await _hold(shop, card, "25.00"), "20.00")
    await shop.post(sale)

    await shop.void(sale)

    assert await _available(shop, card) == ("30.00", "30.00")


async def test_offline_receipt_is_never_refused_for_its_hold(shop: Shop) -> None:
    card = await shop.make_credit_card("30.00")
    hold = await _hold(shop, card, "10.00")

    answer = await shop.post(_captured(card, hold, "5.00") | {"receipt_uid": new_uid(), "offline": True})

    assert (answer.status_code, answer.json()["flags"]) == (201, ["hold_mismatch"])
    assert await _available(shop, card) == ("25.00", "15.00")


async def test_lowered_limit_breaks_no_hold(shop: Shop) -> None:
    card = await shop.make_credit_card(credit_limit="30.00")
    hold = await _hold(shop, card, "25.00")
    await shop.admin.patch(f"/v1/cards/{card.id}", json={"credit_limit": "5.00"})

    assert refusal(await shop.post(make_receipt(payments=paid_by(card, "10.00")))) == (422, "limit_exceeded")
    assert (await shop.post(_captured(card, hold, "25.00"))).status_code == 201


async def test_till_releases_only_its_own_holds(shop: Shop) -> None:
    card = await shop.make_credit_card("30.00")
    own = await shop.caller.as_role("till", store="0007", till="3")
    other = await shop.caller.as_role("till", store="0007", till="4")
    body = {"hold_uid": new_uid(), "card": card.ref, "amount": "10.00", "receipt_uid": new_uid()}

    placed = await own.post("/v1/holds", json=body)

    assert placed.status_code == 201
    assert refusal(await other.post("/v1/holds", json=body)) == (409, "hold_conflict")
    assert refusal(await other.delete(f"/v1/holds/{body['hold_uid']}")) == (404, "hold_unknown")
    assert (await own.delete(f"/v1/holds/{body['hold_uid']}")).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "0.00"}, "amount"),
        ({"amount": "-1.00"}, "amount"),
        ({"amount": "1.001"}, "amount"),
        ({"card": None}, "card"),
    ],
)
async def test_hold_of_a_wrong_shape_names_the_field(shop: Shop, change: dict[str, Any], field: str) -> None:
    body = {"hold_uid": new_uid(), "card": {"number": "X1"}, "amount": "1.00", "receipt_uid": new_uid()}

    answer = await shop.admin.post("/v1/holds", json=body | change)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


async def test_hold_and_receipt_at_once_agree(shop: Shop) -> None:
    card = await shop.make_credit_card("10.00")
    body = {"hold_uid": new_uid(), "card": card.ref, "amount": "10.00", "receipt_uid": new_uid()}

    answers = await asyncio.gather(
        shop.admin.post("/v1/holds", json=body),
        shop.post(make_receipt(payments=paid_by(card, "10.00"))),
    )

    assert sorted(answer.status_code for answer in answers) == [201, 422]
