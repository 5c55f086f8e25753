"""Segments and classes of buyers in a real browser: accessible, fitting, counted while conditions are put together."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from api.settings import Settings
from crm.scores.repository import score_all
from database.embedded import Server
from database.engine import Database
from tests.api.pages.conftest import database, serving
from tests.api.pages.mailing_shop import fill_mailing_shop
from tests.api.pages.test_browser import VISITS, check_access, look_at, visitor
from tests.api.people import PASSWORD, add_person
from tests.conftest import ACT

pytestmark = pytest.mark.browser
LOGIN = "mira"
PATHS = {
    "list": "/segments",
    "archive": "/segments?archived=yes",
    "new": "/segments/new",
    "one": "/segments/1",
    "scores": "/scores",
    "parties": "/parties?where=segment~any_of~1",
}


@pytest.fixture(scope="module")
async def desk(postgres: Server, template: str, shop_settings: Settings) -> AsyncIterator[str]:
    """Give the address of a shop with a segment and scored buyers; Mira does its marketing."""
    async with database(postgres, template, "test_segments_pages") as url:
        owner = Database(url, role=None)
        await owner.run(fill_mailing_shop)
        await owner.run(score_all, today=ACT.at.date())
        await add_person(owner, login=LOGIN, role="marketing")
        await owner.close()
        async with serving(shop_settings, url) as address:
            yield address


async def enter(page: Page) -> None:
    """Sign in."""
    await page.goto("/sign-in?next=%2Fsegments")
    await page.fill("#login", LOGIN)
    await page.fill("#password", PASSWORD)
    await page.click("button")
    await page.wait_for_url("**/segments")


@pytest.mark.parametrize("look", VISITS)
async def test_every_page_of_segments_is_accessible_and_fits(chromium: Browser, desk: str, look: str) -> None:
    async with visitor(chromium, desk, look) as page:
        await enter(page)
        await expect(page.locator("td a[href^='/parties']").first).to_have_text("116")
        for name, path in PATHS.items():
            await look_at(page, f"segment-{name}", path, look)


async def test_conditions_are_put_together_and_the_count_follows(chromium: Browser, desk: str) -> None:
    """BG-30, BG-32: from nothing to a kept segment, each step with its count and without a page in between."""
    async with visitor(chromium, desk, "light") as page:
        await enter(page)
        await page.goto("/segments/new")
        figure = page.locator("#builder output .figure")
        await page.select_option("#offer-", "name.begins")
        await page.get_by_role("button", name="Add", exact=True).click()
        await page.get_by_label("New condition").get_by_role("textbox").fill("Anna")
        await page.get_by_role("button", name="Add the condition").click()
        await expect(figure).to_be_visible()
        annas = await figure.inner_text()
        await page.select_option("#offer-", "email.given")
        await page.get_by_role("button", name="Add", exact=True).click()
        turns = page.get_by_role("button", name="Turn round: ")
        await expect(turns).to_have_count(2)
        await turns.last.click()
        await expect(figure).not_to_have_text(annas)
        await check_access(page, "segment-built")
        await page.select_option("#mode-", "any")
        await expect(page.locator("#builder")).to_contain_text("or")
        await page.fill("#name", "Annas and those without e-mail")
        await page.get_by_role("button", name="Save").click()
        await page.wait_for_url("**/segments")
        await expect(page.get_by_role("link", name="Annas and those without e-mail", exact=True)).to_be_visible()
