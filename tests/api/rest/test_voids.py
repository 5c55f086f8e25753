"""Voids: a receipt is taken back once, with all that it entered, before or after it came."""

from typing import Any  # JSON bodies are free in their values

from tests.api.rest.shop import Shop, make_line, make_receipt, make_return, new_uid, paid_by, refusal


async def test_void_reverses_a_sale_once_with_its_entries(shop: Shop) -> None:
    card = await shop.make_credit_card("20.00")
    lines = [make_line(1, price="12.00"), make_line(2, price="5.00", top_up=True)]
    sale = await shop.sell(*lines, total="17.00", card=card.ref, payments=paid_by(card, "7.00", cash="10.00"))
    before, uid = await shop.figures(card), new_uid()

    first, again = await shop.void(sale, uid), await shop.void(sale, uid)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json() == {"receipt_uid": sale["receipt_uid"], "state": "voided"}
    assert (before, await shop.figures(card)) == (("12.00", 1, "18.00"), ("0.00", 0, "20.00"))


async def test_counter_entries_name_what_they_correct(shop: Shop) -> None:
    card = await shop.make_card()
    sale = await shop.sell(card=card.ref)
    void_uid = new_uid()
    await shop.void(sale, void_uid)

    entries = (await shop.admin.get(f"/v1/cards/{card.id}/ledger")).json()["entries"]

    assert [(entry["amount"], entry["source"], entry["source_uid"]) for entry in entries] == [
        ("-10.00", "void", void_uid),
        ("10.00", "sale", sale["receipt_uid"]),
    ]
    rows = await shop.sql("select seq, corrects from ledger where card_id = $1 order by seq", card.id)
    assert [tuple(row) for row in rows] == [(1, None), (2, 1)]


async def test_another_void_of_the_same_receipt_is_a_conflict(shop: Shop) -> None:
    sale = await shop.sell()
    await shop.void(sale)

    assert refusal(await shop.void(sale)) == (409, "already_voided")


async def test_sale_with_posted_returns_is_not_voided_before_them(shop: Shop) -> None:
    card = await shop.make_card()
    sale = await shop.sell(card=card.ref)
    back = await shop.give_back(sale, make_line())

    assert refusal(await shop.void(sale)) == (409, "receipt_has_returns")
    assert (await shop.void(back)).status_code == 200
    assert (await shop.void(sale)).status_code == 200
    assert await shop.figures(card) == ("0.00", 0, "0.00")


async def test_void_of_a_return_frees_its_quantity(shop: Shop) -> None:
    card = await shop.make_card()
    sale = await shop.sell(card=card.ref)
    back = await shop.give_back(sale, make_line())
    assert refusal(await shop.post(make_return(sale))) == (422, "nothing_left")

    await shop.void(back)

    assert await shop.figures(card) == ("10.00", 1, "0.00")
    await shop.give_back(sale, make_line())
    assert await shop.figures(card) == ("0.00", 0, "0.00")


async def test_purchases_count_alike_whichever_return_is_voided(shop: Shop) -> None:
    for voided in (0, 1):
        card = await shop.make_card()
        sale = await shop.sell(make_line(quantity="2", net="20.00"), card=card.ref)
        returns = [await shop.give_back(sale, make_line()) for _ in range(2)]
        assert await shop.figures(card) == ("0.00", 0, "0.00")

        await shop.void(returns[voided])

        assert await shop.figures(card) == ("10.00", 1, "0.00")
        days = await shop.sql("select sum(turnover) as t, sum(receipts) as r from card_day where card_id = $1", card.id)
        assert tuple(days[0]) == (1000, 1)


async def test_return_of_a_voided_sale_is_refused(shop: Shop) -> None:
    sale = await shop.sell()
    await shop.void(sale)

    assert refusal(await shop.post(make_return(sale))) == (422, "nothing_left")


async def test_void_may_come_before_its_receipt(shop: Shop) -> None:
    card = await shop.make_card()
    sale, uid = make_receipt(card=card.ref), new_uid()

    early, again = await shop.void(sale, uid), await shop.void(sale, uid)
    other = await shop.void(sale)
    posted = await shop.post(sale)

    assert (early.status_code, early.json()["state"], again.status_code) == (202, "parked", 202)
    assert refusal(other) == (409, "already_voided")
    assert (posted.status_code, posted.json()["state"]) == (201, "voided")
    assert await shop.figures(card) == ("0.00", 0, "0.00")
    assert (await shop.void(sale, uid)).status_code == 200
    assert refusal(await shop.void(sale)) == (409, "already_voided")


async def test_early_void_leaves_nothing_waiting(shop: Shop) -> None:
    sale = make_receipt()
    await shop.void(sale)

    await shop.post(sale)

    assert await shop.sql("select from awaited_original where original_uid = $1", sale["receipt_uid"]) == []


async def test_one_void_uid_for_two_receipts_that_have_not_come_loses_neither(shop: Shop) -> None:
    one, two, uid = make_receipt(), make_receipt(), new_uid()
    await shop.void(one, uid)
    await shop.void(two, uid)

    states = [(await shop.post(receipt)).json()["state"] for receipt in (one, two)]

    assert states == ["voided", "voided"]


async def test_return_of_a_sale_that_was_voided_before_it_came_stays_parked(shop: Shop) -> None:
    sale = make_receipt()
    back = make_return(sale)
    await shop.post(back)
    await shop.void(sale)

    await shop.post(sale)

    assert await shop.read_state(back) == ("parked", ["nothing_left"])


async def test_parked_return_is_voided_and_never_posted(shop: Shop) -> None:
    card = await shop.make_card()
    sale = make_receipt(card=card.ref)
    back = make_return(sale)
    await shop.post(back)

    assert (await shop.void(back)).json()["state"] == "voided"
    await shop.post(sale)

    assert await shop.read_state(back) == ("voided", [])
    assert await shop.figures(card) == ("10.00", 1, "0.00")


async def test_voided_receipt_answers_a_repeat_as_voided(shop: Shop) -> None:
    sale = await shop.sell()
    await shop.void(sale)

    again = await shop.post(sale)

    assert (again.status_code, again.json()["state"]) == (200, "voided")


async def test_number_of_a_voided_receipt_is_not_free(shop: Shop) -> None:
    sale = await shop.sell()
    await shop.void(sale)

    answer = await shop.post(make_receipt(make_line(price="3.00"), number=sale["number"]))

    assert refusal(answer) == (409, "receipt_conflict")


async def test_void_of_a_return_that_was_paid_to_a_card_needs_the_money(shop: Shop) -> None:
    card = await shop.make_credit_card("10.00")
    sale = await shop.sell(payments=paid_by(card, "10.00"))
    back = await shop.give_back(sale, make_line(), payments=paid_by(card, "10.00"))
    spent = await shop.sell(make_line(price="4.00"), payments=paid_by(card, "4.00"))

    assert refusal(await shop.void(back)) == (422, "insufficient_funds")
    await shop.void(spent)
    assert (await shop.void(back)).status_code == 200
    assert (await shop.look_up(card))["balance"] == "0.00"


async def test_till_voids_its_own_receipts_only(shop: Shop) -> None:
    till = await shop.caller.as_role("till", store="0007", till="3")
    own, other = await shop.sell(), await shop.sell(till="4")
    body = {"void_uid": new_uid(), "reason": "typed wrong"}

    answers = [await till.post(f"/v1/receipts/{receipt['receipt_uid']}/void", json=body) for receipt in (own, other)]

    assert answers[0].status_code == 200
    assert refusal(answers[1]) == (404, "receipt_unknown")


async def test_receipt_of_the_calendars_last_day_is_voided(shop: Shop) -> None:
    for day in ("9999-12-31", "0001-01-01"):
        sale = await shop.sell(business_date=day)
        back = await shop.give_back(sale, make_line(), business_date=day)

        assert (await shop.void(back)).status_code == 200
        assert (await shop.void(sale)).status_code == 200


async def test_void_is_logged_with_its_reason(shop: Shop) -> None:
    sale = await shop.sell()
    await shop.void(sale)

    rows = await shop.sql(
        "select data->>'reason' as reason from activity where record = $1 and act = 'receipt.voided'",
        f"receipt:{sale['receipt_uid']}",
    )

    assert [row["reason"] for row in rows] == ["typed wrong"]


async def test_completion_of_a_receipt_that_was_voided_while_suspended_is_answered_as_voided(shop: Shop) -> None:
    suspended = make_receipt(status="suspended", payments=[])
    await shop.post(suspended)
    assert (await shop.void(suspended)).status_code == 200

    completed = await shop.post(make_receipt(make_line(quantity="2", net="20.00"), **_names(suspended)))
    other = await shop.post(make_receipt(**_names(suspended) | {"receipt_uid": new_uid()}))

    assert (completed.status_code, completed.json()["state"]) == (200, "voided")
    assert refusal(other) == (409, "receipt_conflict")


def _names(receipt: dict[str, Any]) -> dict[str, Any]:
    return {"receipt_uid": receipt["receipt_uid"], "number": receipt["number"]}
