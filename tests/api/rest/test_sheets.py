"""PAP-23: sheets of cards are printed through the API, and the journal says who printed which range."""

import pypdfium2
import pytest
import zxingcpp
from httpx import Response

from tests.api.rest.shop import Shop, new_code, refusal


async def order(shop: Shop, series: str, **wish: object) -> Response:
    return await shop.admin.post(f"/v1/series/{series}/sheets", json=wish)


def read_codes(pdf: bytes) -> list[str]:
    """Give what a scanner reads from a file, page by page."""
    pages = [page.render(scale=300 / 72, grayscale=True).to_pil() for page in pypdfium2.PdfDocument(pdf)]
    return [code.text for page in pages for code in sorted(zxingcpp.read_barcodes(page), key=place)]


def place(code: zxingcpp.Barcode) -> tuple[int, int]:
    corner = code.position.top_left
    return corner.y // 100, corner.x


async def make_series(shop: Shop, count: int) -> tuple[str, list[dict[str, int | str]]]:
    code = new_code("P")
    head = f"29{int(code[1:]):05}"
    await shop.put_series(code, name="Золота картка", number_template=f"{head}%05^")
    answer = await shop.admin.post(f"/v1/series/{code}/cards", json={"count": count})
    return code, answer.json()["cards"]


async def test_file_holds_the_cards_that_were_asked_for(shop: Shop) -> None:
    """PAP-23."""
    series, cards = await make_series(shop, 12)
    answer = await order(shop, series, symbology="ean13", text="Знижка")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["cache-control"] == "no-store"
    assert "next-first" not in answer.headers
    assert read_codes(answer.content) == [card["number"] for card in cards]


async def test_next_file_goes_on_where_the_last_one_ended(shop: Shop) -> None:
    series, cards = await make_series(shop, 5)
    first = await order(shop, series, count=3)
    second = await order(shop, series, first=int(first.headers["next-first"]), count=3)
    assert "next-first" not in second.headers
    assert read_codes(first.content) + read_codes(second.content) == [card["number"] for card in cards]


async def test_replaced_and_closed_cards_are_not_printed_again(shop: Shop) -> None:
    series, cards = await make_series(shop, 3)
    await shop.admin.post(f"/v1/cards/{cards[1]['card_id']}/close", json={})
    answer = await order(shop, series)
    assert read_codes(answer.content) == [cards[0]["number"], cards[2]["number"]]
    named = await order(shop, series, card_ids=[cards[0]["card_id"], cards[1]["card_id"]])
    assert refusal(named) == (422, "card_not_usable")
    assert named.json()["errors"][0]["field"] == "card_ids[1]"


async def test_named_cards_are_printed_in_the_order_given(shop: Shop) -> None:
    series, cards = await make_series(shop, 3)
    answer = await order(shop, series, card_ids=[cards[2]["card_id"], cards[0]["card_id"]], symbology="qr")
    assert read_codes(answer.content) == [cards[2]["number"], cards[0]["number"]]


async def test_journal_says_who_printed_which_range_and_never_a_number(shop: Shop) -> None:
    series, cards = await make_series(shop, 4)
    await order(shop, series, count=3, layout="card", dpi=203)
    rows = await shop.sql(
        "select actor, data::text from activity where act = 'cards.printed' and record = $1", f"series:{series}"
    )
    assert len(rows) == 1
    assert f'"first": {cards[0]["card_id"]}' in rows[0]["data"]
    assert f'"last": {cards[2]["card_id"]}' in rows[0]["data"]
    assert '"layout": "card"' in rows[0]["data"]
    assert not [card for card in cards if str(card["number"]) in rows[0]["data"]]


@pytest.mark.parametrize(
    ("wish", "status", "code", "field"),
    [
        ({"count": 501}, 422, "too_many_cards", "count"),
        ({"count": 0}, 400, "invalid_body", "count"),
        ({"card_ids": []}, 422, "nothing_to_print", "card_ids"),
        ({"card_ids": [1], "count": 1}, 400, "invalid_body", "card_ids"),
        ({"card_ids": [2**62]}, 404, "card_unknown", "card_ids[0]"),
        ({"first": 2**62}, 422, "nothing_to_print", "first"),
        ({"text": "漢"}, 422, "character_missing", "text"),
        ({"text": "W" * 60, "layout": "a4-tags"}, 422, "text_too_long", "text"),
        ({"layout": "a0"}, 400, "invalid_body", "layout"),
        ({"dpi": 600}, 400, "invalid_body", "dpi"),
    ],
)
async def test_order_that_cannot_be_printed_is_refused_by_field(
    shop: Shop, wish: dict[str, object], status: int, code: str, field: str
) -> None:
    series, _ = await make_series(shop, 1)
    answer = await order(shop, series, **wish)
    assert (*refusal(answer), answer.json()["errors"][0]["field"]) == (status, code, field)


async def test_number_that_is_no_ean_is_refused_and_leaves_no_trace(shop: Shop) -> None:
    series = await shop.put_series()
    card = await shop.make_card(series)
    answer = await order(shop, series, symbology="ean13")
    assert refusal(answer) == (422, "symbology_misfit")
    assert "choose Code 128 or QR" in answer.json()["detail"]
    assert card.number not in answer.text
    assert not await shop.sql("select 1 from activity where act = 'cards.printed' and record = $1", f"series:{series}")


async def test_unknown_series_is_not_found(shop: Shop) -> None:
    assert refusal(await order(shop, "nothing-such")) == (404, "series_unknown")


async def test_clerk_prints_and_a_till_does_not(shop: Shop) -> None:
    series, _ = await make_series(shop, 1)
    clerk = await shop.caller.as_role("clerk")
    till = await shop.caller.as_role("till", store="0001", till="1")
    assert (await clerk.post(f"/v1/series/{series}/sheets", json={})).status_code == 200
    assert refusal(await till.post(f"/v1/series/{series}/sheets", json={})) == (403, "not_allowed")
