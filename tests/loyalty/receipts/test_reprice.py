"""Kept receipts priced again, long after everything that prices has changed."""

from datetime import date
from typing import Any  # JSON bodies are free in their values
from uuid import UUID

import pytest

from loyalty.cards.catalogue.versions import load_versions
from loyalty.receipts.reprice import Repriced, RepricedPage, explain_receipt, reprice_page
from tests.api.rest.conftest import shop
from tests.api.rest.shop import Shop, ShopCard, make_line, make_receipt, make_return, new_uid

__all__ = ["shop"]


async def sell(shop: Shop, *lines: dict[str, Any], card: ShopCard | None, **more: Any) -> dict[str, Any]:
    """Sell goods at the price that the server calculates now."""
    now = (await shop.sql("select now()"))[0][0].isoformat()
    priced = await shop.calculate(*lines, card=card, at=now)
    sold = [
        line | {"net": told["net"], "discount": told["discount"]}
        for line, told in zip(lines, priced["lines"], strict=True)
    ]
    ref = None if card is None else card.ref
    return await shop.sell(*sold, total=priced["total"], card=ref, closed_at=now, **more)


async def explain(shop: Shop, receipt: dict[str, Any]) -> Repriced:
    """Explain a kept receipt."""
    found = await shop.caller.service.database.run(explain_receipt, UUID(receipt["receipt_uid"]))
    assert found is not None
    return found


async def put_rules(shop: Shop, card: ShopCard, *rules: dict[str, Any]) -> None:
    """Give the series of a card receipt rules."""
    answer = await shop.admin.put(f"/v1/series/{card.series}/rules", json={"receipt": list(rules)})
    assert answer.status_code in {200, 201}, answer.text


def acted(repriced: Repriced) -> list[tuple[str, int]]:
    """Give what acted on the first line."""
    return [(applied.reason, applied.amount) for applied in repriced.priced.lines[0].applied]


async def test_series_percent_of_then_explains_the_discount_of_then(shop: Shop) -> None:
    """PAP-14."""
    card = await shop.make_card(discount_percent="7")
    before = await sell(shop, make_line(price="100.00"), card=card)

    await shop.put_series(card.series, discount_percent="12")
    after = await sell(shop, make_line(price="100.00"), card=card)

    assert [(acted(one), one.cause) for one in (await explain(shop, before), await explain(shop, after))] == [
        ([("card_percent", 7_00)], None),
        ([("card_percent", 12_00)], None),
    ]


async def test_quotations_of_then_explain_the_discount_of_then(shop: Shop) -> None:
    """PAP-15."""
    code = await shop.put_list(A="8.00")
    card = await shop.make_card(price_lists=[code])
    sale = await sell(shop, make_line() | {"sku": "A"}, card=card)

    await shop.admin.put(f"/v1/price-lists/{code}", json={"name": code, "quotations": [{"sku": "A", "price": "5.00"}]})

    assert (acted(await explain(shop, sale)), (await explain(shop, sale)).cause) == ([("quotation", 2_00)], None)


async def test_receipt_rules_of_then_explain_the_discount_of_then(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="5")
    plain = await sell(shop, make_line(price="100.00"), card=card)
    await put_rules(shop, card, {"from": "50.00", "percent": "10"})
    ruled = await sell(shop, make_line(price="100.00"), card=card)
    await put_rules(shop, card, {"from": "50.00", "percent": "20"})

    told = [await explain(shop, sale) for sale in (plain, ruled)]

    assert [(acted(one), one.cause) for one in told] == [
        ([("card_percent", 5_00)], None),
        ([("receipt_rule", 10_00)], None),
    ]


async def test_cards_own_percent_of_then_explains_the_discount_of_then(shop: Shop) -> None:
    """PAP-13."""
    card = await shop.make_card(discount_percent="5")
    sales = [await sell(shop, make_line(price="100.00"), card=card)]
    for percent in ("8", None):
        answer = await shop.admin.patch(f"/v1/cards/{card.id}", json={"discount_percent": percent})
        assert answer.status_code == 200, answer.text
        sales.append(await sell(shop, make_line(price="100.00"), card=card))

    told = [await explain(shop, sale) for sale in sales]

    assert [(one.priced.discount, one.cause) for one in told] == [(5_00, None), (8_00, None), (5_00, None)]


async def test_state_and_last_day_of_then_explain_the_discount_of_then(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="5")
    used = await sell(shop, make_line(price="100.00"), card=card)
    await shop.act(card, "block", reason="lost")
    blocked = await sell(shop, make_line(price="100.00"), card=card)
    await shop.act(card, "unblock", reason="found")
    await shop.admin.patch(f"/v1/cards/{card.id}", json={"expires_on": "2020-01-01"})
    expired = await sell(shop, make_line(price="100.00"), card=card)

    told = [await explain(shop, sale) for sale in (used, blocked, expired)]

    assert [(one.priced.discount, one.cause) for one in told] == [(5_00, None), (0, None), (0, None)]


async def test_term_that_a_first_use_begins_does_not_price_that_use(shop: Shop) -> None:
    settings = {"activation": "first_use", "discount_percent": "5", "valid_until": "2100-01-01"}
    card = await shop.make_card(**settings, term="P1D")

    sale = await sell(shop, make_line(price="100.00"), card=card, business_date="2020-01-01")

    assert (await shop.look_up(card))["status"] == "expired"
    assert ((await explain(shop, sale)).priced.discount, (await explain(shop, sale)).cause) == (5_00, None)


async def test_receipt_checked_by_newer_settings_than_its_own_names_that(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="5")
    await shop.put_series(card.series, discount_percent="9")
    line = make_line(price="100.00", net="91.00", discount="9.00")

    sale = await shop.sell(line, card=card.ref, closed_at="2020-01-01T10:00:00+02:00")

    assert (await shop.read_state(sale))[1] == []
    assert ((await explain(shop, sale)).cause, acted(await explain(shop, sale))) == (
        "changed_meanwhile",
        [("card_percent", 9_00)],
    )


@pytest.mark.parametrize(
    ("shown", "more", "cause", "due"),
    [
        ("a card", {}, "till_discount", 5_00),
        ("a card", {"offline": True}, "offline", 5_00),
        ("no card", {}, "manual", 0),
    ],
)
async def test_discount_that_the_till_gave_of_itself_names_its_cause(
    shop: Shop, shown: str, more: dict[str, Any], cause: str, due: int
) -> None:
    card = await shop.make_card(discount_percent="5") if shown == "a card" else None
    line = make_line(price="100.00", net="80.00", discount="20.00")

    sale = await shop.sell(line, card=None if card is None else card.ref, **more)

    found = await explain(shop, sale)
    assert (found.cause, found.given, found.priced.discount) == (cause, 20_00, due)


async def test_card_that_was_made_later_priced_nothing(shop: Shop) -> None:
    series = await shop.put_series(discount_percent="5", number_template=None)
    number = f"LATER-{new_uid()}"
    plain = await shop.sell(make_line(price="100.00"), card={"number": number})
    given = await shop.sell(make_line(price="100.00", net="95.00", discount="5.00"), card={"number": number})

    await shop.make_card(series, number=number)

    told = [await explain(shop, sale) for sale in (plain, given)]
    assert [(one.priced.discount, one.cause) for one in told] == [(0, None), (0, "card_unknown_then")]


async def test_discount_that_was_altered_behind_the_service_is_unexplained(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="5")
    sale = await sell(shop, make_line(price="100.00"), card=card)

    await shop.sql(
        "update receipt_line l set discount = 600, net = 9400 from receipt_key k"
        " where k.uid = $1 and l.receipt_id = k.receipt_id",
        UUID(sale["receipt_uid"]),
    )

    assert (await explain(shop, sale)).cause == "unexplained"


async def test_discount_of_a_receipt_that_was_voided_before_it_came_was_not_asked_about(shop: Shop) -> None:
    sale = make_receipt(make_line(price="100.00", net="80.00", discount="20.00"))
    await shop.void(sale)
    await shop.post(sale)

    assert (await explain(shop, sale)).cause == "voided_unseen"


async def test_return_is_explained_by_its_sale(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="5")
    sale = await sell(shop, make_line(price="100.00"), card=card)
    back = make_return(sale, make_line(price="100.00", net="95.00", discount="5.00"))
    await shop.post(back)

    found = await explain(shop, back)

    assert (found.cause, [(a.reason, a.source, a.amount) for a in found.priced.lines[0].applied]) == (
        None,
        [("manual", "original", 5_00)],
    )


async def test_lines_that_were_posted_out_of_their_order_are_priced_alike(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="5")
    lines = [make_line(number, price="0.30") for number in (7, 3, 5, 1, 2, 6, 4)]

    sale = await sell(shop, *lines, card=card)

    assert (await shop.read_state(sale))[1] == []
    assert (await explain(shop, sale)).cause is None


async def test_receipt_that_is_not_kept_has_no_explanation(shop: Shop) -> None:
    assert await shop.caller.service.database.run(explain_receipt, UUID(new_uid())) is None


async def test_pages_meet_every_receipt_once(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="5")
    days = ["1999-01-01", "1999-01-02", "1999-01-03"]
    sales = [await sell(shop, make_line(price="100.00"), card=card, business_date=day) for day in days for _ in "ab"]
    await shop.sell(make_line(price="100.00", net="80.00", discount="20.00"), business_date=days[1])
    await shop.give_back(sales[0], make_line(price="100.00", net="95.00", discount="5.00"), business_date=days[2])
    await shop.post(make_receipt(status="suspended", business_date=days[2]))
    database = shop.caller.service.database
    versions = await database.run(load_versions)
    pages: list[RepricedPage] = []
    after = None

    while not pages or after is not None:
        page = await database.run(reprice_page, versions, date(1999, 1, 1), date(1999, 1, 3), after=after, size=3)
        pages.append(page)
        after = page.after

    assert [(page.priced, page.returns) for page in pages] == [(3, 0), (3, 0), (1, 1), (0, 0)]
    assert [one.cause for page in pages for one in page.differing] == ["manual"]
