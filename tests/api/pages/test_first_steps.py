"""The first hour: an empty shop is led to the first card that a real till reads, and the guide can be left."""

import asyncio
import shlex
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page

from api.demo.processes import program
from api.settings import Settings
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import VISITS, check, visitor
from tests.api.pages.test_browser_settings import enter_as
from tests.api.people import add_person, send, sign_in
from tests.conftest import Caller

TALLYCARD = [sys.executable, "-c", "from api.cli import main; main()"]


@pytest.fixture
async def owner(caller: Caller) -> httpx.AsyncClient:
    """Give the administrator of an empty shop, who is signed in."""
    await add_person(caller.service.database, login="owner", role="admin")
    await sign_in(caller.http, login="owner")
    return caller.http


async def test_steps_are_done_one_after_the_other_and_told_on_the_first_page(owner: httpx.AsyncClient) -> None:
    first = (await owner.get("/")).text
    await send(owner, "/start/shop", {"name": "Mill Lane"})
    await send(owner, "/start/store", {"code": "0001", "name": "Mill Lane 7"})
    later = (await owner.get("/")).text
    assert "0 of 6 steps are done." in first
    assert "2 of 6 steps are done." in later
    assert "Next: A series of cards." in later


async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_made(owner: httpx.AsyncClient) -> None:
    await send(owner, "/start/shop", {"name": "Mill Lane"})
    await send(owner, "/start/store", {"code": "0001", "name": "Mill Lane 7"})
    series = {"code": "CLUB", "name": "Club", "number_template": "29", "discount_percent": "5"}
    bad = await send(owner, "/start/series", series)
    assert bad.status_code == 422
    assert 'id="number_template-wrong"' in bad.text
    assert "2 of 6 steps are done." in bad.text


async def test_step_that_is_done_is_not_done_twice(owner: httpx.AsyncClient) -> None:
    await send(owner, "/start/shop", {"name": "Mill Lane"})
    await send(owner, "/start/store", {"code": "0001", "name": "Mill Lane 7"})
    again = await send(owner, "/start/store", {"code": "0002", "name": "Another"})
    assert again.headers["location"] == "/start"
    assert "Another" not in (await owner.get("/settings/tills")).text


async def test_guide_is_left_and_taken_up_again(owner: httpx.AsyncClient) -> None:
    left = await send(owner, "/start/leave", {"to": "leave"})
    without = (await owner.get("/")).text
    await send(owner, "/start/leave", {"to": "again"})
    assert left.headers["location"] == "/"
    assert 'id="guide"' not in without
    assert 'id="guide"' in (await owner.get("/")).text


async def test_sign_in_of_a_shop_without_users_says_how_the_first_one_is_made(caller: Caller) -> None:
    before = (await caller.http.get("/sign-in")).text
    await add_person(caller.service.database)
    assert "tallycard user create nora --role admin" in before
    assert "Nobody can sign in yet." not in (await caller.http.get("/sign-in")).text


async def test_clerk_is_not_led_through_the_first_hour(caller: Caller) -> None:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    assert 'id="guide"' not in (await caller.http.get("/")).text
    assert (await caller.http.get("/start")).status_code == 403
    assert (await send(caller.http, "/start/shop", {"name": "Mine"})).status_code == 403


async def test_till_keeps_the_first_card_that_it_reads_and_no_later_one(
    caller: Caller, owner: httpx.AsyncClient
) -> None:
    await _prepare(owner)
    admin = await caller.as_role("admin")
    made = (await admin.post("/v1/series/CLUB/cards", json={"count": 2})).json()["cards"]
    till = await caller.as_role("till", store="0001", till="1")
    assert (await till.post("/v1/cards/lookup", json={"number": "29010"})).status_code == 404
    before = (await owner.get("/start")).text
    for card in made:
        assert (await till.post("/v1/cards/lookup", json={"number": card["number"]})).status_code == 200
    after = (await owner.get("/start")).text
    assert "Till 1 of shop 0001 read its first card" not in before
    assert "Till 1 of shop 0001 read its first card" in after
    assert f'<a href="/cards/{made[0]["card_id"]}">The card</a>' in after
    assert "6 of 6 steps are done." in after


async def _prepare(owner: httpx.AsyncClient) -> None:
    """Take an empty shop as far as its first cards."""
    await send(owner, "/start/shop", {"name": "Mill Lane"})
    await send(owner, "/start/store", {"code": "0001", "name": "Mill Lane 7"})
    series = {"code": "CLUB", "name": "Club", "number_template": "2901%08^", "discount_percent": "5"}
    assert (await send(owner, "/start/series", series)).status_code == 303
    assert (await send(owner, "/start/cards", {})).status_code == 303


@pytest.mark.browser
@pytest.mark.parametrize("look", VISITS)
async def test_each_step_is_accessible_and_fits(
    chromium: Browser, caller: Caller, owner: httpx.AsyncClient, settings: Settings, database_url: str, look: str
) -> None:
    async with serving(settings, database_url) as address, visitor(chromium, address, look) as page:
        await enter_as(page, "owner")
        await check(page, f"home-first-steps-{look}")
        await page.goto("/start")
        await check(page, f"first-steps-{look}")
        await _prepare(owner)
        await page.goto("/start")
        await check(page, f"first-steps-till-{look}")
        await caller.as_role("till", store="0001", till="1")
        await page.goto("/start")
        await check(page, f"first-steps-scan-{look}")


@pytest.mark.browser
async def test_whole_way_goes_by_the_pages_to_a_card_read_by_a_real_till(
    chromium: Browser, owner: httpx.AsyncClient, settings: Settings, database_url: str, tmp_path: Path
) -> None:
    assert owner.cookies, "the administrator is made"
    with ExitStack() as tills:
        async with serving(settings, database_url) as address, visitor(chromium, address, "light") as page:
            await enter_as(page, "owner")
            await page.get_by_role("link", name="Begin").click()
            await _fill_steps(page)
            number = await _show_number(page)
            await page.goto("/start")
            await page.get_by_role("button", name="Make the code").click()
            command = await page.locator("code").inner_text()
            init = shlex.split(command.partition(" && ")[0])[1:]
            await asyncio.to_thread(subprocess.run, [*TALLYCARD, *init], cwd=tmp_path, check=True, capture_output=True)
            agent = await asyncio.to_thread(_start_till, tills, tmp_path)
            await page.get_by_role("link", name="It is passed on").click()
            await page.get_by_text("It stands here as soon as it is read").wait_for()
            await _read_card(chromium, agent, token=(tmp_path / "local.token").read_text().strip(), number=number)
            await page.get_by_text("Till 1 of shop 0001 read its first card").wait_for()
            await page.get_by_role("button", name="Put them away").click()
            await page.get_by_role("heading", name="Nothing waits for you today").wait_for()
            assert await page.locator("#guide").count() == 0


async def _fill_steps(page: Page) -> None:
    """Do the steps of the office by the keyboard alone."""
    for step, typed in (
        ("shop", {"name": "Mill Lane"}),
        ("store", {"name": "Mill Lane 7"}),
        ("series", {"name": "Club"}),
    ):
        for name, text in typed.items():
            await page.fill(f"#step-{step} #{name}", text)
        await page.keyboard.press("Enter")
        await page.locator(f"#step-{step}").get_by_text("Done").wait_for()
    await page.get_by_role("button", name="Make 10 cards").click()
    await page.locator("#step-cards").get_by_text("Done").wait_for()


async def _show_number(page: Page) -> str:
    """Give the whole number of a card, as its page shows it to whoever may see it."""
    await page.goto("/cards/1")
    await page.get_by_role("button", name="Show number").click()
    await page.get_by_text("That you saw the number").wait_for()
    return (await page.locator(".plate .number").inner_text()).replace(" ", "")


def _start_till(tills: ExitStack, folder: Path) -> str:
    """Start the agent of the till that was set up, on a free port, and give its address."""
    config = folder / "till.toml"
    config.write_text(f"port = 0\n{config.read_text()}")
    return tills.enter_context(program("till agent", "till", "--config", str(config), folder=folder, environment={}))


async def _read_card(chromium: Browser, agent: str, *, token: str, number: str) -> None:
    """Look a card up on the till's own page."""
    page = await chromium.new_page()
    await page.goto(agent)
    await page.fill("#token", token)
    await page.keyboard.press("Enter")
    await page.fill("#card", number)
    await page.get_by_role("button", name="Look up").click()
    await page.get_by_text("Club: 5.00 %").wait_for()
    await page.close()
