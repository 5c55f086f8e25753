"""Several cards on one account, each with its own turnover and a limit by day."""

import asyncio
from typing import Any  # JSON bodies are free in their values

from tests.api.rest.shop import Shop, ShopCard, make_line, make_receipt, new_uid, paid_by, refusal


async def _patch(shop: Shop, card: ShopCard, **changes: Any) -> Any:
    return await shop.admin.patch(f"/v1/cards/{card.id}", json=changes)


async def _family(shop: Shop, balance: str, **changes: Any) -> tuple[ShopCard, ShopCard]:
    """Make a main card with money, and a card that spends it."""
    main, child = await shop.make_credit_card(balance), await shop.make_credit_card()
    answer = await _patch(shop, child, account=main.ref, **changes)
    assert answer.status_code == 200, answer.text
    return main, child


async def _pay(shop: Shop, card: ShopCard, amount: str, **more: Any) -> Any:
    return await shop.post(make_receipt(make_line(price=amount), card=card.ref, payments=paid_by(card, amount), **more))


async def _balance(shop: Shop, card: ShopCard) -> tuple[str, str]:
    found = await shop.look_up(card)
    return found["balance"], found["available"]


async def test_card_spends_the_main_cards_money_and_keeps_its_own_turnover(shop: Shop) -> None:
    main, child = await _family(shop, "50.00")

    answer = await _pay(shop, child, "20.00")

    assert (answer.status_code, answer.json()["card"]["balance"]) == (201, "30.00")
    assert await _balance(shop, main) == await _balance(shop, child) == ("30.00", "30.00")
    assert (await shop.figures(main))[0] == "0.00"
    assert (await shop.figures(child))[0] == "20.00"
    assert (await shop.look_up(child))["account"]["masked"].endswith(main.number[-2:])


async def test_account_is_spent_once_by_all_its_cards(shop: Shop) -> None:
    main, child = await _family(shop, "50.00")

    answers = await asyncio.gather(*[_pay(shop, card, "20.00") for card in (main, child) * 4])

    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [422] * 6
    assert await _balance(shop, main) == ("10.00", "10.00")


async def test_daily_limit_caps_a_card_and_not_the_others(shop: Shop) -> None:
    main, child = await _family(shop, "500.00", day_limit="30.00")

    told = [await _pay(shop, child, amount) for amount in ("20.00", "10.01", "10.00", "0.01")]

    assert [answer.status_code for answer in told] == [201, 422, 201, 422]
    assert refusal(told[1]) == (422, "limit_exceeded")
    assert "daily limit" in told[1].json()["detail"]
    assert (await _pay(shop, main, "100.00")).status_code == 201
    assert (await _pay(shop, child, "30.00", business_date="2026-11-23")).status_code == 201


async def test_daily_limit_is_net_of_returns_and_voids_of_the_day(shop: Shop) -> None:
    _, child = await _family(shop, "500.00", day_limit="30.00")
    sales = [
        await shop.sell(make_line(price="15.00"), card=child.ref, payments=paid_by(child, "15.00")) for _ in range(2)
    ]

    assert (await _pay(shop, child, "0.01")).status_code == 422
    await shop.give_back(sales[0], make_line(price="15.00"), payments=paid_by(child, "15.00"))
    assert (await _pay(shop, child, "15.00")).status_code == 201
    await shop.void(sales[1])
    assert (await _pay(shop, child, "15.00")).status_code == 201
    assert (await _pay(shop, child, "0.01")).status_code == 422


async def test_lookup_shows_what_is_left_of_the_day(shop: Shop) -> None:
    _, child = await _family(shop, "500.00", day_limit="30.00")

    found = await shop.look_up(child)

    assert (found["balance"], found["available"], found["day_limit"]) == ("500.00", "30.00", "30.00")


async def test_holds_count_for_the_daily_limit_and_keep_the_main_cards_money_back(shop: Shop) -> None:
    main, child = await _family(shop, "500.00", day_limit="30.00")
    body = {"hold_uid": new_uid(), "card": child.ref, "amount": "25.00", "receipt_uid": new_uid()}

    placed = await shop.admin.post("/v1/holds", json=body)
    beyond = await shop.admin.post("/v1/holds", json=body | {"hold_uid": new_uid(), "amount": "5.01"})

    assert (placed.status_code, placed.json()["available"]) == (201, "475.00")
    assert refusal(beyond) == (422, "limit_exceeded")
    assert await _balance(shop, main) == ("500.00", "475.00")
    payments = [paid_by(child, "25.00")[0] | {"hold_uid": body["hold_uid"]}]
    captured = make_receipt(make_line(price="25.00"), payments=payments, receipt_uid=body["receipt_uid"])
    assert (await shop.post(captured)).status_code == 201
    assert await _balance(shop, main) == ("475.00", "475.00")


async def test_top_ups_and_returns_of_a_sharing_card_go_to_the_account(shop: Shop) -> None:
    main, child = await _family(shop, "10.00")

    await shop.top_up(child, "5.00")
    await shop.sell(make_line(price="20.00", top_up=True), card=child.ref)
    sale = await shop.sell(make_line(price="30.00"), payments=paid_by(child, "30.00"))
    await shop.give_back(sale, make_line(price="30.00"), payments=paid_by(child, "30.00"))

    assert await _balance(shop, main) == ("35.00", "35.00")
    rows = await shop.sql("select balance from card where card_id = $1", child.id)
    assert rows[0]["balance"] == 0


async def test_void_finds_the_account_though_the_card_has_left_it(shop: Shop) -> None:
    main, child = await _family(shop, "50.00")
    sale = await shop.sell(make_line(price="20.00"), card=child.ref, payments=paid_by(child, "20.00"))
    await _patch(shop, child, account=None)

    await shop.void(sale)

    assert await _balance(shop, main) == ("50.00", "50.00")
    assert await _balance(shop, child) == ("0.00", "0.00")


async def test_blocked_main_card_stops_its_account(shop: Shop) -> None:
    main, child = await _family(shop, "50.00")
    await shop.act(main, "block", reason="lost")

    body = {"hold_uid": new_uid(), "card": child.ref, "amount": "1.00", "receipt_uid": new_uid()}
    assert refusal(await shop.admin.post("/v1/holds", json=body)) == (422, "card_not_usable")
    now = {"closed_at": "2027-01-01T10:00:00+02:00"}
    assert refusal(await _pay(shop, child, "1.00", **now)) == (422, "card_not_usable")


async def test_successor_of_the_main_card_is_spent_from(shop: Shop) -> None:
    main, child = await _family(shop, "50.00")
    new = await shop.make_card(main.series)
    body = {"by": new.ref, "operation_uid": new_uid()}
    assert (await shop.act(main, "replace", **body)).status_code == 201

    assert (await _pay(shop, child, "20.00")).status_code == 201

    assert await _balance(shop, new) == await _balance(shop, child) == ("30.00", "30.00")


async def test_accounts_make_no_chains_and_lose_no_money(shop: Shop) -> None:
    main, child = await _family(shop, "50.00")
    rich, free, discount = await shop.make_credit_card("1.00"), await shop.make_credit_card(), await shop.make_card()

    for card, account in ((free, child), (main, free), (rich, main), (free, free), (discount, main), (free, discount)):
        answer = await _patch(shop, card, account=account.ref)
        assert refusal(answer) == (422, "setting_refused"), (card, account)
    unknown = await _patch(shop, free, account={"number": "NOBODY1"})
    assert refusal(unknown) == (404, "card_unknown")


async def test_daily_limit_stands_for_a_card_with_its_own_money(shop: Shop) -> None:
    card = await shop.make_credit_card("50.00")
    await _patch(shop, card, day_limit="10.00")

    assert (await _pay(shop, card, "10.01")).status_code == 422
    assert (await _pay(shop, card, "10.00")).status_code == 201
    await _patch(shop, card, day_limit=None)
    assert (await _pay(shop, card, "10.00")).status_code == 201


async def test_offline_spending_beyond_the_daily_limit_is_flagged(shop: Shop) -> None:
    _, child = await _family(shop, "50.00", day_limit="10.00")

    answer = await _pay(shop, child, "20.00", offline=True)

    assert (answer.status_code, answer.json()["flags"]) == (201, ["day_limit"])


async def test_change_of_the_account_is_recorded_with_old_and_new(shop: Shop) -> None:
    main, child = await _family(shop, "50.00", day_limit="10.00")

    rows = await shop.sql("select data from activity where card_id = $1 and act = 'card.changed'", child.id)

    assert str(main.id) in rows[0]["data"]
    assert '"day_limit": 1000' in rows[0]["data"]


async def test_account_lists_its_cards_with_what_is_left_of_their_limits_today(shop: Shop) -> None:
    main, child = await _family(shop, "50.00", day_limit="30.00")
    hold = {"hold_uid": new_uid(), "card": child.ref, "amount": "12.00", "receipt_uid": new_uid()}
    assert (await shop.admin.post("/v1/holds", json=hold)).status_code == 201
    discount = await shop.make_card()

    found = (await shop.admin.get(f"/v1/cards/{child.id}/account")).json()

    assert (found["main"]["card_id"], found["balance"], found["held"]) == (main.id, "50.00", "12.00")
    assert found["available"] == "38.00"
    assert [(one["card_id"], one["day_limit"], one["left_today"]) for one in found["cards"]] == [
        (child.id, "30.00", "18.00")
    ]
    assert main.number not in str(found)
    assert found == (await shop.admin.get(f"/v1/cards/{main.id}/account")).json()
    assert refusal(await shop.admin.get(f"/v1/cards/{discount.id}/account")) == (422, "card_not_usable")
