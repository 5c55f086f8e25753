"""Suspended receipts: they may come again with other content until they are complete, and count nowhere before."""

import pytest

from tests.api.rest.shop import Shop, make_line, make_receipt, make_return, paid_by, refusal


async def test_suspended_receipt_counts_nowhere_until_it_is_complete(shop: Shop) -> None:
    card = await shop.make_credit_card("600.00")
    receipt = make_receipt(make_line(price="500.00"), card=card.ref, payments=paid_by(card, "500.00"))

    suspended = await shop.post(receipt | {"status": "suspended"})
    before = await shop.figures(card)
    complete = await shop.post(receipt)

    assert (suspended.status_code, suspended.json()["state"], suspended.json()["card"]) == (201, "suspended", None)
    assert before == ("0.00", 0, "600.00")
    assert (complete.status_code, complete.json()["state"]) == (201, "posted")
    assert await shop.figures(card) == ("500.00", 1, "100.00")


@pytest.mark.parametrize("payments", ["absent", "null", "empty"])
async def test_suspended_receipt_may_have_no_payments(shop: Shop, payments: str) -> None:
    receipt = make_receipt(status="suspended")
    if payments == "absent":
        del receipt["payments"]
    else:
        receipt["payments"] = None if payments == "null" else []

    answer = await shop.post(receipt)

    assert (answer.status_code, answer.json().get("state")) == (201, "suspended")


async def test_each_suspended_content_takes_the_place_of_the_one_before(shop: Shop) -> None:
    receipt = make_receipt(make_line(price="1.00"), status="suspended")
    for price in ("2.00", "3.00"):
        answer = await shop.post(receipt | {"lines": [make_line(price=price)], "total": price, "payments": []})
        assert answer.json()["state"] == "suspended"

    await shop.post(
        receipt
        | {
            "lines": [make_line(price="4.00")],
            "total": "4.00",
            "payments": [{"kind": "cash", "amount": "4.00"}],
            "status": "complete",
        }
    )

    kept = (await shop.admin.get(f"/v1/receipts/{receipt['receipt_uid']}")).json()
    assert (kept["state"], kept["total"], len(kept["lines"])) == ("posted", "4.00", 1)
    rows = await shop.sql("select from receipt where uid = $1", receipt["receipt_uid"])
    assert len(rows) == 1


async def test_repeated_suspended_receipt_is_no_new_one(shop: Shop) -> None:
    receipt = make_receipt(status="suspended")

    answers = [await shop.post(receipt) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]


async def test_complete_seals_a_receipt(shop: Shop) -> None:
    receipt = make_receipt()
    await shop.post(receipt | {"status": "suspended"})
    await shop.post(receipt)

    late = await shop.post(receipt | {"status": "suspended"})
    other = await shop.post(receipt | {"status": "suspended", "cashier": "6"})

    assert (late.status_code, late.json()["state"]) == (200, "posted")
    assert refusal(other) == (409, "receipt_conflict")


async def test_suspended_receipt_must_add_up_too(shop: Shop) -> None:
    answer = await shop.post(make_receipt(status="suspended", total="9.00", payments=[]))

    assert refusal(answer) == (422, "receipt_unbalanced")


async def test_refused_completion_leaves_the_suspended_receipt(shop: Shop) -> None:
    card = await shop.make_credit_card()
    receipt = make_receipt(card=card.ref, payments=paid_by(card, "10.00"))
    await shop.post(receipt | {"status": "suspended"})

    assert refusal(await shop.post(receipt)) == (422, "insufficient_funds")

    assert await shop.read_state(receipt) == ("suspended", [])
    await shop.top_up(card, "10.00")
    assert (await shop.post(receipt)).json()["state"] == "posted"


async def test_return_of_a_suspended_sale_waits_until_it_is_complete(shop: Shop) -> None:
    sale = make_receipt(status="suspended")
    await shop.post(sale)
    back = make_return(sale)

    assert (await shop.post(back)).json()["state"] == "parked"
    await shop.post(sale | {"status": "complete"})

    assert await shop.read_state(back) == ("posted", [])


async def test_suspended_receipt_is_voided_and_stays_so(shop: Shop) -> None:
    card = await shop.make_card()
    receipt = make_receipt(card=card.ref)
    await shop.post(receipt | {"status": "suspended"})

    assert (await shop.void(receipt)).json()["state"] == "voided"

    assert (await shop.post(receipt)).json()["state"] == "voided"
    assert await shop.figures(card) == ("0.00", 0, "0.00")
