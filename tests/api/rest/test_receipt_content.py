"""What a receipt must add up to, and what its card gets from it."""

from typing import Any  # JSON bodies are free in their values

import pytest

from tests.api.rest.shop import Shop, make_line, make_receipt, make_return, refusal

WRONG: list[tuple[dict[str, Any], str]] = [
    (
        {"lines": [make_line(1), make_line(2, price="3.333", quantity="3", net="9.99")], "total": "19.99"},
        "lines[1].net",
    ),
    ({"lines": [make_line(1, discount="0.01")]}, "lines[0].net"),
    ({"lines": [make_line(1, quantity="-1", net="10.00")]}, "lines[0].net"),
    ({"total": "10.01", "payments": [{"kind": "cash", "amount": "10.01"}]}, "total"),
    ({"payments": [{"kind": "cash", "amount": "9.99"}]}, "payments"),
    ({"payments": []}, "payments"),
]


@pytest.mark.parametrize(("change", "field"), WRONG)
async def test_receipt_that_does_not_add_up_is_refused_by_name(shop: Shop, change: dict[str, Any], field: str) -> None:
    receipt = make_receipt(make_line()) | change

    answer = await shop.post(receipt)

    assert refusal(answer) == (422, "receipt_unbalanced")
    assert answer.json()["errors"][0]["field"] == field
    assert (await shop.admin.get(f"/v1/receipts/{receipt['receipt_uid']}")).status_code == 404


async def test_line_is_rounded_half_away_from_zero(shop: Shop) -> None:
    up = make_line(1, price="0.005", quantity="1", net="0.01")
    down = make_line(2, price="0.005", quantity="-1", net="-0.01")

    answer = await shop.post(make_receipt(up, down, total="0.00"))

    assert answer.status_code == 201


async def test_negative_quantity_turns_its_line_round(shop: Shop) -> None:
    card = await shop.make_card()
    lines = [make_line(1, price="30.00"), make_line(2, price="10.00", quantity="-1", net="-10.00")]

    await shop.sell(*lines, total="20.00", card=card.ref)

    assert await shop.figures(card) == ("20.00", 1, "0.00")


async def test_correction_in_a_return_takes_less_turnover_back(shop: Shop) -> None:
    card = await shop.make_card()
    sale = await shop.sell(make_line(1, price="30.00"), make_line(2), total="40.00", card=card.ref)
    lines = [make_line(1, price="30.00"), make_line(2, price="10.00", quantity="-1", net="-10.00")]

    answer = await shop.post(make_return(sale, *lines, total="20.00"))

    assert (answer.status_code, answer.json()["flags"]) == (201, [])
    assert await shop.figures(card) == ("20.00", 1, "0.00")


async def test_quantity_and_price_of_zero_are_valid(shop: Shop) -> None:
    lines = [make_line(1, quantity="0", net="0.00"), make_line(2, price="0.00")]

    answer = await shop.post(make_receipt(*lines, total="0.00", payments=[]))

    assert answer.status_code == 201


async def test_equal_lines_are_real_goods_and_count_each(shop: Shop) -> None:
    card = await shop.make_card()
    lines = [make_line(number, price="5.00") | {"sku": "BREAD"} for number in (1, 2, 3)]

    await shop.sell(*lines, total="15.00", card=card.ref)

    assert await shop.figures(card) == ("15.00", 1, "0.00")


async def test_sale_with_a_discount_card_shows_the_discount_and_grows_turnover(shop: Shop) -> None:
    """PAP-13, PAP-14, PAP-20: a sale with a 7 % card; turnover is net of discounts."""
    card = await shop.make_card(discount_percent="7")
    line = make_line(price="289.90", quantity="0.335", net="90.32", discount="6.80")

    answer = await shop.post(make_receipt(line, card=card.ref))

    assert (answer.status_code, answer.json()["flags"]) == (201, [])
    assert answer.json()["card"]["turnover"] == "90.32"


async def test_discount_that_differs_from_our_own_is_accepted_and_flagged(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="7")

    for discount, net, flags in (("0.70", "9.30", []), ("0.71", "9.29", ["discount_mismatch"])):
        answer = await shop.post(make_receipt(make_line(discount=discount, net=net), card=card.ref))

        assert (answer.status_code, answer.json()["flags"]) == (201, flags)


async def test_discount_without_a_card_is_flagged(shop: Shop) -> None:
    answer = await shop.post(make_receipt(make_line(discount="1.00", net="9.00")))

    assert answer.json()["flags"] == ["discount_mismatch"]


async def test_discount_is_compared_as_of_the_pricing(shop: Shop) -> None:
    hours = {"from": "09:00:00", "to": "12:00:00"}
    card = await shop.make_card(discount_percent="10", hours=hours)
    receipt = make_receipt(make_line(discount="1.00", net="9.00"), card=card.ref, closed_at="2026-11-22T12:00:05+02:00")

    priced_before = await shop.post(receipt | {"priced_at": "2026-11-22T11:59:58+02:00"})
    priced_after = await shop.post(
        receipt | {"receipt_uid": make_receipt()["receipt_uid"], "number": receipt["number"] + "b"}
    )

    assert priced_before.json()["flags"] == []
    assert priced_after.json()["flags"] == ["discount_mismatch"]


async def test_unknown_card_is_flagged_and_gives_nothing(shop: Shop) -> None:
    answer = await shop.post(make_receipt(card={"number": "2999999999994"}))

    assert (answer.status_code, answer.json()["flags"], answer.json()["card"]) == (201, ["card_unknown"], None)


async def test_card_outside_its_hours_gives_no_discount_and_still_gets_turnover(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="10", hours={"from": "01:00:00", "to": "02:00:00"})

    answer = await shop.post(make_receipt(card=card.ref))

    assert answer.json()["flags"] == []
    assert await shop.figures(card) == ("10.00", 1, "0.00")


async def test_receipt_without_a_card_counts_for_the_shop_only(shop: Shop) -> None:
    receipt = await shop.sell()

    rows = await shop.sql("select card_id from receipt where uid = $1", receipt["receipt_uid"])

    assert [row["card_id"] for row in rows] == [0]
    assert await shop.sql("select from ledger where source_uid = $1", receipt["receipt_uid"]) == []


async def test_ledger_names_each_receipt_with_a_running_sum(shop: Shop) -> None:
    """PAP-20: turnover equals the sum of its sales minus returns."""
    card = await shop.make_card()
    sale = await shop.sell(make_line(quantity="3", price="10.00", net="30.00"), card=card.ref)
    back = await shop.give_back(sale, make_line(), card=card.ref)

    entries = (await shop.admin.get(f"/v1/cards/{card.id}/ledger?ledger=turnover")).json()["entries"]

    assert [
        (entry["seq"], entry["amount"], entry["after"], entry["source"], entry["source_uid"]) for entry in entries
    ] == [
        (2, "-10.00", "20.00", "return", back["receipt_uid"]),
        (1, "30.00", "30.00", "sale", sale["receipt_uid"]),
    ]
