"""A person's wishes on pages: the copy is downloaded, and erasing wants the name typed."""

from collections.abc import AsyncIterator
from io import BytesIO
from zipfile import ZipFile

import httpx
import pytest
from playwright.async_api import Browser

from api.settings import Settings
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import check, visitor
from tests.api.people import LOGIN, PASSWORD, add_person, send, sign_in
from tests.conftest import Caller
from tests.crm.merging.people import add_party, fetch

PATH = "/parties/1/privacy"


@pytest.fixture
async def director(caller: Caller) -> httpx.AsyncClient:
    """Give a director who is signed in, of a shop with one party."""
    await add_person(caller.service.database, role="director")
    await sign_in(caller.http)
    await add_party(caller.service.database, "Ana Ilieva", phones=["052 123 456"])
    return caller.http


async def test_copy_comes_as_a_file_and_the_journal_says_who_took_it(
    director: httpx.AsyncClient, caller: Caller
) -> None:
    answer = await send(director, "/parties/1/copy", {})

    assert answer.headers["content-disposition"] == 'attachment; filename="party-1.zip"'
    with ZipFile(BytesIO(answer.content)) as archive:
        assert set(archive.namelist()) == {"data.json", "receipts.json", "index.html"}
        assert archive.read("receipts.json") == b"[]\n"
    acts = await fetch(caller.service.database, "select actor from activity where act = 'party.copied'")
    assert acts == [("user:nora",)]


async def test_wrong_name_erases_nothing_and_the_right_one_for_good(director: httpx.AsyncClient) -> None:
    refused = await send(director, "/parties/1/erase", {"name": "Anna"})
    empty = await send(director, "/parties/1/erase", {"name": ""})
    erased = await send(director, "/parties/1/erase", {"name": "Ana Ilieva"})

    assert (refused.status_code, empty.status_code) == (422, 422)
    assert 'id="name-wrong"' in refused.text
    assert erased.headers["location"] == PATH
    shown = (await director.get(PATH)).text
    assert "Erased on" in shown
    assert "Ilieva" not in shown


async def test_clerk_neither_copies_nor_erases(caller: Caller) -> None:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    await add_party(caller.service.database, "Ana Ilieva")

    for answer in (
        await caller.http.get(PATH),
        await send(caller.http, "/parties/1/copy", {}),
        await send(caller.http, "/parties/1/erase", {"name": "Ana Ilieva"}),
    ):
        assert answer.status_code == 403


@pytest.fixture
async def own_address(caller: Caller, director: httpx.AsyncClient, settings: Settings) -> AsyncIterator[str]:
    """Give the address of that shop."""
    assert director is caller.http
    async with serving(settings, caller.service.database.url) as found:
        yield found


@pytest.mark.parametrize("look", ["light", "phone"])
async def test_director_downloads_the_copy_and_erases_by_hand(chromium: Browser, own_address: str, look: str) -> None:
    async with visitor(chromium, own_address, look) as page:
        await page.goto(PATH)
        await page.fill("#login", LOGIN)
        await page.fill("#password", PASSWORD)
        await page.click("button")
        await page.wait_for_url(f"**{PATH}")
        await check(page, f"privacy-{look}")
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Download the copy").click()
        assert (await download.value).suggested_filename == "party-1.zip"
        await page.fill("#name", "Somebody else")
        await page.get_by_role("button", name="Erase for good").click()
        await page.get_by_role("alert").wait_for()
        await check(page, f"privacy-refused-{look}")
        await page.fill("#name", "Ana Ilieva")
        await page.get_by_role("button", name="Erase for good").click()
        await page.get_by_text("Erased on").wait_for()
        await check(page, f"privacy-erased-{look}")
