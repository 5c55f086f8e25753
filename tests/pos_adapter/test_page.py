"""The till's own page in a real Chromium: a reader is picked, its read is seen, a receipt is priced and posted."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from api.settings import Settings
from api.state import Service
from devices.simulator import SimulatedReader
from tests.pos_adapter.running import Till, running_till
from tests.pos_adapter.shop import Shop, know_snapshot, running_shop

SHOTS = Path(__file__).parents[1] / "shots"


@pytest.fixture
async def shop(settings: Settings, database_url: str, service: Service) -> AsyncIterator[Shop]:
    async with running_shop(settings, database_url, service) as shop:
        yield shop


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """Give a page of the machine's Chromium; where there is none the test is skipped, but for CI."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        reason = "there is no Chromium on this machine"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = await browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        await browser.close()
        assert complaints == []


@pytest.mark.browser
async def test_card_is_read_priced_and_posted_on_the_page(shop: Shop, tmp_path: Path, page: Page) -> None:
    [card] = await shop.make_cards("GOLD", discount_percent="10.00")
    with SimulatedReader(baud_rate=0) as scanner:
        readers = {"scanner": (scanner.port, "scanner-cr")}
        with running_till(tmp_path, shop.url, readers=readers, token=shop.till_token) as till:
            await know_snapshot(till)
            await _connect(page, till)
            await page.get_by_label("scanner: connected").check()
            scanner.scan(card["number"])
            await page.get_by_text("Gold: 10.00 %").wait_for()
            await page.get_by_role("button", name="Add a line").click()
            await page.get_by_label("Article").nth(1).fill("1002")
            await page.get_by_label("Price").nth(1).fill("2.50")
            await page.get_by_role("button", name="Price", exact=True).click()
            await page.get_by_text("card_percent GOLD 0.25").wait_for()
            assert await page.locator("#total").text_content() == "11.25"
            await page.get_by_role("button", name="Post, paid in cash").click()
            await page.get_by_text("Posted: 11.25").wait_for()
            await page.screenshot(path=SHOTS / "till-page.png", full_page=True)
            shop.stop()
            await page.get_by_role("button", name="Price", exact=True).click()
            await page.get_by_text("No connection to the server").wait_for()
            await page.get_by_role("button", name="Post, paid in cash").click()
            await page.get_by_text("Safe at the till, sent later: 11.25").wait_for()
            scanner.unplug()
            await page.get_by_text("no such device is plugged in").wait_for()
            await page.emulate_media(color_scheme="dark")
            await page.screenshot(path=SHOTS / "till-page-offline-dark.png", full_page=True)
            found = await Axe().run(page)
            await page.goto("about:blank")  # a page that is open would miss its till
    assert found.violations_count == 0, found.generate_report()


async def test_page_loads_nothing_from_elsewhere_and_runs_no_script_in_it(till: Till) -> None:
    async with httpx.AsyncClient(base_url=till.url) as stranger:
        answers = [await stranger.get(path) for path in ("/", "/till.js", "/till.css")]
    html = answers[0].text
    assert [answer.status_code for answer in answers] == [200] * 3
    assert "default-src 'none'; script-src 'self'" in answers[0].headers["Content-Security-Policy"]
    assert "unsafe" not in answers[0].headers["Content-Security-Policy"]
    assert "://" not in "".join(answer.text for answer in answers)
    assert html.count("<script") == html.count('<script type="module" src="/till.js">') == 1


async def test_page_of_the_till_may_call_it_and_a_page_beside_it_may_not(till: Till) -> None:
    async with till.client(Origin=till.url) as own, till.client(Origin="http://127.0.0.1:1") as beside:
        assert (await own.get("/v1/readers")).status_code == 200
        assert (await beside.get("/v1/readers")).status_code == 403


async def _connect(page: Page, till: Till) -> None:
    await page.goto(till.url)
    await page.get_by_label("Token of this till").fill(till.token)
    await page.get_by_role("button", name="Connect").click()
