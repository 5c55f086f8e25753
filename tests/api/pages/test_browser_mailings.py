"""Mailings in a real browser: every page is accessible and fits, and what is typed is kept, with scripts and without."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from api.settings import Settings
from database.embedded import Server
from database.engine import Database
from tests.api.pages.conftest import database, serving
from tests.api.pages.mailing_shop import ALONE, DRAFT, SENT, STUCK, fill_mailing_shop, with_mail
from tests.api.pages.test_browser import VISITS, check_in, go_to, visitor
from tests.api.people import PASSWORD, add_person

pytestmark = pytest.mark.browser
LOGIN = "mira"
PATHS = {
    "list": "/mailings",
    "new": "/mailings/new",
    "setup": f"/mailings/{DRAFT}/setup",
    "message": f"/mailings/{DRAFT}/message?as=1",
    "recipients": f"/mailings/{DRAFT}/recipients?as=1",
    "left-out": f"/mailings/{DRAFT}/left-out?reason=unsubscribed",
    "left-out-none": f"/mailings/{DRAFT}/left-out?reason=archived",
    "check": f"/mailings/{DRAFT}/check",
    "draft": f"/mailings/{DRAFT}",
    "sent": f"/mailings/{SENT}",
    "sent-refused": f"/mailings/{SENT}?state=failed",
    "stuck": f"/mailings/{STUCK}",
    "result": f"/mailings/{SENT}/result?days=14",
    "result-alone": f"/mailings/{ALONE}/result",
    "templates": "/mailings/templates",
    "templates-archive": "/mailings/templates?archived=yes",
    "template": "/mailings/templates/1",
    "template-new": "/mailings/templates/new",
    "mailboxes": "/settings/mailboxes",
    "mailbox": "/settings/mailboxes/1",
    "mailbox-new": "/settings/mailboxes/new",
}


@pytest.fixture(scope="module")
async def office(postgres: Server, template: str, shop_settings: Settings) -> AsyncIterator[str]:
    """Give the address of a shop that writes to its customers; Mira is its administrator."""
    async with database(postgres, template, "test_mailings") as url:
        owner = Database(url, role=None)
        await owner.run(fill_mailing_shop)
        await add_person(owner, login=LOGIN, role="admin")
        await owner.close()
        async with serving(with_mail(shop_settings), url) as address:
            yield address


async def enter(page: Page) -> None:
    """Sign in."""
    await page.goto("/sign-in?next=%2Fmailings")
    await page.fill("#login", LOGIN)
    await page.fill("#password", PASSWORD)
    await page.click("button")
    await page.wait_for_url("**/mailings")


@pytest.mark.parametrize("look", VISITS)
async def test_every_page_of_mailings_is_accessible_and_fits(chromium: Browser, office: str, look: str) -> None:
    async with visitor(chromium, office, look) as page:
        await enter(page)
        for name, path in PATHS.items():
            await go_to(page, path)
            if name == "recipients":
                await expect(page.locator("#audience a[href^='/parties']").first).to_be_visible()
            await check_in(page, f"mailing-{name}", look)


async def test_what_is_typed_saves_itself_and_is_there_after_a_reload(chromium: Browser, office: str) -> None:
    """C77-83: the page says when it saved, the preview follows, and the next save is no conflict."""
    async with visitor(chromium, office, "light") as page:
        await enter(page)
        await page.goto(f"/mailings/{DRAFT}/message")
        for subject in ("Beans at 14.90", "Beans at 13.90"):
            before = await page.input_value("#version")
            await page.locator("#subject-A").press_sequentially(" ")
            await page.fill("#subject-A", subject)
            await page.locator("#subject-A").blur()
            await expect(page.locator("#version")).not_to_have_value(before)
            await expect(page.locator("#saved")).to_contain_text("Saved at")
            await expect(page.locator("#seen iframe").first).to_have_attribute(
                "src", f"/mailings/{DRAFT}/preview/A?v={await page.input_value('#version')}"
            )
        await page.reload()
        assert await page.input_value("#subject-A") == "Beans at 13.90"


async def test_recipients_are_counted_while_they_are_ticked(chromium: Browser, office: str) -> None:
    """C77-80: a segment is ticked, and the numbers follow with no button."""
    async with visitor(chromium, office, "light") as page:
        await enter(page)
        await page.goto(f"/mailings/{DRAFT}/recipients")
        before = await page.locator("#counted .figure").inner_text()
        await page.get_by_label("Regulars").uncheck()
        await expect(page.locator("#counted .figure")).not_to_have_text(before)
        await page.get_by_label("Regulars").check()
        await expect(page.locator("#counted .figure")).to_have_text(before)


async def test_mailing_is_written_from_its_name_to_its_last_look_without_scripts(
    chromium: Browser, office: str
) -> None:
    async with visitor(chromium, office, "phone", has_scripts=False) as page:
        await enter(page)
        await page.click("main a.btn.main")
        await page.fill("#name", "Tea")
        await page.get_by_label("Offers").check()
        await page.get_by_role("button", name="Begin").click()
        await page.select_option("#mailbox_id", "1")
        await page.get_by_role("button", name="Next: Message").click()
        await page.fill("#subject-A", "{{ first_name }}, tea")
        await page.fill("#html-A", "<p>{{ salutation }}, there is tea.</p>")
        await page.get_by_role("button", name="Save").click()
        assert "Saved at" in await page.locator("#saved").inner_text()
        await page.get_by_role("button", name="Next: Recipients").click()
        await page.get_by_label("Bought within 90 days").check()
        await page.get_by_role("button", name="Next: Check and send").click()
        await expect(page.get_by_role("button", name="Send to")).to_be_enabled()
