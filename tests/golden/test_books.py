"""The worked cases of cards, payments, returns and repetition, through the API of the service."""

import asyncio
from typing import Any  # the cases are free in their shapes

from httpx import Response

from tests.api.rest.shop import Shop, ShopCard, make_line, make_receipt, make_return, new_uid, paid_by
from tests.golden.cases import CASES, Case

REFUSED_AS = {"hours": "outside_hours"}


async def _post(shop: Shop, amount: str, card: ShopCard, **more: Any) -> Response:
    return await shop.post(make_receipt(make_line(price=amount), card=card.ref, **more))


async def _read_turnover(shop: Shop, card: ShopCard) -> str:
    return (await shop.figures(card))[0]


def _goods(case: Case) -> dict[str, Any]:
    line = case["lines"][0]
    return make_line(price=line["price"], quantity=line["qty"]) | {"sku": line["sku"]}


async def test_discount_comes_before_stored_value(shop: Shop) -> None:
    case = CASES["P09"]
    given, expected = case["given"], case["expect"]
    credit = await shop.make_credit_card(given["credit_card"]["balance"])
    discount = await shop.make_card(discount_percent=given["discount_card"]["discount_pct"])
    goods = _goods(case["when"])

    priced = await shop.calculate(goods, card=discount)
    line = goods | {"net": priced["total"], "discount": priced["discount"]}
    payments = paid_by(credit, expected["paid_by_card"], cash=expected["left_to_pay"])
    answer = await shop.post(make_receipt(line, card=discount.ref, payments=payments))

    assert priced["total"] == expected["total"]
    assert (answer.status_code, answer.json()["flags"]) == (201, [])
    assert (await shop.look_up(credit))["balance"] == "0.00"


async def test_two_cards_of_stored_value_pay_one_receipt(shop: Shop) -> None:
    case = CASES["P11"]
    expected = case["expect"]
    cards = [await shop.make_credit_card(card["balance"]) for card in case["given"]["credit_cards"]]
    goods = _goods(case["when"]) | {"net": expected["total"]}
    payments = [*paid_by(cards[0], "100.00"), *paid_by(cards[1], "100.00", cash=expected["left_to_pay"])]

    await shop.sell(goods, payments=payments)

    assert [(await shop.look_up(card))["balance"] for card in cards] == ["0.00", "0.00"]


async def test_returned_top_up_takes_the_money_off_the_card(shop: Shop) -> None:
    case = CASES["P17"]
    card = await shop.make_credit_card(case["given"]["credit_card"]["balance"])
    line = _goods(case["when"]["sale"]) | {"net": "50.00", "top_up": True}
    sale = await shop.sell(line, card=card.ref)
    after_sale = (await shop.look_up(card))["balance"]

    await shop.give_back(sale, line | {"top_up": False}, card=case["when"]["return"]["card_in_request"])

    assert after_sale == case["expect"]["after_sale"]
    assert (await shop.look_up(card))["balance"] == case["expect"]["after_return"]


async def test_partial_return_lowers_the_sum_and_not_the_count(shop: Shop) -> None:
    case = CASES["P27"]
    card = await shop.make_card()
    amount, back = case["given"]["sale"]["amount"], case["when"]["return"]["amount"]
    sale = await shop.sell(make_line(quantity="3", price=back, net=amount), card=card.ref)

    await shop.give_back(sale, make_line(price=back))

    assert await shop.figures(card) == ("2.00", 1 + case["expect"]["purchase_count_delta"], "0.00")


async def test_bulk_filling_passes_over_what_exists_and_never_doubles(shop: Shop) -> None:
    """PAP-23."""
    case = CASES["B04"]
    series = await shop.put_series(number_template=case["given"]["template"])
    for number in case["given"]["existing"]:
        await shop.make_card(series, number=number)

    runs = await asyncio.gather(
        *[shop.admin.post(f"/v1/series/{series}/cards", json={"count": count}) for count in (4, 5)]
    )

    made = [card["number"] for run in runs for card in run.json()["cards"]]
    listed = (await shop.admin.get(f"/v1/cards?series={series}")).json()["cards"]
    assert (len(made), len(set(made)), len(listed)) == (
        case["expect"]["created_total"],
        9,
        case["expect"]["cards_in_series"],
    )


async def test_receipts_and_documents_count_together(shop: Shop) -> None:
    """PAP-22."""
    case = CASES["B25"]
    card = await shop.make_card()
    for kind, amount in case["when"]["events"]:
        if kind == "receipt":
            await _post(shop, amount, card)
        else:
            body = {"kind": kind.removesuffix("_document"), "number": "1", "date": "2026-11-22", "total": amount}
            await shop.admin.put(f"/v1/documents/{new_uid()}", json=body | {"card": card.ref})

    assert await _read_turnover(shop, card) == case["expect"]["turnover"]


async def test_suspended_receipt_counts_when_it_becomes_real(shop: Shop) -> None:
    case = CASES["B27"]
    card = await shop.make_card()
    receipt = make_receipt(make_line(price=case["when"]["events"][0][2]), card=card.ref)
    turnovers = []
    for status in ("suspended", "complete"):
        await shop.post(receipt | {"status": status})
        turnovers.append(await _read_turnover(shop, card))

    assert turnovers == case["expect"]["turnover"]


async def test_blocked_card_gives_no_discount_and_stops_no_sale(shop: Shop) -> None:
    """PAP-19."""
    case = CASES["B28"]
    card = await shop.make_card(discount_percent=case["given"]["card"]["discount_pct"])
    await shop.act(card, "block", reason="lost")

    priced = await shop.calculate(_goods(case["when"]), card=card)

    assert f"refused:{priced['card']['refusal']}" == case["expect"]["card"]
    assert priced["total"] == case["expect"]["total"]


async def test_last_day_is_that_of_the_stores_own_time_zone(shop: Shop) -> None:
    case = CASES["B29"]
    card = await shop.make_card(discount_percent="10", valid_until=case["given"]["card"]["expires"])
    store = f"store of {card.number}"
    await shop.sql("insert into store (code, name, timezone) values ($1, $1, $2)", store, case["given"]["store_tz"])
    await shop.sql("update installation set catalogue_version = catalogue_version + 1")

    told = [
        (await shop.calculate(make_line(), card=card, store=store, at=moment))["card"] for moment in case["when"]["at"]
    ]

    assert ["ok" if one["applied"] else f"refused:{one['refusal']}" for one in told] == case["expect"]["result"]


async def test_both_ends_of_the_hours_belong_to_the_card(shop: Shop) -> None:
    case = CASES["B30"]
    start, end = case["given"]["card"]["hours"]
    card = await shop.make_card(discount_percent="10", hours={"from": start, "to": end})

    told = [
        (await shop.calculate(make_line(), card=card, at=f"2026-11-22T{clock}+02:00"))["card"]
        for clock in case["when"]["at"]
    ]

    wanted = [REFUSED_AS.get(result.removeprefix("refused:"), result) for result in case["expect"]["result"]]
    assert [one["refusal"] or "ok" for one in told] == wanted


async def test_first_use_starts_the_term(shop: Shop) -> None:
    case = CASES["B31"]
    card = await shop.make_card(activation="first_use", term="P1M")

    await shop.sell(card=card.ref, business_date=case["when"]["used_on"])

    found = await shop.look_up(card)
    assert (found["status"], found["expires_on"]) == (case["expect"]["state"], case["expect"]["expires"])


async def test_limit_is_usable_to_the_last_cent(shop: Shop) -> None:
    case = CASES["B37"]
    card = await shop.make_credit_card(credit_limit=case["given"]["credit_card"]["max_credit"])

    answers = [await _post(shop, amount, card, payments=paid_by(card, amount)) for amount in case["when"]["payments"]]

    told = ["ok" if answer.status_code == 201 else answer.json()["code"] for answer in answers]
    assert (told, case["expect"]["results"]) == (["ok", "limit_exceeded"], ["ok", "refused:limit"])
    assert (await shop.look_up(card))["balance"] == case["expect"]["balance"]


async def test_two_tills_at_once_spend_a_balance_once(shop: Shop) -> None:
    """PAP-21."""
    case = CASES["B38"]
    card = await shop.make_credit_card(case["given"]["credit_card"]["balance"])

    answers = await asyncio.gather(
        *[_post(shop, amount, card, payments=paid_by(card, amount)) for amount in case["when"]["concurrent"]]
    )

    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(201), statuses.count(422)) == (case["expect"]["succeeded"], case["expect"]["refused"])
    assert (await shop.look_up(card))["balance"] == case["expect"]["balance"]


async def test_top_up_goods_charge_what_was_paid_for_them(shop: Shop) -> None:
    """PAP-12."""
    case = CASES["B40"]
    card = await shop.make_credit_card(case["given"]["credit_card"]["balance"])

    await shop.sell(_goods(case["when"]) | {"net": "500.00", "top_up": True}, card=card.ref)

    assert await shop.figures(card) == (case["expect"]["turnover_delta"], 0, case["expect"]["balance"])


async def test_no_more_is_returned_than_was_sold(shop: Shop) -> None:
    case = CASES["R05"]
    sale = await shop.sell(_goods(case["when"]["sale"]) | {"net": "20.00"})
    line = make_line(price="10.00") | {"sku": "A"}

    answers = [await shop.post(make_return(sale, line)) for _ in case["when"]["returns"]]

    told = ["ok" if answer.status_code == 201 else f"refused:{answer.json()['code']}" for answer in answers]
    assert told == case["expect"]["results"]


async def test_repeated_receipt_counts_once_and_a_changed_one_is_a_conflict(shop: Shop) -> None:
    case = CASES["R06"]
    card = await shop.make_card()
    uids: dict[str, str] = {}
    told = []
    for sent in case["when"]["send"]:
        store, till, shift, number = sent["key"].split("-")
        uid = uids.setdefault(sent["key"], new_uid())
        key = {
            "receipt_uid": uid,
            "store": store,
            "till": till,
            "shift": int(shift),
            "number": f"{number} {card.number}",
        }
        answer = await _post(shop, sent["amount"], card, **key)
        told.append({201: "created", 200: "same", 409: "conflict"}[answer.status_code])

    assert told == case["expect"]["results"]
    assert await _read_turnover(shop, card) == case["expect"]["turnover"]


async def test_return_that_arrives_before_its_sale_counts_with_it(shop: Shop) -> None:
    case = CASES["R07"]
    card = await shop.make_card()
    (_, _, _, _, back_amount), (_, _, sale_amount) = case["when"]["arrive"]
    sale = make_receipt(make_line(price=sale_amount), card=card.ref)
    back = make_return(sale, make_line(price=back_amount), card=card.ref)

    seen = []
    for receipt in (back, sale):
        await shop.post(receipt)
        state, _ = await shop.read_state(back)
        seen.append({"turnover": await _read_turnover(shop, card), "parked": int(state == "parked")})

    assert seen == [case["expect"]["after_first"], case["expect"]["after_second"]]
