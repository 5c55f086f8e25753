"""The overview of settings, the shop's own data, new shops, and the proof of the books: who sees what, and refusals."""

from asyncio import Event

import httpx
import pytest
from playwright.async_api import Browser

from api.jobs.working import do_all_jobs
from api.pages.settings_overview import GROUPS, SERVICE
from api.settings import Settings, describe
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import VISITS, look_at, visitor
from tests.api.pages.test_browser_settings import enter_as
from tests.api.people import add_person, fill, send, sign_in
from tests.conftest import Caller
from tests.factories import make_company

PAGES = {
    "settings": "/settings",
    "settings-shop": "/settings/shop",
    "settings-service": "/settings/service",
    "settings-proof": "/settings/proof",
    "new-store": "/settings/new-store",
}


@pytest.fixture
async def owner(caller: Caller) -> httpx.AsyncClient:
    """Give an administrator who is signed in."""
    await add_person(caller.service.database, login="admin", role="admin")
    await sign_in(caller.http, login="admin")
    return caller.http


async def test_administrator_finds_every_page_of_settings_and_each_opens(owner: httpx.AsyncClient) -> None:
    page = (await owner.get("/settings")).text
    for one in (one for group in GROUPS.values() for one in group):
        assert f'href="{one.href}"' in page
        assert (await owner.get(one.href)).status_code == 200, one.href


async def test_settings_show_each_reader_what_their_rights_open(caller: Caller) -> None:
    await add_person(caller.service.database, login="clerk", role="clerk")
    await sign_in(caller.http, login="clerk")
    page = (await caller.http.get("/settings")).text.partition("<main")[2]
    assert ('href="/series"' in page, 'href="/settings/users"' in page, "/settings/shop" in page) == (
        True,
        False,
        False,
    )
    for path in ("/settings/shop", "/settings/service", "/settings/proof", "/settings/new-store"):
        assert (await caller.http.get(path)).status_code == 403, path


async def test_shops_own_data_stand_at_the_head_of_its_papers(caller: Caller, owner: httpx.AsyncClient) -> None:
    party_id = await make_company(caller.service.database, "Rye Ltd")
    invoice = {"kind": "invoice", "party": str(party_id), "date": "2026-11-22", "total": "10.00"}
    made = await send(owner, "/new-business-document", invoice)
    data = {"name": "Mill Lane", "address": "Mill Lane 7\nVarna", "phone": "+359 2 900 001", "numbers": "BG 123"}
    saved = await fill(owner, "/settings/shop", data)
    paper = (await owner.get(f"{made.headers['location']}/print")).text
    assert saved.headers["location"] == "/settings/shop?done=saved"
    assert "Mill Lane 7, Varna" in paper
    assert "BG 123" in paper


async def test_shop_without_a_name_and_one_changed_meanwhile_are_refused(owner: httpx.AsyncClient) -> None:
    nameless = await fill(owner, "/settings/shop", {"name": " "})
    await fill(owner, "/settings/shop", {"name": "Mill Lane"})
    stale = await send(owner, "/settings/shop", {"name": "Old Mill", "version": "1"})
    assert [one.status_code for one in (nameless, stale)] == [422, 422]
    assert "Somebody else changed" in stale.text
    assert 'value="Old Mill"' in stale.text


async def test_new_shop_is_made_once_and_a_code_that_is_taken_is_refused(owner: httpx.AsyncClient) -> None:
    new = {"code": "0007", "name": "Harbour", "timezone": "Europe/Sofia"}
    made = await send(owner, "/settings/new-store", new)
    again = await send(owner, "/settings/new-store", new | {"name": "Another"})
    assert made.headers["location"] == "/settings/tills/store?code=0007"
    assert "There is a shop of this code already." in again.text
    assert "Harbour" in (await owner.get("/settings/tills")).text


async def test_books_are_proved_from_the_page(caller: Caller, owner: httpx.AsyncClient) -> None:
    before = (await owner.get("/settings/proof")).text
    await send(owner, "/settings/proof", {})
    await send(owner, "/settings/proof", {})
    await do_all_jobs(caller.service, Event())
    after = (await owner.get("/settings/proof")).text
    assert "Not proved yet" in before
    assert "The books agree." in after
    assert "/jobs/2" not in after, "one proof at a time"


async def test_settings_of_the_environment_are_told_in_words_and_without_secrets(
    settings: Settings, owner: httpx.AsyncClient
) -> None:
    page = (await owner.get("/settings/service")).text
    assert {name.partition("_")[2] for name, *_ in describe(settings)} == SERVICE.keys()
    assert "TALLYCARD_TIMEZONE" in page
    assert "by whoever runs it" in page


async def test_example_attributes_are_begun_with_from_the_page(owner: httpx.AsyncClient) -> None:
    await send(owner, "/settings/attributes/examples", {})
    await send(owner, "/settings/attributes/examples", {})
    page = (await owner.get("/settings/attributes")).text
    assert page.count(">Region</a>") == 1


@pytest.mark.browser
@pytest.mark.parametrize("look", VISITS)
async def test_pages_of_settings_are_accessible_and_fit(
    chromium: Browser, owner: httpx.AsyncClient, settings: Settings, database_url: str, look: str
) -> None:
    assert owner.cookies, "the administrator is made"
    async with serving(settings, database_url) as address, visitor(chromium, address, look) as page:
        await enter_as(page, "admin")
        for name, path in PAGES.items():
            await look_at(page, name, path, look)
