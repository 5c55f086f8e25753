"""The list of cards, the search that keeps numbers out of addresses, the bands, and a card's page."""

import re

import httpx
import pytest
from sqlalchemy import text

from tests.api.people import add_person, csrf_token, sign_in
from tests.conftest import Caller
from tests.factories import make_receipt

_LINK = re.compile(r'<a href="/cards/(\d+)">')
_OLDER = re.compile(r'id="\w+-older" href="([^"]+)"')
_NEWER = re.compile(r'id="\w+-newer" href="([^"]+)"')


async def column(shop: Caller, query: str) -> list[str]:
    async with shop.service.database.connection() as connection:
        return [str(value) for value in (await connection.execute(text(query))).scalars()]


async def search(clerk: httpx.AsyncClient, typed: str) -> httpx.Response:
    return await clerk.post("/cards/search", data={"csrf": await csrf_token(clerk), "find": typed})


async def follow(clerk: httpx.AsyncClient, path: str, link: re.Pattern[str]) -> list[list[str]]:
    """Read pages one after the other, as a person clicks."""
    pages: list[list[str]] = []
    while path:
        page = (await clerk.get(path)).text
        pages.append(_LINK.findall(page))
        found = link.search(page)
        path = found[1].replace("&amp;", "&") if found else ""
    return pages


async def test_older_leads_through_every_card_once(shop: Caller, clerk: httpx.AsyncClient) -> None:
    pages = await follow(clerk, "/cards", _OLDER)
    shown = [int(card_id) for page in pages for card_id in page]
    assert shown == sorted((int(card_id) for card_id in await column(shop, "select card_id from card")), reverse=True)
    assert {len(page) for page in pages[:-1]} == {25}


async def test_newer_leads_back_to_the_first_page(clerk: httpx.AsyncClient) -> None:
    back = await follow(clerk, "/cards?older=20", _NEWER)
    assert back[0][0] == "19"
    assert [card_id for page in reversed(back[1:]) for card_id in page][-1] == "20"


async def test_filter_shows_the_cards_of_a_series_in_a_state(shop: Caller, clerk: httpx.AsyncClient) -> None:
    pages = await follow(clerk, "/cards?series=SILVER&state=blocked", _OLDER)
    query = "select card_id from card join series on series.id = series_id where code = 'SILVER' and state = 'blocked'"
    assert sorted(card_id for page in pages for card_id in page) == sorted(await column(shop, query))


async def test_whole_number_leads_to_its_card_and_stands_in_no_address(shop: Caller, clerk: httpx.AsyncClient) -> None:
    number = (await column(shop, "select number from card where card_id = 17"))[0]
    for typed in (number, f"{number[:4]} {number[4:8]}-{number[8:]}"):
        answer = await search(clerk, typed)
        assert (answer.status_code, answer.headers["location"]) == (303, "/cards/17")


async def test_last_digits_lead_to_the_card_or_to_those_that_have_them(shop: Caller, clerk: httpx.AsyncClient) -> None:
    number = (await column(shop, "select number from card where card_id = 17"))[0]
    assert (await search(clerk, f"··· {number[-4:]}")).headers["location"] == "/cards/17"


async def test_first_digits_are_found_without_an_address_once_they_are_many(clerk: httpx.AsyncClient) -> None:
    few, many = await search(clerk, "29000"), await search(clerk, "29000000")
    assert (few.status_code, few.headers["location"]) == (303, "/cards/search?find=29000")
    assert (many.status_code, len(_LINK.findall(many.text))) == (200, 50)
    assert "There are more than these 50" in many.text


async def test_number_that_is_no_cards_is_found_nowhere_and_stands_in_no_address(clerk: httpx.AsyncClient) -> None:
    answer = await search(clerk, "4006381333931")
    assert answer.status_code == 200
    assert "No card found" in answer.text


async def test_holder_is_found_by_parts_of_the_name(shop: Caller, clerk: httpx.AsyncClient) -> None:
    query = (
        "select card_id from card join party on party.id = holder_id where name ilike '%marsh%' and name ilike '%el%'"
    )
    wanted = await column(shop, query)
    found = (await clerk.get("/cards/search?find=mars+EL")).text
    assert sorted(_LINK.findall(found)) == sorted(wanted)


@pytest.mark.parametrize("typed", ["%", "_", "\\", "'", "29", "x"])
async def test_too_little_or_a_wildcard_finds_nothing(clerk: httpx.AsyncClient, typed: str) -> None:
    assert "No card found" in (await clerk.get("/cards/search", params={"find": typed})).text


@pytest.mark.parametrize("typed", ["", "   ", "x" * 101, "a\0b"])
async def test_nothing_typed_leads_to_all_cards(clerk: httpx.AsyncClient, typed: str) -> None:
    assert (await search(clerk, typed)).headers["location"] == "/cards"


async def test_bands_count_every_card_but_the_replaced(shop: Caller, clerk: httpx.AsyncClient) -> None:
    page = (await clerk.get("/cards/bands?cuts=1000")).text
    under = (await column(shop, "select count(*) from card where turnover < 100000 and state <> 'replaced'"))[0]
    over = (await column(shop, "select count(*) from card where turnover >= 100000"))[0]
    assert re.findall(r'<text class="v"[^>]*>([\d,]+)</text>', page) == [under, over]


async def test_ledger_leads_through_every_entry_once(shop: Caller, clerk: httpx.AsyncClient) -> None:
    amounts: list[str] = []
    path = "/cards/1?ledger=turnover"
    while path:
        page = (await clerk.get(path)).text
        amounts += re.findall(r'data-label="after">([\d,.−]+)</td>', page)
        found = _OLDER.search(page)
        path = found[1].replace("&amp;", "&") if found else ""
    query = "select to_char(after / 100.0, 'FM999,990.00') from ledger where card_id = 1 and account = 'turnover'"
    assert amounts == await column(shop, query + " order by seq desc")


async def test_shown_number_is_kept_in_the_journal_with_who_saw_it(shop: Caller, clerk: httpx.AsyncClient) -> None:
    number = (await column(shop, "select number from card where card_id = 33"))[0]
    assert number not in (await clerk.get("/cards/33")).text
    answer = await clerk.post("/cards/33/number", data={"csrf": await csrf_token(clerk)})
    assert number in answer.text
    journal = "select actor || ' ' || act from activity where card_id = 33 order by id desc limit 1"
    assert await column(shop, journal) == ["user:nora card.number_shown"]


async def test_number_is_not_shown_without_the_proof_that_the_page_asked(clerk: httpx.AsyncClient) -> None:
    assert (await clerk.post("/cards/34/number")).status_code == 403


async def test_card_long_unused_is_drawn_up_to_its_last_use(caller: Caller, admin: httpx.AsyncClient) -> None:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    await admin.put("/v1/series/GOLD", json={"name": "Gold", "kind": "discount"})
    await admin.post("/v1/series/GOLD/cards", json={"number": "2900000000018"})
    body = make_receipt(card={"number": "2900000000018"}, business_date="2011-12-09")
    assert (await admin.post("/v1/receipts", json=body)).status_code == 201
    page = (await caller.http.get("/cards/1")).text
    assert "Jan 2011 to Dec 2011" in page
    assert '<dd class="figure">0.00</dd>' in page
    assert "receipt.posted" not in page
    assert "Nothing since it was made." in page


async def test_replaced_card_leads_to_the_card_in_its_place(clerk: httpx.AsyncClient) -> None:
    page = (await clerk.get("/cards/98")).text
    assert "Another card took its place." in page
    assert '<a href="/cards/97">' in page
