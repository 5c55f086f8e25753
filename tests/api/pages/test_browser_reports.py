"""Reports in a real browser: accessible and fitting in every look, asked and sent by keyboard and form."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from api.settings import Settings
from database.embedded import Server
from database.engine import Database
from tests.api.pages.conftest import database, serving
from tests.api.pages.shop import fill_shop
from tests.api.pages.test_browser import VISITS, look_at, visitor
from tests.api.people import PASSWORD, add_person
from tests.conftest import ACT

pytestmark = pytest.mark.browser
LOGIN = "rita"
YEAR = "period=own&since=2025-12-01&until=2026-11-30"
PATHS = {
    "index": "/reports",
    "turnover": f"/reports/turnover?{YEAR}&by=store&step=month&compare=yes",
    "tiers": f"/reports/tiers?{YEAR}",
    "retention": f"/reports/retention?{YEAR}",
    "discounts": f"/reports/discounts?{YEAR}&store=0001",
    "balances": f"/reports/balances?{YEAR}&by=series",
    "empty": "/reports/points?period=own&since=1999-01-01",
    "wrong": "/reports/turnover?by=colour",
    "letters": "/reports/letters",
}


@pytest.fixture(scope="module")
async def desk(postgres: Server, template: str, shop_settings: Settings) -> AsyncIterator[str]:
    """Give the address of a shop with a year behind it; Rita leads it."""
    async with database(postgres, template, "test_reports_pages") as url:
        owner = Database(url, role=None)
        await owner.run(fill_shop, today=ACT.at.date())
        await add_person(owner, login=LOGIN, role="director")
        await owner.close()
        async with serving(shop_settings, url) as address:
            yield address


async def enter(page: Page) -> None:
    """Sign in."""
    await page.goto("/sign-in?next=%2Freports")
    await page.fill("#login", LOGIN)
    await page.fill("#password", PASSWORD)
    await page.press("#password", "Enter")
    await page.wait_for_url("**/reports")


@pytest.mark.parametrize("look", VISITS)
async def test_every_page_of_reports_is_accessible_and_fits(chromium: Browser, desk: str, look: str) -> None:
    async with visitor(chromium, desk, look) as page:
        await enter(page)
        for name, path in PATHS.items():
            await look_at(page, f"report-{name}", path, look, is_refused=name == "wrong")


async def test_report_is_asked_and_sent_by_its_forms(chromium: Browser, desk: str) -> None:
    async with visitor(chromium, desk, "light") as page:
        await enter(page)
        await page.click("text=Turnover")
        await expect(page.locator("#since")).to_be_hidden()
        await page.select_option("#period", "own")
        await page.fill("#since", "2026-01-01")
        await page.fill("#until", "2026-06-30")
        await page.select_option("#by", "series")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_role("heading", name="1 Jan 2026 – 30 Jun 2026")).to_be_visible()
        await page.get_by_role("button", name="Send by mail").click()
        await expect(page.get_by_role("status").first).to_contain_text("will be sent to you")
        await page.get_by_role("button", name="Send Turnover no more").click()
        await expect(page.get_by_role("heading", name="No report is sent to you")).to_be_visible()
