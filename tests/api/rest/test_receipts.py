"""The identity of a receipt: what is the same, what is a conflict, and what does not matter."""

import pytest
from httpx import AsyncClient

from tests.api.rest.shop import Shop, make_line, make_receipt, make_return, new_code, new_uid, paid_by, refusal

OTHER_LINE = {"sku": "SKU2", "discount": "1.00", "net": "9.00", "top_up": True, "original_line": 3}
UNMEANT = {
    "offline": True,
    "calculation_id": "c-1",
    "priced_at": "2026-11-22T10:00:00+02:00",
    "seq": 7,
    "status": "complete",
}
UNMEANT_LINE = {
    "name": "Bread",
    "group": "12",
    "no_discount": True,
    "gift": True,
    "fixed_price": True,
    "min_price": "1.00",
    "max_discount_percent": "50",
    "manual_discount_percent": "5",
}


async def test_repeated_receipt_is_answered_with_the_first_answer(shop: Shop) -> None:
    """PAP-22: the same UUID with the same meaning counts once."""
    card = await shop.make_card()
    receipt = make_receipt(make_line(price="500.00"), card=card.ref)

    first = await shop.post(receipt)
    await shop.sell(make_line(price="70.00"), card=card.ref)
    again = await shop.post(receipt)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["card"] == {
        "turnover": "500.00", "balance": "0.00", "points": "0", "discount_percent": "0.00",
    }  # fmt: skip
    assert await shop.figures(card) == ("570.00", 2, "0.00")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("store", "0008"),
        ("till", "4"),
        ("till_instance", "b"),
        ("shift", 119),
        ("number", "another"),
        ("kind", "return"),
        ("business_date", "2026-11-23"),
        ("closed_at", "2026-11-22T10:15:03+02:00"),
        ("cashier", "6"),
        ("card", {"number": "2900000000018"}),
        ("payments", [{"kind": "bank_card", "amount": "10.00"}]),
        ("payments", [{"kind": "cash", "amount": "9.00"}, {"kind": "cash", "amount": "1.00"}]),
    ],
)
async def test_other_content_under_the_same_uuid_is_a_conflict(shop: Shop, field: str, value: object) -> None:
    receipt = await shop.sell(make_line(price="10.00"))

    other = await shop.post(receipt | {field: value})

    assert refusal(other) == (409, "receipt_conflict")


@pytest.mark.parametrize(("field", "value"), OTHER_LINE.items())
async def test_other_line_under_the_same_uuid_is_a_conflict(shop: Shop, field: str, value: object) -> None:
    receipt = await shop.sell(make_line(price="10.00"), card={"number": "2999999999994"})

    other = await shop.post(receipt | {"lines": [make_line(price="10.00") | {field: value}]})

    assert refusal(other) == (409, "receipt_conflict")


async def test_receipt_under_the_same_number_with_other_content_is_a_conflict(shop: Shop) -> None:
    receipt = await shop.sell(make_line(price="10.00"))

    other = await shop.post(receipt | {"receipt_uid": new_uid(), "cashier": "6"})

    assert refusal(other) == (409, "receipt_conflict")
    assert "shift and number" in other.json()["detail"]


async def test_same_receipt_under_another_uuid_is_answered_with_the_first_uuid(shop: Shop) -> None:
    card = await shop.make_card()
    receipt = await shop.sell(make_line(price="10.00"), card=card.ref)

    again = await shop.post(receipt | {"receipt_uid": new_uid()})

    assert (again.status_code, again.json()["receipt_uid"]) == (200, receipt["receipt_uid"])
    assert await shop.figures(card) == ("10.00", 1, "0.00")


async def test_uuid_of_one_receipt_with_the_number_of_another_is_a_conflict(shop: Shop) -> None:
    one, other = await shop.sell(), await shop.sell()

    mixed = await shop.post(one | {"number": other["number"]})

    assert refusal(mixed) == (409, "receipt_conflict")


@pytest.mark.parametrize("field", ["kind", "till_instance", "shift", "till", "store"])
async def test_same_number_elsewhere_is_another_receipt(shop: Shop, field: str) -> None:
    others = {"kind": "return", "till_instance": "b", "shift": 119, "till": "4", "store": "0008"}
    receipt = await shop.sell()

    other = await shop.post(receipt | {"receipt_uid": new_uid(), field: others[field]})

    assert other.status_code == 201


@pytest.mark.parametrize(("field", "value"), UNMEANT.items())
async def test_how_a_receipt_came_is_not_part_of_its_meaning(shop: Shop, field: str, value: object) -> None:
    receipt = await shop.sell()

    assert (await shop.post(receipt | {field: value})).status_code == 200


@pytest.mark.parametrize(("field", "value"), UNMEANT_LINE.items())
async def test_how_a_line_was_priced_is_not_part_of_its_meaning(shop: Shop, field: str, value: object) -> None:
    receipt = await shop.sell(make_line(price="10.00"))

    assert (await shop.post(receipt | {"lines": [make_line(price="10.00") | {field: value}]})).status_code == 200


async def test_way_in_which_a_card_was_read_is_not_part_of_its_meaning(shop: Shop) -> None:
    card = await shop.make_card()
    receipt = await shop.sell(card=card.ref)

    assert (await shop.post(receipt | {"card": card.ref | {"entry": "keyed"}})).status_code == 200


async def test_order_of_lines_and_payments_is_not_part_of_the_meaning(shop: Shop) -> None:
    card = await shop.make_credit_card("100.00")
    lines = [make_line(1), make_line(2, price="20.00")]
    payments = paid_by(card, "10.00", cash="15.00", other="5.00")
    receipt = await shop.sell(*lines, total="30.00", payments=payments)

    again = await shop.post(receipt | {"lines": lines[::-1], "payments": payments[::-1]})

    assert again.status_code == 200
    assert await shop.figures(card) == ("0.00", 0, "90.00")


async def test_closing_compares_as_an_instant(shop: Shop) -> None:
    receipt = await shop.sell(closed_at="2026-11-22T10:15:02+02:00")

    assert (await shop.post(receipt | {"closed_at": "2026-11-22T08:15:02Z"})).status_code == 200


async def test_upc_a_and_its_ean_13_are_one_card_in_the_meaning(shop: Shop) -> None:
    card = await shop.make_card(number="036000291452", number_template=None)
    receipt = await shop.sell(card={"number": "0036000291452"})

    again = await shop.post(receipt | {"card": {"number": "036000291452"}})

    assert again.status_code == 200
    assert await shop.figures(card) == ("10.00", 1, "0.00")


async def test_receipt_that_came_online_may_come_again_from_the_journal(shop: Shop) -> None:
    card = await shop.make_credit_card("10.00")
    receipt = await shop.sell(make_line(price="10.00"), card=card.ref, payments=paid_by(card, "10.00"))

    again = await shop.post(receipt | {"offline": True})

    assert (again.status_code, again.json()["flags"]) == (200, [])
    assert await shop.figures(card) == ("10.00", 1, "0.00")


async def test_kept_receipt_is_read_back_as_it_was_sent(shop: Shop) -> None:
    card = await shop.make_credit_card("100.00", discount_percent="10")
    line = make_line(price="12.9", quantity="0.7560", net="8.77", discount="0.98", name="Cheese", group="12")
    sent = make_receipt(
        line, card=card.ref | {"entry": "swiped"}, payments=paid_by(card, "8.77"), till_instance="a", seq=9
    )
    await shop.post(sent)

    kept = (await shop.admin.get(f"/v1/receipts/{sent['receipt_uid']}")).json()

    assert kept["lines"] == [
        {
            "line": 1, "sku": "SKU1", "name": "Cheese", "group": "12", "quantity": "0.756", "price": "12.90",
            "gross": "9.75", "discount": "0.98", "net": "8.77", "original_line": None,
        }
    ]  # fmt: skip
    assert kept["payments"] == [
        {"kind": "card", "amount": "8.77", "card": {"masked": f"··· {card.number[-4:]}"}, "hold_uid": None}
    ]
    assert (kept["state"], kept["entry"], kept["till_instance"], kept["seq"]) == ("posted", "swiped", "a", 9)
    assert kept["closed_at"] == "2026-11-22T08:15:02Z"
    assert card.number not in str(kept)


async def test_receipt_that_is_not_there_is_unknown(shop: Shop) -> None:
    assert refusal(await shop.admin.get(f"/v1/receipts/{new_uid()}")) == (404, "receipt_unknown")


async def test_return_and_sale_may_have_one_number(shop: Shop) -> None:
    number = new_code("R")
    sale = await shop.sell(number=number)

    answer = await shop.post(make_return(sale, number=number))

    assert (answer.status_code, answer.json()["state"]) == (201, "posted")


async def test_store_and_till_that_an_administrator_names_come_into_being(admin: AsyncClient) -> None:
    answer = await admin.post("/v1/receipts", json=make_receipt(store="Plovdiv", till="9"))

    assert answer.status_code == 201
