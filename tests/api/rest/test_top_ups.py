"""Top-up lines: money put on a card at the till. It is no turnover, and goods paid with it later are."""

from tests.api.rest.shop import Shop, make_line, make_receipt, make_return, paid_by, refusal


async def test_top_up_line_credits_its_net_and_is_no_turnover(shop: Shop) -> None:
    """PAP-12, PAP-21."""
    card = await shop.make_credit_card()
    lines = [make_line(1, price="1.00", quantity="500", net="500.00", top_up=True), make_line(2)]

    answer = await shop.post(make_receipt(*lines, total="510.00", card=card.ref))

    assert (answer.json()["flags"], await shop.figures(card)) == ([], ("10.00", 1, "500.00"))


async def test_top_up_alone_is_no_purchase(shop: Shop) -> None:
    card = await shop.make_credit_card()

    await shop.sell(make_line(price="50.00", top_up=True), card=card.ref)

    assert await shop.figures(card) == ("0.00", 0, "50.00")


async def test_goods_paid_from_stored_value_are_turnover(shop: Shop) -> None:
    card = await shop.make_credit_card()
    await shop.sell(make_line(price="50.00", top_up=True), card=card.ref)

    await shop.sell(make_line(price="30.00"), card=card.ref, payments=paid_by(card, "30.00"))

    assert await shop.figures(card) == ("30.00", 1, "20.00")


async def test_top_up_needs_a_card(shop: Shop) -> None:
    answer = await shop.post(make_receipt(make_line(top_up=True)))

    assert refusal(answer) == (400, "invalid_body")
    assert answer.json()["errors"][0]["field"] == "card"


async def test_top_up_needs_a_card_that_holds_money(shop: Shop) -> None:
    discount = await shop.make_card()
    unknown = {"number": "2999999999994"}

    for ref in (discount.ref, unknown):
        assert refusal(await shop.post(make_receipt(make_line(top_up=True), card=ref))) == (422, "card_not_usable")


async def test_blocked_card_is_topped_up_by_nobody(shop: Shop) -> None:
    card = await shop.make_credit_card()
    await shop.act(card, "block", reason="lost")

    answer = await shop.post(make_receipt(make_line(top_up=True), card=card.ref, closed_at="2099-01-01T00:00:00Z"))

    assert refusal(answer) == (422, "card_not_usable")


async def test_offline_top_up_of_a_blocked_card_is_kept(shop: Shop) -> None:
    card = await shop.make_credit_card()
    await shop.act(card, "block", reason="lost")
    receipt = make_receipt(make_line(top_up=True), card=card.ref, closed_at="2099-01-01T00:00:00Z", offline=True)

    answer = await shop.post(receipt)

    assert answer.json()["flags"] == ["card_blocked"]
    assert await shop.figures(card) == ("0.00", 0, "10.00")


async def test_return_of_a_top_up_takes_the_money_off_even_if_it_names_no_card(shop: Shop) -> None:
    card = await shop.make_credit_card()
    sale = await shop.sell(make_line(price="50.00", top_up=True), card=card.ref)

    await shop.give_back(sale, make_line(price="50.00"))

    assert await shop.figures(card) == ("0.00", 0, "0.00")


async def test_return_of_an_offline_top_up_takes_the_money_off_the_card_that_is_shown(shop: Shop) -> None:
    card = await shop.make_credit_card()
    await shop.act(card, "block", reason="lost")
    late = "2099-01-01T00:00:00Z"
    sale = await shop.sell(make_line(top_up=True), card=card.ref, closed_at=late, offline=True)

    nameless = await shop.post(make_return(sale, closed_at=late))
    await shop.give_back(sale, make_line(), card=card.ref, closed_at=late)

    assert refusal(nameless) == (422, "card_not_usable")

    assert await shop.figures(card) == ("0.00", 0, "0.00")


async def test_return_of_a_spent_top_up_is_refused(shop: Shop) -> None:
    card = await shop.make_credit_card()
    sale = await shop.sell(make_line(price="50.00", top_up=True), card=card.ref)
    await shop.sell(make_line(price="0.01"), payments=paid_by(card, "0.01"))

    answer = await shop.post(make_return(sale, make_line(price="50.00")))

    assert refusal(answer) == (422, "insufficient_funds")


async def test_void_of_a_spent_top_up_is_refused(shop: Shop) -> None:
    card = await shop.make_credit_card()
    sale = await shop.sell(make_line(price="50.00", top_up=True), card=card.ref)
    spent = await shop.sell(make_line(price="0.01"), payments=paid_by(card, "0.01"))

    assert refusal(await shop.void(sale)) == (422, "insufficient_funds")
    assert (await shop.void(spent)).status_code == 200
    assert (await shop.void(sale)).status_code == 200
    assert await shop.figures(card) == ("0.00", 0, "0.00")


async def test_negative_top_up_line_takes_money_off(shop: Shop) -> None:
    card = await shop.make_credit_card("5.00")
    line = make_line(price="5.00", quantity="-1", net="-5.00", top_up=True)

    assert (await shop.post(make_receipt(line, card=card.ref))).status_code == 201
    assert refusal(await shop.post(make_receipt(line, card=card.ref))) == (422, "insufficient_funds")
