"""Users, tills, tokens, the journal and the first page in a real Chromium: both themes and a phone, by keyboard alone."""

from collections.abc import AsyncIterator
from typing import get_args

import pytest
from playwright.async_api import Browser, Page

from api.auth.enrolments import open_enrolment
from api.auth.model import UserRole
from api.auth.tokens import create_token
from api.settings import Settings
from api.state import read_clock
from database.activity import Act
from database.embedded import Server
from database.engine import Database
from tests.api.pages.conftest import database, serving
from tests.api.pages.shop import fill_shop
from tests.api.pages.test_browser import VISITS, check, check_access, go_to, has_focus, look_at, visitor
from tests.api.people import PASSWORD, add_person
from tests.conftest import ACT

pytestmark = pytest.mark.browser

PAGES = {
    "users": "/settings/users",
    "users-none": "/settings/users?find=zzz",
    "user": "/settings/users/2",
    "user-new": "/settings/new-user",
    "user-disable": "/settings/users/2/disable",
    "user-password": "/settings/users/2/password",
    "tills": "/settings/tills",
    "till-store": "/settings/tills/store?code=0001",
    "tokens": "/settings/tokens",
    "access": "/settings/access",
    "user-sessions": "/settings/users/1/sessions",
    "journal": "/settings/audit",
    "journal-none": "/settings/audit?record=card:999999",
}


@pytest.fixture(scope="module")
async def desk(postgres: Server, template: str, shop_settings: Settings) -> AsyncIterator[str]:
    """Give the address of a shop with somebody of each role, and with tokens and codes of tills."""
    async with database(postgres, template, "test_desk") as url:
        owner = Database(url, role=None)
        await owner.run(fill_shop, today=ACT.at.date())
        for role in get_args(UserRole):
            await add_person(owner, login=role, role=role)
        now = Act("user:admin", read_clock())
        await owner.run(create_token, role="till", store="0001", till="1", act=now)
        await owner.run(open_enrolment, store="0001", till="2", act=now)
        await owner.run(create_token, role="clerk", act=now)
        await owner.close()
        async with serving(shop_settings, url) as address:
            yield address


async def enter_as(page: Page, login: str, path: str = "/") -> None:
    """Sign in as somebody and go on to a page."""
    await page.goto("/sign-in")
    await page.fill("#login", login)
    await page.fill("#password", PASSWORD)
    await page.click("button")
    await page.get_by_role("heading", name="Home").wait_for()
    if path != "/":
        await go_to(page, path)


@pytest.mark.parametrize("look", VISITS)
async def test_every_page_of_the_settings_is_accessible_and_fits(chromium: Browser, desk: str, look: str) -> None:
    async with visitor(chromium, desk, look) as page:
        await enter_as(page, "admin")
        for name, path in PAGES.items():
            await look_at(page, name, path, look)


@pytest.mark.parametrize("role", get_args(UserRole))
async def test_first_page_of_each_role_is_its_own(chromium: Browser, desk: str, role: UserRole) -> None:
    """C77-25: what stands first differs, and every link of the page and the navigation may be followed."""
    async with visitor(chromium, desk, "light") as page:
        await enter_as(page, role)
        await page.wait_for_load_state("networkidle")
        await check(page, f"home-{role}")
        links = await page.eval_on_selector_all("nav a, main a", "links => links.map(one => one.getAttribute('href'))")
        refused = [link for link in dict.fromkeys(links) if (await page.request.get(link)).status == 403]
    assert refused == []


async def test_keyboard_alone_makes_a_user_who_can_sign_in(chromium: Browser, desk: str) -> None:
    async with visitor(chromium, desk, "light") as page:
        await enter_as(page, "admin", "/settings/users")
        await page.get_by_role("link", name="New user").focus()
        await page.keyboard.press("Enter")
        await page.focus("#login")
        for key in ("greta", "Tab", "Greta Holm", "Tab", "Sales", "Tab", "204", "Enter"):
            await (page.keyboard.press(key) if key in {"Tab", "Enter"} else page.keyboard.type(key))
        await page.get_by_role("heading", name="Password of greta").wait_for()
        await check(page, "user-made")
        password = await page.inner_text(".secret output")
    async with visitor(chromium, desk, "light") as page:
        await page.goto("/sign-in")
        await page.fill("#login", "greta")
        await page.fill("#password", password)
        await page.keyboard.press("Enter")
        await page.get_by_text("Greta Holm · Sales").wait_for()


async def test_refused_user_keeps_what_was_typed_and_leads_to_the_field(chromium: Browser, desk: str) -> None:
    async with visitor(chromium, desk, "phone") as page:
        await enter_as(page, "admin", "/settings/new-user")
        await page.fill("#login", "clerk")
        await page.fill("#name", "Somebody Else")
        await page.get_by_role("button", name="Make user").click()
        await page.get_by_role("alert").wait_for()
        await has_focus(page, "summary")
        assert await page.input_value("#name") == "Somebody Else"
        await check(page, "user-refused-phone")


async def test_code_for_a_till_is_shown_once_in_big_letters(chromium: Browser, desk: str) -> None:
    async with visitor(chromium, desk, "phone") as page:
        await enter_as(page, "director", "/settings/tills")
        await page.fill("#store", "0009")
        await page.fill("#till", "1")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Code for till 1 of shop 0009").wait_for()
        code = await page.inner_text(".secret output")
        await check(page, "till-code-phone")
        await page.get_by_role("link", name="It is passed on").click()
        await page.get_by_text("good until").wait_for()
        assert code not in await page.content()


async def test_token_of_a_till_is_ended_after_a_second_look(chromium: Browser, desk: str) -> None:
    async with visitor(chromium, desk, "light") as page:
        await enter_as(page, "director", "/settings/tills/store?code=0001")
        summary = page.locator("summary", has_text="Make void…").first
        await summary.focus()
        await page.keyboard.press("Enter")
        await check(page, "till-token-end")
        await page.locator("details[open] button").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("status").get_by_text("The token is void").wait_for()


async def test_journal_is_filtered_in_place_and_the_address_carries_it(chromium: Browser, desk: str) -> None:
    async with visitor(chromium, desk, "light") as page:
        await enter_as(page, "director", "/settings/audit")
        await page.select_option("#act", label="Code for a till made")
        await page.fill("#actor", "Admin")
        await page.get_by_role("button", name="Filter").click()
        await page.wait_for_url("**/settings/audit?actor=Admin&act=enrolment.opened&**")
        await page.get_by_role("cell", name="Signed in").first.wait_for(state="detached")
        assert await page.locator("tbody tr").count() == 1
        await check_access(page, "after the filter")


async def test_own_password_is_changed_by_keyboard(chromium: Browser, desk: str) -> None:
    async with visitor(chromium, desk, "light") as page:
        await enter_as(page, "marketing", "/account")
        await page.focus("#old")
        for key in ("wrong", "Tab", "a new long password", "Tab", "a new long password", "Enter"):
            await (page.keyboard.press(key) if key in {"Tab", "Enter"} else page.keyboard.type(key))
        await page.get_by_role("alert").wait_for()
        assert await page.input_value("#new") == ""
        await check(page, "account-refused")
        await page.fill("#old", PASSWORD)
        await page.fill("#new", "a new long password")
        await page.fill("#again", "a new long password")
        await page.keyboard.press("Enter")
        await page.get_by_role("status").get_by_text("The password was changed").wait_for()
        await page.select_option("#language", value="bg")
        await page.get_by_role("button", name="Save language").click()
        await page.get_by_role("status").get_by_text("Езикът е променен").wait_for()
