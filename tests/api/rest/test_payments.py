"""Payments from a credit card: what they need, what refuses them, and what an offline receipt may do all the same."""

import pytest

from tests.api.rest.shop import Shop, make_line, make_receipt, make_return, new_uid, paid_by, refusal


async def test_credit_card_is_topped_up_pays_and_shows_its_balance(shop: Shop) -> None:
    """PAP-12: create a credit card, top it up, pay with it, and see the balance."""
    card = await shop.make_credit_card("50.00")

    answer = await shop.post(make_receipt(make_line(price="12.50"), card=card.ref, payments=paid_by(card, "12.50")))

    found = await shop.look_up(card)
    assert (answer.status_code, answer.json()["card"]["balance"]) == (201, "37.50")
    assert (found["kind"], found["balance"], found["available"], found["turnover"]) == (
        "credit",
        "37.50",
        "37.50",
        "12.50",
    )


async def test_balance_is_spent_to_the_last_cent_and_not_beyond(shop: Shop) -> None:
    card = await shop.make_credit_card("10.00")

    last = await shop.post(make_receipt(payments=paid_by(card, "10.00")))
    beyond = await shop.post(make_receipt(make_line(price="0.01"), payments=paid_by(card, "0.01")))

    assert last.status_code == 201
    assert refusal(beyond) == (422, "insufficient_funds")


async def test_credit_limit_is_spent_to_the_last_cent_and_not_beyond(shop: Shop) -> None:
    card = await shop.make_credit_card(credit_limit="1000.00")

    last = await shop.post(make_receipt(make_line(price="1000.00"), payments=paid_by(card, "1000.00")))
    beyond = await shop.post(make_receipt(make_line(price="0.01"), payments=paid_by(card, "0.01")))

    assert last.status_code == 201
    assert refusal(beyond) == (422, "limit_exceeded")
    found = await shop.look_up(card)
    assert (found["balance"], found["credit_limit"], found["available"]) == ("-1000.00", "1000.00", "0.00")


async def test_refused_payment_posts_nothing_at_all(shop: Shop) -> None:
    rich, poor, bearer = (
        await shop.make_credit_card("50.00"),
        await shop.make_credit_card("5.00"),
        await shop.make_card(),
    )
    receipt = make_receipt(
        make_line(price="30.00"), card=bearer.ref, payments=paid_by(rich, "20.00") + paid_by(poor, "10.00")
    )

    assert refusal(await shop.post(receipt)) == (422, "insufficient_funds")

    assert await shop.figures(bearer) == ("0.00", 0, "0.00")
    assert [(await shop.look_up(card))["balance"] for card in (rich, poor)] == ["50.00", "5.00"]
    await shop.top_up(poor, "5.00")
    assert (await shop.post(receipt)).status_code == 201


async def test_two_cards_pay_one_receipt(shop: Shop) -> None:
    one, two = await shop.make_credit_card("10.00"), await shop.make_credit_card("10.00")

    await shop.sell(make_line(price="23.00"), payments=[*paid_by(one, "10.00", cash="3.00"), *paid_by(two, "10.00")])

    assert [(await shop.look_up(card))["balance"] for card in (one, two)] == ["0.00", "0.00"]


async def test_one_card_named_twice_is_debited_the_sum(shop: Shop) -> None:
    card = await shop.make_credit_card("10.00")
    receipt = make_receipt(make_line(price="12.00"), payments=paid_by(card, "6.00") * 2)

    assert refusal(await shop.post(receipt)) == (422, "insufficient_funds")
    await shop.top_up(card, "2.00")
    assert (await shop.post(receipt)).status_code == 201
    assert (await shop.look_up(card))["balance"] == "0.00"


async def test_card_that_holds_no_money_pays_nothing(shop: Shop) -> None:
    card = await shop.make_card()

    answer = await shop.post(make_receipt(payments=paid_by(card, "10.00")))

    assert refusal(answer) == (422, "card_not_usable")
    assert answer.json()["errors"][0]["field"] == "payments[0].card"


async def test_card_that_nobody_knows_pays_nothing(shop: Shop) -> None:
    payment = {"kind": "card", "amount": "10.00", "card": {"number": "2999999999994"}}

    assert refusal(await shop.post(make_receipt(payments=[payment]))) == (422, "card_not_usable")


@pytest.mark.parametrize("kind", ["cash", "bank_card", "other"])
async def test_series_may_want_the_whole_from_the_card(shop: Shop, kind: str) -> None:
    card = await shop.make_credit_card("50.00", allow_other_payment=False)

    mixed = await shop.post(make_receipt(payments=paid_by(card, "9.99", **{kind: "0.01"})))
    whole = await shop.post(make_receipt(payments=paid_by(card, "10.00", **{kind: "0.00"})))

    assert refusal(mixed) == (422, "other_payment_refused")
    assert whole.status_code == 201


async def test_whole_from_the_card_leaves_nothing_to_another_card(shop: Shop) -> None:
    strict = await shop.make_credit_card("50.00", allow_other_payment=False)
    other = await shop.make_credit_card("50.00")

    answer = await shop.post(make_receipt(payments=paid_by(strict, "5.00") + paid_by(other, "5.00")))

    assert refusal(answer) == (422, "other_payment_refused")


async def test_offline_payment_beyond_the_funds_is_posted_and_flagged(shop: Shop) -> None:
    card = await shop.make_credit_card("5.00", credit_limit="1.00")

    answer = await shop.post(make_receipt(payments=paid_by(card, "10.00"), offline=True))

    assert (answer.status_code, answer.json()["flags"]) == (201, ["offline_overdraft"])
    found = await shop.look_up(card)
    assert (found["balance"], found["available"]) == ("-5.00", "0.00")


async def test_top_up_pays_an_offline_overdraft_off_first(shop: Shop) -> None:
    card = await shop.make_credit_card()
    await shop.sell(payments=paid_by(card, "10.00"), offline=True)

    await shop.top_up(card, "12.00")

    assert (await shop.look_up(card))["available"] == "2.00"
    assert (await shop.post(make_receipt(make_line(price="2.00"), payments=paid_by(card, "2.00")))).status_code == 201
    assert refusal(await shop.post(make_receipt(payments=paid_by(card, "10.00")))) == (422, "insufficient_funds")


async def test_offline_payment_by_an_unknown_card_is_posted_and_flagged(shop: Shop) -> None:
    payment = {"kind": "card", "amount": "10.00", "card": {"number": "2999999999994"}}

    answer = await shop.post(make_receipt(payments=[payment], offline=True))

    assert (answer.status_code, answer.json()["flags"]) == (201, ["card_unknown"])


async def test_offline_receipt_mixes_payments_whatever_the_series_wants(shop: Shop) -> None:
    card = await shop.make_credit_card("50.00", allow_other_payment=False)

    answer = await shop.post(make_receipt(payments=paid_by(card, "9.00", cash="1.00"), offline=True))

    assert (answer.status_code, answer.json()["flags"]) == (201, ["other_payment"])


async def test_return_credits_the_card_that_it_names(shop: Shop) -> None:
    card = await shop.make_credit_card("10.00")
    sale = await shop.sell(payments=paid_by(card, "10.00"))

    await shop.give_back(sale, make_line(), payments=paid_by(card, "10.00"))

    assert (await shop.look_up(card))["balance"] == "10.00"


async def test_money_goes_back_to_a_card_that_is_blocked_by_now(shop: Shop) -> None:
    card = await shop.make_credit_card("10.00")
    sale = await shop.sell(payments=paid_by(card, "10.00"))
    await shop.act(card, "block", reason="lost")

    await shop.give_back(sale, make_line(), payments=paid_by(card, "10.00"))

    assert (await shop.look_up(card))["balance"] == "10.00"


async def test_negative_payment_in_a_return_needs_funds(shop: Shop) -> None:
    card = await shop.make_credit_card("5.00")
    sale = await shop.sell()

    answer = await shop.post(make_return(sale, payments=paid_by(card, "-6.00", cash="16.00")))

    assert refusal(answer) == (422, "insufficient_funds")


async def test_credit_card_pays_no_points(shop: Shop) -> None:
    card = await shop.make_credit_card("50.00")
    payment = {"kind": "points", "amount": "10.00", "card": card.ref}

    assert refusal(await shop.post(make_receipt(payments=[payment]))) == (422, "card_not_usable")


async def test_unknown_hold_is_an_ordinary_debit(shop: Shop) -> None:
    card = await shop.make_credit_card("10.00")

    await shop.sell(payments=[paid_by(card, "10.00")[0] | {"hold_uid": new_uid()}])

    assert (await shop.look_up(card))["balance"] == "0.00"


async def test_money_ledger_names_each_payment_with_a_running_sum(shop: Shop) -> None:
    """PAP-21: balance equals top-ups minus payments plus refunds."""
    card = await shop.make_credit_card("50.00")
    sale = await shop.sell(make_line(price="20.00"), payments=paid_by(card, "20.00"))
    await shop.give_back(sale, make_line(price="20.00"), payments=paid_by(card, "20.00"))

    entries = (await shop.admin.get(f"/v1/cards/{card.id}/ledger?ledger=money")).json()["entries"]

    assert [(entry["amount"], entry["after"], entry["source"]) for entry in entries] == [
        ("20.00", "50.00", "return"),
        ("-20.00", "30.00", "sale"),
        ("50.00", "50.00", "top_up"),
    ]
