"""Returns: with their sale, before it, without it; what is given back, and to which card."""

from uuid import UUID

import pytest

from tests.api.rest.shop import (
    Shop,
    make_calculation,
    make_line,
    make_receipt,
    make_return,
    new_uid,
    paid_by,
    refusal,
)


async def test_more_than_was_sold_is_refused_over_all_returns_together(shop: Shop) -> None:
    sale = await shop.sell(make_line(quantity="2", net="20.00"))
    await shop.give_back(sale, make_line())
    await shop.give_back(sale, make_line())

    third = await shop.post(make_return(sale))

    assert refusal(third) == (422, "nothing_left")
    assert third.json()["errors"][0]["field"] == "lines[0]"


async def test_refused_return_takes_nothing(shop: Shop) -> None:
    card = await shop.make_card()
    sale = await shop.sell(make_line(quantity="2", net="20.00"), card=card.ref)
    lines = [make_line(1), make_line(2) | {"sku": "NEVER SOLD"}]

    assert refusal(await shop.post(make_return(sale, *lines, total="20.00"))) == (422, "nothing_left")

    assert await shop.figures(card) == ("20.00", 1, "0.00")
    await shop.give_back(sale, make_line(quantity="2", net="20.00"))


async def test_return_that_comes_before_its_sale_is_parked_and_posted_with_it(shop: Shop) -> None:
    """PAP-22."""
    card = await shop.make_card()
    sale = make_receipt(make_line(price="800.00"), card=card.ref)
    back = make_return(sale, make_line(price="500.00"), total="500.00", card=card.ref)

    parked = await shop.post(back)
    before = await shop.figures(card)
    await shop.post(sale)

    assert (parked.status_code, parked.json()["state"], before) == (201, "parked", ("0.00", 0, "0.00"))
    assert await shop.read_state(back) == ("posted", ["refund_mismatch"])
    assert (await shop.figures(card))[0] == "300.00"
    assert (await shop.post(back)).status_code == 200


async def test_parked_return_is_posted_when_its_sale_is_named_by_the_tills_key(shop: Shop) -> None:
    sale = make_receipt()
    key = {name: sale[name] for name in ("store", "till", "shift", "number")}
    back = make_receipt(kind="return", original=key)

    parked = await shop.post(back)
    await shop.post(sale)

    assert parked.json()["state"] == "parked"
    assert await shop.read_state(back) == ("posted", [])


async def test_parked_return_that_comes_again_stays_parked_once(shop: Shop) -> None:
    back = make_return({"receipt_uid": new_uid()})

    first, again = await shop.post(back), await shop.post(back)

    assert (first.status_code, again.status_code, again.json()["state"]) == (201, 200, "parked")
    other = await shop.post(back | {"cashier": "6"})
    assert refusal(other) == (409, "receipt_conflict")


async def test_parked_return_for_which_too_little_is_left_stays_parked_and_flagged(shop: Shop) -> None:
    sale = make_receipt()
    first, second = make_return(sale), make_return(sale)
    await shop.post(first)
    await shop.post(second)

    await shop.post(sale)

    states = sorted([await shop.read_state(first), await shop.read_state(second)])
    assert states == [("parked", ["nothing_left"]), ("posted", [])]


async def test_return_without_an_original_is_posted_and_flagged(shop: Shop) -> None:
    card = await shop.make_card()
    await shop.sell(make_line(price="30.00"), card=card.ref)

    answer = await shop.post(make_receipt(kind="return", card=card.ref))

    assert (answer.status_code, answer.json()["flags"]) == (201, ["no_original"])
    assert await shop.figures(card) == ("20.00", 1, "0.00")


async def test_refund_that_differs_from_the_rule_is_flagged(shop: Shop) -> None:
    sale = await shop.sell(make_line(quantity="3", price="0.33", net="0.99"))

    right = await shop.post(make_return(sale, make_line(price="0.33")))
    wrong = await shop.post(make_return(sale, make_line(price="0.34")))

    assert (right.json()["flags"], wrong.json()["flags"]) == ([], ["refund_mismatch"])


async def test_unit_by_unit_gives_back_exactly_what_was_paid(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="10")
    sale = await shop.sell(make_line(quantity="3", price="0.37", net="1.00", discount="0.11"), card=card.ref)
    original = {"receipt_uid": sale["receipt_uid"]}
    given = []

    for _ in range(3):
        priced = await shop.calculate(make_line(price="0.37"), kind="return", original=original)
        line = priced["lines"][0]
        back = make_return(sale, make_line(price="0.37", net=line["net"], discount=line["discount"]))
        answer = await shop.post(back)
        assert (answer.status_code, answer.json()["flags"]) == (201, [])
        given.append(line["net"])

    assert given == ["0.33", "0.34", "0.33"]
    assert await shop.figures(card) == ("0.00", 0, "0.00")


async def test_calculated_return_explains_its_discount(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="20")
    lines = [
        make_line(1, price="150.00", net="120.00", discount="30.00"),
        make_line(2, price="60.00", net="48.00", discount="12.00"),
    ]
    sale = await shop.sell(*lines, total="168.00", card=card.ref)

    priced = await shop.calculate(lines[0], kind="return", original={"receipt_uid": sale["receipt_uid"]})

    assert (priced["gross"], priced["discount"], priced["total"]) == ("150.00", "30.00", "120.00")
    assert priced["lines"][0]["applied"] == [
        {"reason": "manual", "source": "original", "percent": None, "amount": "30.00"}
    ]
    assert priced["payments"] == [{"kind": "cash", "amount": "120.00", "card": None}]


async def test_mixed_payment_goes_back_in_its_proportions(shop: Shop) -> None:
    card = await shop.make_credit_card("500.00")
    line = make_line(quantity="2", price="300.00", net="600.00")
    sale = await shop.sell(line, payments=paid_by(card, "500.00", cash="100.00"))

    priced = await shop.calculate(
        make_line(price="300.00"), kind="return", original={"receipt_uid": sale["receipt_uid"]}
    )

    masked = {"masked": f"··· {card.number[-4:]}"}
    assert priced["payments"] == [
        {"kind": "card", "amount": "250.00", "card": masked},
        {"kind": "cash", "amount": "50.00", "card": None},
    ]


async def test_calculated_return_of_a_sale_that_has_not_come_is_unknown(shop: Shop) -> None:
    body = make_calculation(make_line(), kind="return", original={"receipt_uid": new_uid()})

    assert refusal(await shop.admin.post("/v1/receipts/calculate", json=body)) == (404, "receipt_unknown")


async def test_calculated_return_of_more_than_is_left_is_refused(shop: Shop) -> None:
    sale = await shop.sell()
    await shop.give_back(sale, make_line())
    body = make_calculation(make_line(), kind="return", original={"receipt_uid": sale["receipt_uid"]})

    assert refusal(await shop.admin.post("/v1/receipts/calculate", json=body)) == (422, "nothing_left")


@pytest.mark.parametrize("shown", ["another card", "no card", "an unknown card"])
async def test_turnover_goes_back_to_the_card_of_the_sale(shop: Shop, shown: str) -> None:
    card, other = await shop.make_card(), await shop.make_card()
    sale = await shop.sell(make_line(price="30.00"), card=card.ref)
    refs = {"another card": other.ref, "no card": None, "an unknown card": {"number": "2999999999994"}}

    await shop.give_back(sale, make_line(price="30.00"), card=refs[shown])

    assert await shop.figures(card) == ("0.00", 0, "0.00")
    assert await shop.figures(other) == ("0.00", 0, "0.00")


async def test_turnover_goes_back_to_a_card_that_is_blocked_by_now(shop: Shop) -> None:
    card = await shop.make_card()
    sale = await shop.sell(card=card.ref)
    await shop.act(card, "block", reason="lost")

    answer = await shop.post(make_return(sale, card=card.ref, closed_at="2099-01-01T00:00:00Z"))

    assert answer.json()["flags"] == ["card_blocked"]
    assert (await shop.look_up(card))["turnover"] == "0.00"


async def test_named_line_is_the_one_given_back(shop: Shop) -> None:
    lines = [make_line(1, price="10.00") | {"sku": "TEA"}, make_line(2, price="8.00") | {"sku": "TEA"}]
    sale = await shop.sell(*lines, total="18.00")
    second = make_line(price="8.00", original_line=2) | {"sku": "TEA"}

    first = await shop.post(make_return(sale, second))
    again = await shop.post(make_return(sale, second))

    assert (first.status_code, first.json()["flags"]) == (201, [])
    assert refusal(again) == (422, "nothing_left")


async def test_line_named_for_another_article_is_refused(shop: Shop) -> None:
    sale = await shop.sell(make_line(price="100.00") | {"sku": "TV"})

    answer = await shop.post(make_return(sale, make_line(price="100.00", original_line=1) | {"sku": "CABLE"}))

    assert refusal(answer) == (422, "nothing_left")


async def test_article_is_found_at_its_price(shop: Shop) -> None:
    lines = [make_line(1, price="10.00") | {"sku": "TEA"}, make_line(2, price="8.00") | {"sku": "TEA"}]
    sale = await shop.sell(*lines, total="18.00")

    answer = await shop.post(make_return(sale, make_line(price="8.00") | {"sku": "TEA"}))

    assert answer.json()["flags"] == []


async def test_article_sold_on_several_lines_comes_back_on_one(shop: Shop) -> None:
    card = await shop.make_card()
    tea = {"sku": "TEA"}
    lines = [make_line(number, quantity="2", price="0.37", net="0.74") | tea for number in (1, 2, 3)]
    sale = await shop.sell(*lines, total="2.22", card=card.ref)

    most = await shop.post(make_return(sale, make_line(quantity="5", price="0.37", net="1.85") | tea))
    more = await shop.post(make_return(sale, make_line(quantity="2", price="0.37", net="0.74") | tea))
    last = await shop.post(make_return(sale, make_line(price="0.37") | tea))

    assert (most.status_code, most.json()["flags"]) == (201, [])
    assert refusal(more) == (422, "nothing_left")
    assert (last.status_code, last.json()["flags"]) == (201, [])
    assert await shop.figures(card) == ("0.00", 0, "0.00")


async def test_part_of_a_sale_returned_leaves_the_purchase(shop: Shop) -> None:
    card = await shop.make_card()
    sale = await shop.sell(make_line(quantity="3", price="1.00", net="3.00"), card=card.ref)

    await shop.give_back(sale, make_line(price="1.00"))

    assert await shop.figures(card) == ("2.00", 1, "0.00")


async def test_return_of_another_tills_sale_is_taken(shop: Shop) -> None:
    card = await shop.make_card()
    sale = await shop.sell(card=card.ref)
    till = await shop.caller.as_role("till", store="0009", till="1")

    answer = await till.post("/v1/receipts", json=make_return(sale, store="0009", till="1"))

    assert (answer.status_code, answer.json()["state"]) == (201, "posted")
    assert await shop.figures(card) == ("0.00", 0, "0.00")


async def test_latest_of_several_sales_under_one_key_is_returned(shop: Shop) -> None:
    old = await shop.sell(make_line(price="1.00"), business_date="2026-11-20", till_instance="old")
    await shop.sell(
        make_line(price="2.00"),
        business_date="2026-11-22",
        till_instance="new",
        number=old["number"],
        shift=old["shift"],
    )
    key = {name: old[name] for name in ("store", "till", "shift", "number")}

    answer = await shop.post(make_receipt(make_line(price="2.00"), kind="return", original=key))

    assert answer.json()["flags"] == []


async def test_parked_return_that_comes_again_keeps_its_place(shop: Shop) -> None:
    sale = make_receipt()
    first, second = make_return(sale), make_return(sale)
    for body in (first, second, first):
        assert (await shop.post(body)).json()["state"] == "parked"

    await shop.post(sale)

    assert await shop.read_state(first) == ("posted", [])
    assert await shop.read_state(second) == ("parked", ["nothing_left"])


async def test_parked_return_that_is_looked_at_in_vain_is_written_once(shop: Shop) -> None:
    sale = make_receipt()
    returns = [make_return(sale), make_return(sale)]
    for body in (*returns, sale):
        await shop.post(body)

    for _ in range(3):
        await shop.caller.service.flights.unpark(UUID(returns[1]["receipt_uid"]))

    rows = await shop.sql("select act from activity where record = $1", f"receipt:{returns[1]['receipt_uid']}")
    assert len(rows) == 2
