"""The search box: one thing is opened at once, numbers stand in no address, the palette gets the list alone."""

import re

import httpx
import pytest
from sqlalchemy import text

from tests.api.people import add_person, send, sign_in
from tests.conftest import Caller


async def value(crowd: Caller, query: str) -> str:
    async with crowd.service.database.connection() as connection:
        return str((await connection.execute(text(query))).scalar_one())


async def test_phone_in_any_format_leads_to_its_party_and_stands_in_no_address(
    crowd: Caller, nora: httpx.AsyncClient
) -> None:
    """BG-33, C77-24: one box, one key."""
    phone = await value(crowd, "select value from party_contact where kind = 'phone' order by party_id limit 1")
    party_id = await value(crowd, f"select party_id from party_contact where value = '{phone}' limit 1")
    typed = f"0{phone[4:5]} {phone[5:8]}-{phone[8:]}"
    found = await send(nora, "/search", {"find": typed})
    if found.status_code == 303:
        assert found.headers["location"] == f"/parties/{party_id}"
    else:
        assert f'<a href="/parties/{party_id}">' in found.text
    assert (await nora.get("/search", params={"find": phone})).status_code == 400


async def test_whole_card_number_leads_to_its_card(crowd: Caller, nora: httpx.AsyncClient) -> None:
    number = await value(crowd, "select number from card where card_id = 17")
    async with crowd.service.database.connection() as connection:
        await connection.execute(
            text("insert into card_number (number, card_id) select number, card_id from card on conflict do nothing")
        )
    found = await send(nora, "/search", {"find": f"{number[:4]} {number[4:]}"})
    assert found.headers["location"] == "/cards/17"


async def test_name_is_shown_by_its_address_with_all_that_fits(nora: httpx.AsyncClient) -> None:
    """BG-02."""
    found = await send(nora, "/search", {"find": "ivanova"})
    assert found.headers["location"] == "/search?find=ivanova"
    shown = await nora.get("/search?find=ivanova")
    assert 'id="h-parties"' in shown.text
    assert "There are more." in shown.text


async def test_nothing_that_fits_says_how_to_find(nora: httpx.AsyncClient) -> None:
    assert "Nothing found" in (await nora.get("/search?find=qqqqqq")).text
    assert "Type into the box above" in (await nora.get("/search")).text
    assert (await send(nora, "/search", {"find": " "})).headers["location"] == "/search"


async def test_palette_gets_options_alone(nora: httpx.AsyncClient) -> None:
    options = await send(nora, "/search/palette", {"find": "ivanova"})
    assert "<html" not in options.text
    assert re.search(r'<div role="option" data-href="/parties/\d+">', options.text)
    assert (await nora.post("/search/palette", data={"find": "ivanova"})).status_code == 403


@pytest.mark.parametrize("typed", ["<script>", "' or 1=1 --", "\0", "%", "&|!:*", "ё" * 99])
async def test_whatever_is_typed_is_text(nora: httpx.AsyncClient, typed: str) -> None:
    found = await send(nora, "/search", {"find": typed})
    assert found.status_code in {200, 303}
    assert "<script>" not in found.text.replace('<script src="', "")


async def test_who_may_not_see_cards_finds_none(crowd: Caller, nora: httpx.AsyncClient) -> None:
    await add_person(crowd.service.database, login="petra", role="purchasing")
    other = httpx.AsyncClient(transport=nora._transport, base_url=nora.base_url)
    await sign_in(other, login="petra")
    token = re.search(r'name="csrf" value="([^"]+)"', (await other.get("/parties")).text)
    assert token is not None
    found = await other.post("/search", data={"csrf": token[1], "find": "29000000017"})
    assert "/cards/17" not in found.text + found.headers.get("location", "")
