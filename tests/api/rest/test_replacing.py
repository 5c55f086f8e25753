"""A lost card: what moves to the card that takes its place, and what becomes of its old number."""

import asyncio
from itertools import pairwise

import pytest
from httpx import Response

from loyalty.accounts.verify import verify_ledgers
from tests.api.rest.shop import Shop, ShopCard, make_line, make_receipt, make_return, new_uid, paid_by, refusal
from tests.golden.cases import CASES


@pytest.fixture(autouse=True)
async def _proven_ledgers(shop: Shop) -> object:
    """Prove the ledgers after each test: nothing that a replacement does may trouble `verify`."""
    yield shop
    assert (await shop.caller.service.database.run(verify_ledgers)).differences == []


async def _replace(shop: Shop, old: ShopCard, new: ShopCard, *, uid: str | None = None) -> Response:
    return await shop.act(old, "replace", by=new.ref, operation_uid=uid or new_uid())


async def _make_chain(shop: Shop, *, balance: str = "0.00") -> list[ShopCard]:
    """Make three cards, the first two replaced one after the other, with a sale of 10.00 on the first before that."""
    cards = [await shop.make_credit_card() for _ in range(3)]
    if balance != "0.00":
        await shop.top_up(cards[0], balance)
    for old, new in pairwise(cards):
        assert (await _replace(shop, old, new)).status_code == 201
    return cards


async def test_lost_card_gives_all_that_was_on_it_to_the_new_one(shop: Shop) -> None:
    """PAP-24: transfer moves turnover and balance once and ends the old card."""
    case = CASES["B33"]["given"]["old"]
    series = await shop.put_series(kind="credit", credit_limit="1.00")
    old, new = await shop.make_card(series), await shop.make_card(series)
    await shop.sell(make_line(price=case["turnover"]), card=old.ref, business_date="2026-10-05")
    await shop.top_up(old, case["balance"])
    await shop.admin.patch(
        f"/v1/cards/{old.id}", json={"discount_percent": case["discount_pct"], "credit_limit": "30.00"}
    )

    answer = await _replace(shop, old, new)

    assert answer.status_code == 201
    before, after = await shop.look_up(old), await shop.look_up(new)
    assert (before["status"], before["usable"], before["refusal"]) == ("replaced", False, "replaced")
    assert before["replaced_by"] == {"masked": after["masked"]}
    assert (before["turnover"], before["balance"], before["available"], before["purchases"]) == (
        "0.00",
        "0.00",
        "0.00",
        0,
    )
    expected = CASES["B33"]["expect"]["new"]
    assert (after["turnover"], after["balance"]) == (expected["turnover"], expected["balance"])
    assert (after["discount_percent"], after["credit_limit"], after["available"]) == ("5.00", "30.00", "130.00")
    assert (after["status"], after["purchases"]) == ("active", 1)


async def test_turnover_moves_on_the_days_on_which_it_came(shop: Shop) -> None:
    """PAP-20: turnover per card is that of its receipts for any period, also behind a replacement."""
    old, new = await shop.make_card(), await shop.make_card()
    for day, price in (("2026-09-30", "7.00"), ("2026-10-01", "5.00"), ("2026-10-01", "1.00")):
        await shop.sell(make_line(price=price), card=old.ref, business_date=day)

    await _replace(shop, old, new)

    rows = await shop.sql("select day, turnover, receipts from card_day where card_id = $1 order by day", new.id)
    assert [(str(row["day"]), row["turnover"], row["receipts"]) for row in rows] == [
        ("2026-09-30", 700, 1),
        ("2026-10-01", 600, 2),
    ]
    assert {row["turnover"] for row in await shop.sql("select turnover from card_day where card_id = $1", old.id)} == {
        0
    }


async def test_sums_add_where_the_new_card_was_used_before(shop: Shop) -> None:
    old, new = await shop.make_credit_card("20.00"), await shop.make_credit_card("3.00")
    for card in (old, new):
        await shop.sell(card=card.ref)

    await _replace(shop, old, new)

    assert await shop.figures(new) == ("20.00", 2, "23.00")


async def test_replacement_sent_again_answers_alike_and_moves_nothing(shop: Shop) -> None:
    """PAP-24: repeatable without double effect."""
    old, new = await shop.make_credit_card("20.00"), await shop.make_credit_card()
    uid = new_uid()

    answers = [await _replace(shop, old, new, uid=uid) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert answers[0].json() == answers[2].json()
    assert (await shop.look_up(new))["balance"] == "20.00"


async def test_of_many_replacements_at_once_one_is_done(shop: Shop) -> None:
    old = await shop.make_credit_card("20.00")
    targets = [await shop.make_credit_card() for _ in range(6)]

    answers = await asyncio.gather(*[_replace(shop, old, new) for new in targets])

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    balances = [(await shop.look_up(card))["balance"] for card in targets]
    assert sorted(balances) == ["0.00"] * 5 + ["20.00"]


async def test_other_content_under_a_known_operation_is_a_conflict(shop: Shop) -> None:
    old, new, other = [await shop.make_card() for _ in range(3)]
    uid = new_uid()
    await _replace(shop, old, new, uid=uid)

    assert refusal(await _replace(shop, old, other, uid=uid)) == (409, "operation_conflict")


async def test_replaced_card_is_not_replaced_again(shop: Shop) -> None:
    old, new, other = [await shop.make_card() for _ in range(3)]
    await _replace(shop, old, new)

    assert refusal(await _replace(shop, old, other)) == (409, "already_replaced")


async def test_card_takes_neither_its_own_place_nor_that_of_its_successor(shop: Shop) -> None:
    old, new = await shop.make_card(), await shop.make_card()

    itself = await _replace(shop, old, old)
    await _replace(shop, old, new)
    back = await _replace(shop, new, old)

    assert refusal(itself) == refusal(back) == (422, "replacement_refused")
    assert back.json()["errors"][0]["field"] == "by.number"


@pytest.mark.parametrize("act", ["block", "close"])
async def test_blocked_or_closed_card_takes_no_place(shop: Shop, act: str) -> None:
    old, new = await shop.make_card(), await shop.make_card()
    await shop.act(new, act, reason="stolen")

    assert refusal(await _replace(shop, old, new)) == (422, "replacement_refused")


async def test_place_is_taken_by_a_card_of_the_same_kind_that_exists(shop: Shop) -> None:
    old, other_kind = await shop.make_card(), await shop.make_credit_card()

    assert refusal(await _replace(shop, old, other_kind)) == (422, "replacement_refused")
    nowhere = await shop.act(old, "replace", by={"number": "NOWHERE"}, operation_uid=new_uid())
    assert refusal(nowhere) == (404, "card_unknown")


async def test_closed_card_is_not_replaced(shop: Shop) -> None:
    old, new = await shop.make_card(), await shop.make_card()
    await shop.act(old, "close")

    assert refusal(await _replace(shop, old, new)) == (422, "transition_refused")


async def test_blocked_card_is_replaced_with_what_it_owes(shop: Shop) -> None:
    old, new = await shop.make_credit_card(credit_limit="50.00"), await shop.make_credit_card(credit_limit="10.00")
    await shop.sell(make_line(price="40.00"), payments=paid_by(old, "40.00"))
    await shop.act(old, "block", reason="lost")

    await _replace(shop, old, new)

    found = await shop.look_up(new)
    assert (found["balance"], found["credit_limit"], found["available"]) == ("-40.00", "10.00", "0.00")


async def test_old_number_cannot_be_used(shop: Shop) -> None:
    first, _, last = await _make_chain(shop, balance="30.00")

    priced = await shop.calculate(make_line(), card=first, at="2026-11-22T10:15:02+02:00")
    paid = await shop.post(make_receipt(payments=paid_by(first, "10.00"), closed_at="2036-01-01T10:00:00+02:00"))
    topped_up = await shop.act(first, "top-up", amount="5.00", operation_uid=new_uid())
    changed = await shop.admin.patch(f"/v1/cards/{first.id}", json={"credit_limit": "5.00"})

    assert (priced["card"]["applied"], priced["card"]["refusal"]) == (False, "replaced")
    assert refusal(paid) == refusal(topped_up) == (422, "card_not_usable")
    assert refusal(changed) == (409, "already_replaced")
    assert (await shop.look_up(first))["replaced_by"] == {"masked": (await shop.look_up(last))["masked"]}


async def test_receipts_of_the_old_number_count_for_the_last_card(shop: Shop) -> None:
    first, second, last = await _make_chain(shop)

    for card in (first, second):
        await shop.sell(card=card.ref, offline=True, closed_at="2026-10-01T10:00:00+02:00", business_date="2026-10-01")

    assert await shop.figures(last) == ("20.00", 2, "0.00")


async def test_late_offline_payment_by_the_old_number_debits_the_last_card(shop: Shop) -> None:
    first, _, last = await _make_chain(shop, balance="30.00")

    await shop.sell(make_line(price="12.00"), payments=paid_by(first, "12.00"), offline=True)

    assert (await shop.look_up(last))["balance"] == "18.00"
    assert (await shop.look_up(first))["balance"] == "0.00"


async def test_return_refund_and_void_of_old_receipts_follow_the_chain(shop: Shop) -> None:
    first, second, last = cards = [await shop.make_credit_card() for _ in range(3)]
    await shop.top_up(first, "30.00")
    kept = await shop.sell(
        make_line(quantity="2", price="5.00", net="10.00"), card=first.ref, payments=paid_by(first, "10.00")
    )
    wrong = await shop.sell(card=first.ref, payments=paid_by(first, "10.00"))
    for old, new in ((first, second), (second, last)):
        await _replace(shop, old, new)

    await shop.give_back(kept, make_line(price="5.00"), card=first.ref, payments=paid_by(first, "5.00"))
    voided = await shop.void(wrong)

    assert voided.status_code == 200
    assert await shop.figures(last) == ("5.00", 1, "25.00")
    assert [await shop.figures(card) for card in cards[:2]] == [("0.00", 0, "0.00")] * 2


async def test_void_of_a_return_from_before_the_replacement_follows_the_chain(shop: Shop) -> None:
    old, new = await shop.make_card(), await shop.make_card()
    sale = await shop.sell(card=old.ref)
    back = await shop.give_back(sale)
    await _replace(shop, old, new)

    assert (await shop.void(back)).status_code == 200
    assert await shop.figures(new) == ("10.00", 1, "0.00")


async def test_return_that_waited_for_its_sale_follows_the_chain(shop: Shop) -> None:
    old, new = await shop.make_card(), await shop.make_card()
    sale = make_receipt(make_line(quantity="2", net="20.00"), card=old.ref)
    assert (await shop.post(make_return(sale, card=old.ref))).json()["state"] == "parked"
    await _replace(shop, old, new)

    await shop.post(sale)

    assert await shop.figures(new) == ("10.00", 1, "0.00")


async def test_document_of_a_replaced_card_moves_turnover_on_the_last(shop: Shop) -> None:
    first, second, last = [await shop.make_card() for _ in range(3)]
    url = f"/v1/documents/{new_uid()}"
    body = {"kind": "sale", "number": "1", "date": "2026-11-22", "card": first.ref}
    await shop.admin.put(url, json=body | {"total": "50.00"})
    for old, new in ((first, second), (second, last)):
        await _replace(shop, old, new)

    await shop.admin.put(url, json=body | {"total": "80.00"})

    assert (await shop.figures(last))[0] == "80.00"
    await shop.admin.delete(url)
    assert (await shop.figures(last))[0] == "0.00"


async def test_sales_and_replacements_at_once_lose_nothing(shop: Shop) -> None:
    cards = [await shop.make_card() for _ in range(3)]

    async def sell() -> None:
        for card in cards:
            await shop.sell(card=card.ref, offline=True)

    selling = asyncio.gather(*[sell() for _ in range(8)])
    for old, new in pairwise(cards):
        assert (await _replace(shop, old, new)).status_code == 201
    await selling

    assert await shop.figures(cards[-1]) == ("240.00", 24, "0.00")


async def test_replacement_is_logged_on_both_cards(shop: Shop) -> None:
    """PAP-24: the transfer is logged."""
    old, new = await shop.make_credit_card("20.00"), await shop.make_credit_card()
    await shop.admin.patch(f"/v1/cards/{old.id}", json={"discount_percent": "5"})

    await _replace(shop, old, new)

    query = "select act, actor, data from activity where card_id = $1 and act in ('card.replaced', 'card.took_place')"
    rows = [(await shop.sql(query, card.id))[0] for card in (old, new)]
    assert [row["act"] for row in rows] == ["card.replaced", "card.took_place"]
    assert '"balance": 2000' in rows[0]["data"]
    assert '"own_percent": 50000' in rows[1]["data"]
    assert old.number not in rows[1]["data"]


async def test_open_hold_moves_along_and_is_captured_from_the_last_card(shop: Shop) -> None:
    old, new = await shop.make_credit_card("50.00"), await shop.make_credit_card()
    sale = make_receipt(make_line(price="30.00"), offline=True)
    hold_uid = new_uid()
    body = {"hold_uid": hold_uid, "card": old.ref, "amount": "40.00", "receipt_uid": sale["receipt_uid"]}
    assert (await shop.admin.post("/v1/holds", json=body)).status_code == 201

    await _replace(shop, old, new)

    assert (await shop.look_up(new))["available"] == "10.00"
    payments = [{"kind": "card", "amount": "30.00", "card": old.ref, "hold_uid": hold_uid}]
    assert (await shop.post(sale | {"payments": payments})).status_code == 201
    found = await shop.look_up(new)
    assert (found["balance"], found["available"]) == ("20.00", "20.00")


async def test_hold_beyond_the_new_cards_limit_stays_and_is_kept_as_overdraft(shop: Shop) -> None:
    old, new = await shop.make_credit_card(credit_limit="50.00"), await shop.make_credit_card()
    body = {"hold_uid": new_uid(), "card": old.ref, "amount": "40.00", "receipt_uid": new_uid()}
    assert (await shop.admin.post("/v1/holds", json=body)).status_code == 201

    assert (await _replace(shop, old, new)).status_code == 201

    kept = await shop.sql("select held, overdraft, credit_limit from card where card_id = $1", new.id)
    assert tuple(kept[0]) == (4000, 4000, 0)


async def test_cards_that_spend_the_old_ones_money_spend_the_new_ones(shop: Shop) -> None:
    series = await shop.put_series(kind="credit")
    main, child, new, other = [await shop.make_card(series) for _ in range(4)]
    await shop.top_up(main, "50.00")
    await shop.sql("update card set account_id = $2, day_limit = 2000 where card_id = $1", child.id, main.id)

    await _replace(shop, main, new)
    await shop.sell(payments=paid_by(child, "10.00"))
    await _replace(shop, child, other)
    await shop.sell(make_line(price="5.00"), payments=paid_by(other, "5.00"))

    assert (await shop.look_up(new))["balance"] == "35.00"
    rows = await shop.sql("select account_id, day_limit, spent from card where card_id = $1", other.id)
    assert tuple(rows[0]) == (new.id, 2000, 1500)


async def test_card_with_money_does_not_take_the_place_of_one_that_spends_anothers(shop: Shop) -> None:
    series = await shop.put_series(kind="credit")
    main, child, new = [await shop.make_card(series) for _ in range(3)]
    await shop.top_up(new, "50.00")
    await shop.sql("update card set account_id = $2 where card_id = $1", child.id, main.id)

    assert refusal(await _replace(shop, child, new)) == (422, "replacement_refused")


async def test_points_move_with_the_days_until_which_they_may_be_spent(shop: Shop) -> None:
    points = {"per_money": "1.00", "value": "1.00", "lifetime": "P1Y"}
    series = await shop.put_series(kind="bonus", points=points)
    old, new = await shop.make_card(series), await shop.make_card(series)
    await shop.sell(make_line(price="25.00"), card=old.ref)
    before = await shop.look_up(old)

    await _replace(shop, old, new)

    after = await shop.look_up(new)
    assert (before["points"], after["points"], (await shop.look_up(old))["points"]) == ("25", "25", "0")
    rows = await shop.sql("select card_id, earned, day is null as for_ever from points_term where card_id = $1", new.id)
    assert [tuple(row) for row in rows] == [(new.id, 25, False)]
