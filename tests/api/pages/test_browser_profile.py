"""Arranging a profile in a real Chromium: by mouse and by keyboard, kept for the user and for the next machine."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from api.settings import Settings
from database.embedded import Server
from database.engine import Database
from tests.api.pages.conftest import database, serving
from tests.api.pages.test_browser import visitor
from tests.api.pages.test_browser_settings import enter_as
from tests.api.people import LOGIN
from tests.factories import make_person

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
async def desk(postgres: Server, template: str, shop_settings: Settings) -> AsyncIterator[str]:
    """Give the address of an office with one party and one clerk."""
    async with database(postgres, template, "test_arranging") as url:
        owner = Database(url, role=None)
        await make_person(owner, "Anna Marsh")
        await owner.close()
        async with serving(shop_settings, url) as address:
            yield address


async def _panels(page: Page, column: str) -> list[str]:
    found = page.locator(f"[data-column={column}] [data-panel]")
    names: list[str] = await found.evaluate_all("panels => panels.map(one => one.dataset.panel)")
    return names


async def test_panels_are_arranged_by_mouse_and_by_keyboard_and_stay_so(chromium: Browser, desk: str) -> None:
    """BG-12."""
    async with visitor(chromium, desk, "light") as page:
        await enter_as(page, LOGIN, "/parties/1?arrange=1")
        wide = await _panels(page, "wide")
        first, second = wide[:2]
        await page.drag_and_drop(f"[data-panel={second}] h2", f"[data-panel={first}] h2")
        topmost = page.locator("[data-column=wide] [data-panel]").first
        await expect(topmost).to_have_attribute("data-panel", second)
        dragged = await _panels(page, "wide")

        narrow = await _panels(page, "narrow")
        await page.locator(f"[data-panel={narrow[0]}] [name=act][value=widen]").focus()
        await page.keyboard.press("Enter")
        await page.locator(f"[data-column=wide] [data-panel={narrow[0]}]").wait_for()
        widened = await _panels(page, "wide")
        await page.locator(f"[data-panel={second}] [name=act][value=later]").focus()
        await page.keyboard.press("Enter")
        await expect(topmost).not_to_have_attribute("data-panel", second)
        moved = await _panels(page, "wide")
    assert dragged == [second, first, *wide[2:]]
    assert set(widened) == {*wide, narrow[0]}
    assert moved[:2] == [widened[1], second]
    async with visitor(chromium, desk, "phone") as other:
        await enter_as(other, LOGIN, "/parties/1?arrange=1")
        assert await _panels(other, "wide") == moved
