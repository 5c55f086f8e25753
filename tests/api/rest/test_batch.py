"""Batches: each receipt on its own, posted and answered in order."""

from typing import Any  # JSON bodies are free in their values

import pytest
from httpx import Response

from tests.api.rest.shop import Shop, make_line, make_receipt, make_return, new_uid, paid_by, refusal


async def _post(shop: Shop, *receipts: object) -> list[dict[str, Any]]:
    answer: Response = await shop.admin.post("/v1/receipts/batch", json={"receipts": receipts})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


async def test_results_stand_in_the_order_of_the_receipts(shop: Shop) -> None:
    receipts = [make_receipt() for _ in range(40)]

    results = await _post(shop, *receipts)

    assert results == [
        {"receipt_uid": receipt["receipt_uid"], "status": 201, "state": "posted", "problem": None}
        for receipt in receipts
    ]


async def test_one_bad_receipt_hides_no_other(shop: Shop) -> None:
    known = await shop.sell()
    card = await shop.make_credit_card()
    receipts: list[object] = [
        make_receipt(),
        make_receipt() | {"shift": "118"},
        make_receipt(total="9.00"),
        known,
        known | {"cashier": "6"},
        make_receipt(payments=paid_by(card, "10.00")),
        make_receipt(make_line() | {"name": "4111 1111 1111 1111"}),
        "no receipt",
        make_receipt(make_line(price="ten")),
        make_receipt(),
    ]

    results = await _post(shop, *receipts)

    codes = [None if result["problem"] is None else result["problem"]["code"] for result in results]
    assert [result["status"] for result in results] == [201, 400, 422, 200, 409, 422, 422, 400, 400, 201]
    assert codes == [
        None, "invalid_body", "receipt_unbalanced", None, "receipt_conflict", "insufficient_funds",
        "payment_card_refused", "invalid_body", "invalid_body", None,
    ]  # fmt: skip
    assert [result["receipt_uid"] for result in results] == [
        receipt["receipt_uid"] if isinstance(receipt, dict) else None for receipt in receipts
    ]
    assert results[1]["problem"]["errors"][0]["field"] == "shift"


async def test_receipt_at_which_the_server_fails_fails_alone_and_may_be_sent_again(shop: Shop) -> None:
    broken, sound = await shop.make_card(), await shop.make_card()
    receipts = [make_receipt(card=card.ref) for card in (sound, broken, sound)]
    forbidden = f"alter table card add constraint broken check (card_id <> {broken.id} or turnover = 0)"
    await shop.sql(forbidden)

    results = await _post(shop, *receipts)

    assert [result["status"] for result in results] == [201, 500, 201]
    assert [result["receipt_uid"] for result in results] == [receipt["receipt_uid"] for receipt in receipts]
    assert results[1]["problem"]["code"] == "internal_error"
    assert "broken" not in str(results)
    assert refusal(await shop.post(receipts[1])) == (500, "internal_error")
    await shop.sql("alter table card drop constraint broken")
    again = await _post(shop, *receipts)
    assert [result["status"] for result in again] == [200, 201, 200]
    assert (await shop.figures(broken))[0] == "10.00"
    assert (await shop.figures(sound))[0] == "20.00"


@pytest.mark.parametrize("count", [0, 1_001])
async def test_batch_has_up_to_a_thousand_receipts(shop: Shop, count: int) -> None:
    answer = await shop.admin.post("/v1/receipts/batch", json={"receipts": [{}] * count})

    if count:
        assert refusal(answer) == (400, "invalid_body")
    else:
        assert answer.json() == {"results": []}


async def test_thousand_receipts_are_posted_at_once(shop: Shop) -> None:
    card = await shop.make_card()

    results = await _post(shop, *[make_receipt(make_line(price="1.00"), card=card.ref) for _ in range(1_000)])

    assert {result["status"] for result in results} == {201}
    assert await shop.figures(card) == ("1000.00", 1000, "0.00")


async def test_equal_receipts_in_a_batch_count_once(shop: Shop) -> None:
    card = await shop.make_card()
    receipt = make_receipt(card=card.ref)

    results = await _post(shop, *[receipt] * 30)

    assert [result["status"] for result in results] == [201] + [200] * 29
    assert await shop.figures(card) == ("10.00", 1, "0.00")


async def test_sale_and_its_return_in_one_batch_are_both_posted(shop: Shop) -> None:
    sales = [make_receipt(make_line(quantity="9", price="1.00", net="9.00")) for _ in range(20)]
    returns = [make_return(sale, make_line(price="1.00")) for sale in sales]

    results = await _post(shop, *sales, *returns, *[make_return(sales[0], make_line(price="1.00")) for _ in range(8)])

    assert [result["state"] for result in results] == ["posted"] * 48
    assert refusal(await shop.post(make_return(sales[0], make_line(price="1.00")))) == (422, "nothing_left")


async def test_unstorable_text_refuses_only_its_own_receipt(shop: Shop) -> None:
    bad, good = make_receipt(cashier="a\0b"), make_receipt()

    results = await _post(shop, bad, good)

    assert [result["status"] for result in results] == [400, 201]
    assert results[0]["problem"]["errors"] == [{"field": "cashier", "reason": "contains the character U+0000"}]


async def test_receipt_that_is_not_utf_8_refuses_only_itself(shop: Shop) -> None:
    uid = new_uid()
    body = b'{"receipts": [{"receipt_uid": "%s", "cashier": "\xff"}]}' % uid.encode()

    answer = await shop.admin.post("/v1/receipts/batch", content=body)

    assert [result["status"] for result in answer.json()["results"]] == [400]


async def test_receipt_of_another_till_in_a_batch_refuses_only_itself(shop: Shop) -> None:
    till = await shop.caller.as_role("till", store="0031", till="1")
    receipts = [make_receipt(store="0031", till=number) for number in ("1", "2", "1")]

    answer = await till.post("/v1/receipts/batch", json={"receipts": receipts})

    results = answer.json()["results"]
    assert [result["status"] for result in results] == [201, 403, 201]
    assert results[1]["problem"]["code"] == "not_allowed"


async def test_batch_from_a_new_till_is_posted_in_order(shop: Shop) -> None:
    sale = make_receipt(store="0032", till="1")

    results = await _post(shop, sale, make_return(sale, store="0032", till="1"))

    assert [result["state"] for result in results] == ["posted", "posted"]
