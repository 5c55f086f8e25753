"""The dispatcher's workplace in a real browser: by keyboard alone, live, and without scripts."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from api.settings import Settings
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import VISITS, check, enter, look_at, visitor
from tests.api.people import add_person, send, sign_in
from tests.conftest import Caller

pytestmark = pytest.mark.browser
TWO_SECONDS = 2_000
FOCUSED = "document.activeElement.querySelector('b')?.textContent"


@pytest.fixture
async def program(caller: Caller) -> httpx.AsyncClient:
    """Give a program that tells of its work."""
    return await caller.as_role("admin")


@pytest.fixture
async def served(
    caller: Caller, program: httpx.AsyncClient, settings: Settings, database_url: str
) -> AsyncIterator[str]:
    """Give the address of a shop whose dispatcher is Nora, with three works in the feed and a saved filter."""
    await add_person(caller.service.database, role="dispatcher")
    await sign_in(caller.http)
    for title in ("Third", "Second", "First"):
        await tell(program, title)
    await send(caller.http, "/dispatcher/views", {"query": "source=scheduling", "name": "Works", "shortcut": "4"})
    async with serving(settings, database_url) as address:
        yield address


async def tell(program: httpx.AsyncClient, title: str) -> None:
    """Let the program tell of a work that is late."""
    body = {"uid": str(uuid4()), "source": "scheduling", "kind": "planned_end", "title": title}
    answer = await program.post("/v1/feed", json=body | {"planned_at": "2026-11-01T10:00:00Z", "importance": 1})
    assert answer.status_code == 201, answer.text


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


@pytest.mark.parametrize("look", VISITS)
async def test_feed_and_lateness_are_accessible_and_fit(chromium: Browser, served: str, look: str) -> None:
    async with visitor(chromium, served, look) as page:
        await enter(page)
        await look_at(page, "dispatcher", "/dispatcher?source=scheduling", look)
        await page.locator("a[data-row]").first.click()
        await expect(page.locator("#h-detail")).to_have_text("First")
        await check(page, f"dispatcher-open-{look}")
        for name, path in (("none", "/dispatcher?words=zebra"), ("lateness", "/dispatcher/lateness?since=2026-11-01")):
            await look_at(page, f"dispatcher-{name}", path, look)


async def test_whole_flow_goes_by_the_keyboard(chromium: Browser, served: str) -> None:
    """PS-23, PS-34: a digit applies a saved filter, J and K or arrows move, Enter opens beside the feed."""
    async with visitor(chromium, served, "light") as page:
        await enter(page)
        await page.goto("/dispatcher")
        await press(page, "4")
        await page.wait_for_url("**/dispatcher?source=scheduling")

        await press(page, "j", "j", "ArrowDown", "k")
        assert await page.evaluate(FOCUSED) == "Second"
        await press(page, "Enter")

        await expect(page.locator("#h-detail")).to_have_text("Second")
        assert await page.evaluate(FOCUSED) == "Second"
        assert await page.locator("a[aria-current][data-row] b").inner_text() == "Second"


async def test_new_row_waits_under_the_bar_and_moves_nothing(
    chromium: Browser, served: str, program: httpx.AsyncClient
) -> None:
    """PS-03: it shows in under two seconds; the row under the cursor stays where it is, and keeps the focus."""
    async with visitor(chromium, served, "light") as page:
        await enter(page)
        async with page.expect_response("**/v1/live?**"):
            await page.goto("/dispatcher?source=scheduling")
        await press(page, "j", "j")
        place = await page.locator("a[data-row]").nth(1).bounding_box()

        await tell(program, "Newest")
        bar = page.get_by_text("Show 1 new row")
        await bar.wait_for(timeout=TWO_SECONDS)

        assert await page.locator("a[data-row]").nth(1).bounding_box() == place
        assert await page.evaluate(FOCUSED) == "Second"
        await bar.click()
        await expect(page.locator("a[data-row] b").first).to_have_text("Newest")
        await expect(page.locator("#news")).to_have_text("Up to date")


async def test_feed_reads_without_scripts(chromium: Browser, served: str) -> None:
    async with visitor(chromium, served, "light", has_scripts=False) as page:
        await enter(page)
        await page.goto("/dispatcher?source=scheduling")
        await page.locator("a[data-row]").nth(2).click()
        assert await page.locator("#h-detail").inner_text() == "Third"
