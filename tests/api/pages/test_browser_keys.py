"""Shortcuts: shown by ?, followed by g and a letter, off for whoever wants none; with what the reader may see alone."""

import pytest
from playwright.async_api import Browser, expect

from tests.api.pages.test_browser import VISITS, check, enter, has_focus, visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("look", VISITS)
async def test_question_mark_shows_the_keys_and_escape_closes_them(chromium: Browser, address: str, look: str) -> None:
    async with visitor(chromium, address, look) as page:
        await enter(page)
        await page.keyboard.press("?")
        shown = page.get_by_role("dialog", name="Keyboard shortcuts")
        await shown.wait_for()
        await expect(shown.get_by_text("Tasks")).to_be_visible()
        await expect(shown.get_by_text("Settings")).to_be_hidden()
        await check(page, f"keys-{look}")
        await page.keyboard.press("Escape")
        await expect(shown).to_be_hidden()


async def test_g_and_a_letter_go_to_a_page_and_slash_to_the_search(chromium: Browser, address: str) -> None:
    async with visitor(chromium, address, "light") as page:
        await enter(page)
        for key in ("g", "t"):
            await page.keyboard.press(key)
        await page.wait_for_url("**/tasks")
        await page.keyboard.press("/")
        await expect(page.locator("form.find input[type=search]")).to_be_focused()
        for key in ("g", "h"):
            await page.keyboard.press(key)
        await expect(page.locator("form.find input[type=search]")).to_have_value("gh")
        assert page.url.endswith("/tasks")


async def test_keys_that_are_switched_off_do_nothing(chromium: Browser, address: str) -> None:
    async with visitor(chromium, address, "light") as page:
        await enter(page)
        await page.locator("summary", has_text="Nora").click()
        await page.get_by_role("button", name="Keyboard shortcuts").click()
        await page.goto("/cards")
        for key in ("?", "g", "t", "n"):
            await page.keyboard.press(key)
        await expect(page.locator("#keys-help")).to_be_hidden()
        assert page.url.endswith("/cards")
        await page.focus("#main")
        await has_focus(page, "main")
