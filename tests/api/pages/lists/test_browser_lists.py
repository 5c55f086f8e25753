"""Lists, search and calls in a real Chromium: both themes and a phone, by keyboard alone, without scripts."""

import re

import httpx
import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import text

from database.engine import Database
from tests.api.pages.test_browser import VISITS, check, check_access, enter, has_focus, look_at, visitor
from tests.conftest import Caller

pytestmark = pytest.mark.browser

COLUMNS = "kind,legal_status,relations,groups,phone,email,city,country,birth_date,cards,turnover,party.size,party.likes"
PAGES = {
    "parties": "/parties",
    "parties-wide": f"/parties?columns={COLUMNS}&sort=-party.size",
    "parties-filtered": "/parties?where=city~is~Sofia&where=turnover~at_least~1.00&where=group~any_of~vip~press",
    "parties-none": "/parties?where=name~has~nobody",
    "parties-gone": "/parties?where=group~any_of~gone",
    "parties-adding": "/parties?add=card.held",
    "parties-adding-groups": "/parties?add=group.any_of",
    "parties-view": "/parties/view?where=city~is~Sofia",
    "parties-change": "/parties/change?which=all&where=city~is~Sofia",
    "parties-change-group": "/parties/change?which=ticked&party=2&act=add_to_group",
    "parties-change-attribute": "/parties/change?which=ticked&party=2&act=set_attribute&attribute=party.band",
    "parties-refused": "/parties?add=turnover.at_least_in&sent=yes&first=x",
    "persons": "/persons",
    "persons-none": "/persons?find=nobody+at+all",
    "search": "/search?find=ivanova",
    "search-none": "/search?find=qqqqqq",
    "search-box": "/search",
    "call-box": "/call",
    "call-unknown": "/call?number=%2B359888999888&find=ivan",
    "call-wrong": "/call?number=x",
}
REFUSED = {"parties-gone", "parties-refused", "call-wrong"}


async def phone_of(crowd: Caller) -> str:
    """Give the phone of a party that has it alone."""
    query = """select min(value) from party_contact join party p on p.id = party_id
        where party_contact.kind = 'phone' and archived_at is null and merged_into is null
        group by party_id having count(*) = 1 limit 1"""
    async with crowd.service.database.connection() as connection:
        return str((await connection.execute(text(query))).scalar_one())


@pytest.mark.parametrize("look", VISITS)
async def test_every_list_is_accessible_and_fits(
    chromium: Browser, crowd: Caller, crowd_address: str, look: str
) -> None:
    caller_path = f"/call?number={(await phone_of(crowd)).replace('+', '%2B')}"
    async with visitor(chromium, crowd_address, look) as page:
        await enter(page)
        for name, path in (PAGES | {"call": caller_path}).items():
            await look_at(page, name, path, look, is_refused=name in REFUSED)


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


async def test_filter_is_added_and_removed_by_keyboard_alone(chromium: Browser, crowd_address: str) -> None:
    async with visitor(chromium, crowd_address, "light") as page:
        await enter(page)
        await page.goto("/parties")
        await page.focus("#add")
        await page.keyboard.type("city is")
        await press(page, "Tab", "Enter")
        await has_focus(page, "first")
        await page.keyboard.type("varna")
        await press(page, "Enter")
        await page.wait_for_url("**/parties?where=city~is~varna")
        await page.get_by_role("link", name=re.compile("Remove the filter: city is")).focus()
        await press(page, "Enter")
        await page.wait_for_url("**/parties")


async def test_palette_leads_to_pages_and_parties_by_keyboard_alone(chromium: Browser, crowd_address: str) -> None:
    """BG-33: two keystroke acts, and what was typed."""
    async with visitor(chromium, crowd_address, "light") as page:
        await enter(page)
        await press(page, "Control+k")
        await page.get_by_role("combobox", name="Page or search").wait_for()
        await page.keyboard.type("recei")
        await page.get_by_role("option", name="Receipts").wait_for()
        await press(page, "Enter")
        await page.wait_for_url("**/receipts")
        await press(page, "Control+k")
        await page.keyboard.type("ivanova")
        await page.locator("#palette [data-href^='/parties/']").first.wait_for()
        await check_access(page, "palette")
        await page.screenshot(path="tests/shots/palette-light.png")
        await press(page, "ArrowDown", "ArrowUp", "Enter")
        await page.wait_for_url(re.compile(r"/parties/\d+"))


async def test_palette_closes_and_its_key_can_be_switched_off(chromium: Browser, crowd_address: str) -> None:
    async with visitor(chromium, crowd_address, "dark") as page:
        await enter(page)
        await press(page, "Control+k")
        palette = page.locator("#palette")
        await palette.wait_for()
        await press(page, "Escape")
        await palette.wait_for(state="hidden")
        await page.click("details.menu summary")
        await page.get_by_role("button", name="Keyboard shortcuts", pressed=True).click()
        await page.goto("/parties")
        await page.evaluate(
            "window.addEventListener('keydown', (event) => (document.body.dataset.pressed = event.key))"
        )
        await press(page, "Control+k")
        await expect(page.locator("body")).to_have_attribute("data-pressed", "k")
        assert not await palette.is_visible()


async def test_lists_search_and_calls_work_without_scripts(
    chromium: Browser, crowd: Caller, crowd_address: str
) -> None:
    phone = await phone_of(crowd)
    async with visitor(chromium, crowd_address, "light", has_scripts=False) as page:
        await enter(page)
        await page.goto("/parties")
        await page.select_option("#add", "city.is")
        await page.get_by_role("button", name="Add", exact=True).click()
        await page.fill("#first", "varna")
        await page.get_by_role("button", name="Add filter").click()
        await page.wait_for_url("**/parties?where=city~is~varna")
        await page.get_by_role("button", name="Change all of the filter…").click()
        await page.get_by_label("Add to a group").check()
        await page.get_by_role("button", name="Next").click()
        await page.get_by_role("button", name="Show what comes of it").click()
        await page.get_by_text("Nothing has changed yet.").wait_for()
        await page.fill("input[type=search]", "ivanova")
        await page.press("input[type=search]", "Enter")
        await page.wait_for_url("**/search?find=ivanova")
        await page.goto("/call")
        await page.fill("#number", phone)
        await page.press("#number", "Enter")
        await page.get_by_role("button", name="Log call").click()
        await page.get_by_text("The call is logged.").wait_for()


async def ring(crowd: Caller, number: str) -> None:
    exchange: httpx.AsyncClient = await crowd.as_role("clerk")
    answer = await exchange.post("/v1/calls", json={"number": number, "extension": "101"})
    assert answer.status_code == 201


async def lose_listeners(crowd: Caller) -> None:
    query = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tallycard listener'"
    owner = Database(crowd.service.database.url, role=None)
    async with owner.connection() as connection:
        await connection.execute(text(query))
    await owner.close()


async def test_ringing_call_shows_on_the_open_page_and_leads_to_the_caller(
    chromium: Browser, crowd: Caller, crowd_address: str
) -> None:
    """C77-24, BG-33: the page is told; a dropped connection heals and misses nothing; what was closed stays closed."""
    async with crowd.service.database.connection() as connection:
        await connection.execute(text("update app_user set extension = '101'"))
    phone = await phone_of(crowd)
    async with visitor(chromium, crowd_address, "phone") as page:
        await enter(page)
        async with page.expect_response("**/v1/calls/events**"):
            await page.goto("/parties")
        await ring(crowd, "+359 888 000 111")
        toast = page.locator(".toast")
        await toast.get_by_text("Call from +359 888 000 111").wait_for()
        await check(page, "call-toast-phone")
        await toast.get_by_role("button", name="Close").click()
        await page.reload()
        await ring(crowd, phone)
        await toast.get_by_role("link", name="Show caller").click()
        await page.get_by_role("heading", name="Log this call").wait_for()
        await page.goto("/persons")
        await page.get_by_role("heading", name="Contact persons").first.wait_for()
        assert await toast.count() == 0
        await lose_listeners(crowd)
        await ring(crowd, "+359 888 000 222")
        await toast.get_by_text("Call from +359 888 000 222").wait_for()
        await page.context.set_offline(offline=True)
        await page.context.set_offline(offline=False)
        await ring(crowd, "+359 888 000 333")
        await toast.get_by_text("Call from +359 888 000 333").wait_for()
