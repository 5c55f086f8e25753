"""A customer's own page on a phone: a till's reader takes its codes off the screen, and it works without a script."""

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from io import BytesIO

import pytest
import zxingcpp
from msgspec import structs
from PIL import Image
from playwright.async_api import Browser, Page, expect
from sqlalchemy import text

from api.settings import Settings
from crm.own_pages.service import make_link
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import VISITS, check, check_in, enter, keep_picture, look_at, visitor
from tests.api.people import add_person
from tests.api.rest.shop import Shop, ShopCard
from tests.conftest import ACT, calling
from tests.factories import make_line, make_person

pytestmark = pytest.mark.browser
KEY = "a key of the tests, long enough"
EAN, LONG = "2900000000018", "TC-7-0042-117"
UP = [{"from": "0.00", "to": "500.00", "set": "5"}, {"from": "500.00", "set": "10"}]
GOODS = (("Coffee beans, 1 kg", "18.40", "1.84"), ("Rye loaf, 800 g", "3.20", "0.32"))


async def fill(shop: Shop) -> tuple[str, str]:
    """Make Anna, who holds a card of each kind and one that is blocked, and Boris, who holds none; give their paths."""
    database = shop.caller.service.database
    await add_person(database)
    anna = await make_person(database, "Anna Marsh", phone="+359888777555")
    boris = await make_person(database, "Boris Hale")
    contact = {"kind": "email", "value": "anna@shop.example"}
    await shop.admin.post(f"/v1/parties/{anna}/contacts", json=contact)
    gold = await make_gold(shop)
    gift = await shop.make_card(kind="credit", name="Gift card", number_template=None, number=LONG)
    await shop.top_up(gift, "40.00")
    lifetime = {"per_money": "1", "value": "0.05", "lifetime": "P1Y"}
    bonus = await shop.make_card(kind="bonus", name="Bonus", points=lifetime)
    lost = await shop.make_card(name="Silver", discount_percent="3")
    for card in (gold, gift, bonus, lost):
        await shop.admin.patch(f"/v1/cards/{card.id}", json={"holder_id": anna})
    lines = [
        make_line(number, price=price, net=str(Decimal(price) - Decimal(off)), discount=off, name=name)
        for number, (name, price, off) in enumerate(GOODS, 1)
    ]
    for card in (gold, gold, bonus):
        await shop.sell(*lines, card=card.ref, total="19.44")
    await shop.act(lost, "block", reason="lost")
    async with database.connection() as connection:
        await connection.execute(text("update shop set name = 'Mill Lane Coffee'"))
    tokens = [await database.run(make_link, one, key=KEY, days=None, act=ACT) for one in (anna, boris)]
    return f"/my/{tokens[0]}", f"/my/{tokens[1]}"


async def make_gold(shop: Shop) -> ShopCard:
    """Make a card whose percent grows with the turnover of a year."""
    code = await shop.put_series(name="Gold", discount_percent="5", number_template=None)
    rules = {"turnover": {"period": "year", "entries": UP}}
    assert (await shop.admin.put(f"/v1/series/{code}/rules", json=rules)).status_code == 201
    return await shop.make_card(code, number=EAN)


@pytest.fixture
async def served(settings: Settings, database_url: str) -> AsyncIterator[tuple[str, str, str]]:
    """Give the address of a shop, and the paths of the pages of Anna and Boris."""
    public = structs.replace(settings, mail_key=KEY)
    async with calling(public, database_url) as caller:
        anna, boris = await fill(Shop(caller, await caller.as_role("admin"), database_url))
    async with serving(public, database_url) as address:
        yield address, anna, boris


async def read_codes(page: Page) -> set[str]:
    """Read what stands on the screen as a till's reader does."""
    picture = Image.open(BytesIO(await page.screenshot(full_page=True)))
    return {code.text for code in zxingcpp.read_barcodes(picture)}


@pytest.mark.parametrize("look", VISITS)
async def test_own_page_is_accessible_and_fits(chromium: Browser, served: tuple[str, str, str], look: str) -> None:
    address, anna, boris = served
    async with visitor(chromium, address, look) as page:
        for name, path in {"own": anna, "own-ru": f"{anna}?language=ru", "own-none": boris}.items():
            await look_at(page, name, path, look)
        await page.goto(anna)
        for summary in await page.locator("summary").all():
            await summary.click()
        await check_in(page, "own-open", look)
        await look_at(page, "own-gone", "/my/nothing", look, is_refused=True)


async def test_reader_takes_the_codes_off_a_phone_in_the_dark(chromium: Browser, served: tuple[str, str, str]) -> None:
    address, anna, _ = served
    async with visitor(chromium, address, "phone", has_scripts=False) as page:
        await page.goto(anna)
        assert {EAN, LONG} <= await read_codes(page)
        assert await page.locator("figure > svg:visible").count() == 3  # the blocked card has none
        await page.get_by_text("As a QR code").first.click()
        qr = page.locator("details[open] svg.square").first
        shown = zxingcpp.read_barcodes(Image.open(BytesIO(await qr.screenshot())))
        assert [(one.text, one.format) for one in shown] == [(EAN, zxingcpp.BarcodeFormat.QRCode)]


async def test_customer_sees_what_is_missing_and_asks_for_a_correction_without_a_script(
    chromium: Browser, served: tuple[str, str, str]
) -> None:
    address, anna, _ = served
    async with visitor(chromium, address, "phone", has_scripts=False) as page:
        await page.goto(anna)
        gold = page.get_by_role("region", name="Gold")
        await expect(gold).to_contain_text("€38.88")
        await expect(gold).to_contain_text(re.compile(r"€461\.12 more by 31 Dec \d{4} for a discount of 10%"))
        await expect(page.get_by_role("region", name="Gift card")).to_contain_text("€40.00")
        await expect(page.get_by_role("region", name="Bonus")).to_contain_text("of them until")
        await page.locator(".bought summary").first.click()
        await expect(page.locator(".bought[open]")).to_contain_text("Rye loaf, 800 g")
        await page.get_by_label("What should be corrected").fill("My phone is +359 88 123")
        await page.get_by_role("button", name="Ask the shop").click()
        await expect(page.get_by_role("status")).to_contain_text("The shop has what you wrote")
        await page.get_by_label("News").check()
        await page.get_by_role("button", name="Save").click()
        assert await page.get_by_label("News").is_checked()
        await keep_picture(page, "own-saved-phone")


async def test_clerk_makes_a_link_and_the_customer_s_phone_scans_it(
    chromium: Browser, served: tuple[str, str, str]
) -> None:
    address, anna, _ = served
    async with visitor(chromium, address, "light") as page:
        await enter(page)
        await page.goto("/parties/1")
        panel = page.locator("#panel-own_page")
        await expect(panel).to_contain_text("not yet")
        await check_in(page, "own-profile", "light")
        await panel.get_by_role("button", name="New link").click()
        await page.get_by_text("It is shown once").wait_for()
        await check_in(page, "own-link-made", "light")
        (scanned,) = await read_codes(page)
        assert scanned.startswith(f"{address}/my/")
        assert scanned != f"{address}{anna}"
    async with visitor(chromium, address, "phone") as page:
        await page.goto(scanned)
        await page.get_by_role("heading", name="Hello, Anna Marsh").wait_for()
        await page.goto(anna)
        await page.get_by_role("heading", name="There is no page here").wait_for()
    async with visitor(chromium, address, "phone") as page:
        await enter(page)
        await page.goto("/parties/1/own-page")
        await check(page, "own-link-phone")
        await page.get_by_role("button", name="Send to anna@shop.example").click()
        await expect(page.get_by_role("alert")).to_contain_text("No letter can go out")
        await check(page, "own-link-refused-phone")
        await page.get_by_role("button", name="End the link").click()
        await page.wait_for_url("**/parties/1#panel-own_page")
        await expect(page.locator("#panel-own_page")).to_contain_text("no link to it yet")
