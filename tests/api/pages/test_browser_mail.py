"""Mail in a real browser: every page is accessible and fits, drafts save themselves, addresses are completed."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from api.settings import Settings
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import VISITS, check_in, enter, go_to, visitor
from tests.api.pages.test_mail import with_html
from tests.api.people import add_person, send, sign_in
from tests.conftest import Caller
from tests.crm.mail.post import add_mailbox, come, letter
from tests.crm.merging.people import add_party, fetch

pytestmark = pytest.mark.browser
PATHS = {
    "inbox": "/mail",
    "sent": "/mail?folder=sent",
    "drafts": "/mail?folder=drafts",
    "none": "/mail?text=nothing",
    "thread": "/mail/2",
    "html": "/mail/3",
    "new": "/mail/new?party=1",
    "draft": "/mail/4/edit",
    "failed": "/mail/5/edit",
}


@pytest.fixture
async def served(caller: Caller, settings: Settings, database_url: str) -> AsyncIterator[str]:
    """Give the address of a shop whose administrator Nora has mail of Anna and the mill, a draft and a failed one."""
    database = caller.service.database
    await add_person(database, role="admin")
    await add_party(database, "Anna Marsh", emails=["anna@example.com"])
    await add_party(database, "Lantern Mill", kind="organisation", emails=["office@mill.example"])
    await add_party(database, "Boris", emails=["office@mill.example"])
    await add_mailbox(database)
    await add_mailbox(database, "Orders")
    await come(database, 1, letter(Message_ID="<a@x>"), letter("Re: Beans", In_Reply_To="<a@x>"), with_html())
    await sign_in(caller.http)
    for _ in range(2):
        await send(caller.http, "/mail/1/reply", {})
    await fetch(database, "update mail_message set state = 'failed', problem = '550 5.1.1 User unknown' where id = 5")
    async with serving(settings, database_url) as address:
        yield address


@pytest.mark.parametrize("look", VISITS)
async def test_every_page_of_mail_is_accessible_and_fits(chromium: Browser, served: str, look: str) -> None:
    """PS-05: and the message in its frame loads nothing from elsewhere, of which the browser would complain."""
    async with visitor(chromium, served, look) as page:
        await enter(page)
        for name, path in PATHS.items():
            await go_to(page, path)
            await page.wait_for_load_state("networkidle")
            await check_in(page, f"mail-{name}", look)


async def test_new_message_saves_itself_as_one_draft_while_it_is_typed(chromium: Browser, served: str) -> None:
    async with visitor(chromium, served, "light") as page:
        await enter(page)
        await page.goto("/mail/new?party=1")
        await page.get_by_label("Subject").fill("Beans are here")
        await page.get_by_label("Subject").press("Tab")
        await expect(page.locator("#saved")).to_contain_text("Saved at")
        number = await page.locator("#draft").input_value()
        await page.locator("#text").fill("They came this morning.")
        await page.locator("#text").press("Tab")  # a button has the focus now, and is not pressed by that
        await expect(page.locator("#version")).to_have_value("2")
        assert await page.locator("#draft").input_value() == number
        await page.get_by_role("button", name="Send", exact=True).click()
        await page.wait_for_url("**/mail?folder=sent")
        await expect(page.get_by_role("link", name="Beans are here")).to_have_count(1)


async def test_addresses_of_parties_are_offered_as_options(chromium: Browser, served: str) -> None:
    async with visitor(chromium, served, "light") as page:
        await enter(page)
        await page.goto("/mail/new")
        await page.get_by_label("To", exact=True).press_sequentially("lantern")
        option = page.locator("#to-known option")
        await expect(option).to_have_attribute("value", "Lantern Mill <office@mill.example>")


async def test_frame_of_a_message_runs_nothing(chromium: Browser, served: str) -> None:
    async with visitor(chromium, served, "light") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await enter(page)
        await page.goto("/mail/3")
        await expect(page.frame_locator("iframe").get_by_text("Prices")).to_be_visible()
        assert [url for url in asked if not url.startswith((served, "data:"))] == []
