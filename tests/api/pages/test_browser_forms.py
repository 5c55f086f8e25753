"""The forms in a real Chromium: by keyboard alone, live beside the field, without scripts, and what was typed stays."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, FilePayload, Page

from api.jobs.working import do_queued_jobs
from api.settings import Settings
from api.state import Service
from database.engine import Database
from loyalty.cards.model import SeriesSettings
from loyalty.cards.series import put_series
from loyalty.cards.service import make_card
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import check, check_access, enter, has_focus, visitor
from tests.api.people import add_person
from tests.conftest import ACT

pytestmark = pytest.mark.browser


@pytest.fixture
async def own_address(settings: Settings, database_url: str) -> AsyncIterator[str]:
    """Give the address of a shop of this test's own, with one clerk and nothing else."""
    database = Database(database_url)
    await add_person(database)
    await database.close()
    async with serving(settings, database_url) as found:
        yield found


async def make_gold(page: Page, *, template: str = "290%09[1..500000]^") -> None:
    """Make a series by its form."""
    await page.goto("/new-series")
    await page.fill("#name", "Gold")
    await page.fill("#code", "GOLD")
    await page.fill("#discount_percent", "10")
    await page.fill("#number_template", template)
    await page.get_by_role("button", name="Save series").click()
    await page.get_by_role("heading", name="Gold", exact=True).wait_for()


async def make_list(page: Page) -> None:
    """Make an empty price list by its form."""
    await page.goto("/new-price-list")
    await page.fill("#name", "Wholesale")
    await page.fill("#code", "wholesale")
    await page.get_by_role("button", name="Save price list").click()
    await page.get_by_role("heading", name="Wholesale").wait_for()


async def tab_to(page: Page, element_id: str) -> None:
    """Go forward by keyboard until an element has the focus."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == element_id:
            return
    pytest.fail(f"the keyboard does not reach {element_id}")


async def test_keyboard_alone_makes_a_series_and_its_cards(chromium: Browser, own_address: str) -> None:
    """PAP-13, PAP-17."""
    async with visitor(chromium, own_address, "light") as page:
        await enter(page)
        await page.get_by_role("link", name="Go to series").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name="New series").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/new-series")
        fields = {"name": "Gold", "code": "GOLD", "discount_percent": "7", "number_template": "290%09[1..500]^"}
        for element_id, typed in fields.items():
            await tab_to(page, element_id)
            await page.keyboard.type(typed)
        await page.locator("#template-report").get_by_text("500 numbers").wait_for()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/series/GOLD")
        await tab_to(page, "count")
        await page.keyboard.type("12")
        await page.keyboard.press("Enter")
        await page.get_by_text("12 cards were made.").wait_for()
        await check(page, "series-made")
        await page.get_by_role("link", name="They stand first in the list").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/cards?series=GOLD")
        assert await page.locator("#list tbody tr").count() == 12


async def test_linter_speaks_beside_the_field_while_it_is_typed(chromium: Browser, own_address: str) -> None:
    async with visitor(chromium, own_address, "light") as page:
        await enter(page)
        await page.goto("/new-series")
        await page.fill("#name", "Typed before")
        report = page.locator("#template-report")
        await page.locator("#number_template").press_sequentially("290%05[1..500000]^")
        await report.get_by_text("5 digits hold 99,999 numbers").wait_for()
        await check_access(page, "a refused template")
        await page.locator("#number_template").fill("290%09[1..500000]^")
        await report.get_by_text("500,000 numbers").wait_for()
        await has_focus(page, "number_template")
        assert await page.input_value("#name") == "Typed before"
        await check(page, "series-linted")


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_refused_form_takes_the_focus_to_what_is_wrong_and_keeps_what_was_typed(
    chromium: Browser, own_address: str, look: str
) -> None:
    async with visitor(chromium, own_address, look) as page:
        await enter(page)
        await page.goto("/new-series")
        await page.fill("#code", "GOLD")
        await page.fill("#discount_percent", "110")
        await page.fill("#number_template", "290%05[1..500000]^")
        await page.get_by_role("button", name="Save series").click()
        await page.get_by_role("alert").get_by_text("2 fields need you").wait_for()
        await has_focus(page, "summary")
        assert await page.input_value("#discount_percent") == "110"
        assert await page.input_value("#number_template") == "290%05[1..500000]^"
        assert await page.get_attribute("#discount_percent", "aria-invalid") == "true"
        await check(page, f"series-refused-{look}")
        await page.get_by_role("alert").get_by_role("link", name="Percent").click()
        await has_focus(page, "discount_percent")


async def test_progress_of_a_job_survives_a_reload_and_ends_by_itself(
    chromium: Browser, own_address: str, service: Service
) -> None:
    async with visitor(chromium, own_address, "light") as page:
        await enter(page)
        await make_gold(page)
        await page.fill("#count", "30,000")
        await page.get_by_role("button", name="Make cards").click()
        await page.locator("progress").wait_for()
        await check(page, "series-making")
        await page.reload()
        await page.locator("progress").wait_for()
        await do_queued_jobs(service, is_stopped=lambda: False)
        await page.get_by_text("30,000 of 30,000").wait_for()
        assert await page.locator("progress").count() == 0
        assert (await page.title()).startswith("Series Gold ·"), "the page is that of the series, not of its job"
        await check_access(page, "after the last swap")
        await page.goto("/jobs")
        await check(page, "jobs")
        await page.get_by_role("link", name="Cards of series GOLD").click()
        await page.get_by_text("Cards made").wait_for()
        await check(page, "job-done")


async def test_button_that_is_pressed_twice_makes_cards_once(chromium: Browser, own_address: str) -> None:
    async with visitor(chromium, own_address, "light") as page:
        await enter(page)
        await make_gold(page)
        await page.fill("#count", "3")
        await page.get_by_role("button", name="Make cards").dblclick()
        await page.get_by_text("3 cards were made.").wait_for()
        await page.goto("/cards")
        assert await page.locator("#list tbody tr").count() == 3


async def test_rows_copied_from_a_spreadsheet_fall_into_place(chromium: Browser, own_address: str) -> None:
    async with visitor(chromium, own_address, "light") as page:
        await enter(page)
        await make_list(page)
        await page.get_by_role("button", name="Add a row").click()
        await has_focus(page, "sku-3")
        await page.evaluate(
            "() => { const data = new DataTransfer();"
            " data.setData('text/plain', '1001\\t7.50\\n1002\\t8.00\\n1003\\t9\\n1004\\t1\\n1005\\t2.5\\n');"
            " document.getElementById('sku-0').dispatchEvent("
            "new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }"
        )
        await has_focus(page, "price-4")
        assert await page.locator("#rows tbody tr").count() == 5
        await check(page, "price-list-pasted")
        await page.get_by_role("button", name="Save prices").click()
        await page.get_by_text("5 prices were changed.").wait_for()
        assert await page.input_value("#price-4") == "2.50"


async def test_import_shows_what_changes_before_it_changes(chromium: Browser, own_address: str) -> None:
    async with visitor(chromium, own_address, "light") as page:
        await enter(page)
        await make_list(page)
        await page.get_by_role("link", name="Import or paste").click()
        content = b"sku,price\n1001,7.50\n1002,free\n"
        await page.set_input_files("#file", files=FilePayload(name="spring.csv", mimeType="text/csv", buffer=content))
        await page.get_by_role("button", name="Show what changes").click()
        await page.get_by_text("Nothing has changed yet.").wait_for()
        await check(page, "price-preview")
        await page.get_by_role("button", name="Change one price").click()
        await page.get_by_text("One price was changed.").wait_for()


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_rehearsal_of_a_typed_table_shows_its_plot(
    chromium: Browser, own_address: str, service: Service, look: str
) -> None:
    async with visitor(chromium, own_address, look) as page:
        await enter(page)
        await make_gold(page)
        await page.fill("#count", "5")
        await page.get_by_role("button", name="Make cards").click()
        await page.get_by_role("link", name="Rules").click()
        await page.fill("#t_from-0", "0")
        await page.select_option("#t_change-0", label="set the percent to")
        await page.fill("#t_value-0", "3")
        await page.get_by_role("button", name="Rehearse").click()
        await page.wait_for_url("**/jobs/*")
        await do_queued_jobs(service, is_stopped=lambda: False)
        await page.get_by_role("img", name="Cards by percent").wait_for()  # by itself, once the job has ended
        await check(page, f"rehearsal-{look}")


async def test_card_is_blocked_with_a_reason_by_keyboard(chromium: Browser, own_address: str) -> None:
    """PAP-19."""
    async with visitor(chromium, own_address, "light") as page:
        await enter(page)
        await make_gold(page)
        await page.fill("#count", "1")
        await page.keyboard.press("Enter")
        await page.get_by_text("One card was made.").wait_for()
        await page.goto("/cards")
        await page.locator("#list tbody a").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name="Block card…").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/acts/block")
        await tab_to(page, "reason")
        await page.keyboard.type("holder phoned: lost")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.get_by_text("The card is blocked.").first.wait_for()
        assert "holder phoned: lost" in await page.locator("#acts").inner_text()
        await check(page, "card-just-blocked")


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_card_comes_to_an_account_and_leaves_it_by_keyboard(
    chromium: Browser, own_address: str, service: Service, look: str
) -> None:
    """PAP-12."""
    family = SeriesSettings("Family", "credit", credit_limit=5_000)
    await service.database.run(put_series, "FAMILY", family, act=ACT)
    for number in ("100001", "100002"):
        await service.database.run(make_card, "FAMILY", number=number, act=ACT)
    async with visitor(chromium, own_address, look) as page:
        await enter(page)
        await page.goto("/cards/1/account")
        await page.get_by_role("link", name="Add a card").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/acts/take-in")
        await tab_to(page, "account")
        await page.keyboard.type("100002")
        await tab_to(page, "day_limit")
        await page.keyboard.type("12.50")
        await page.keyboard.press("Enter")
        await page.get_by_text("The other card spends this card's money now.").first.wait_for()
        await check(page, f"card-main-{look}")
        await page.goto("/cards/2/account")
        await check(page, f"card-account-shared-{look}")
        await page.get_by_role("link", name="Take card ··· 02 off the account").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/acts/leave")
        await check(page, f"card-leave-{look}")
        await page.get_by_role("button", name="Take card off the account").focus()
        await page.keyboard.press("Enter")
        await page.get_by_text("The card spends its own money again.").first.wait_for()


async def test_many_cards_are_changed_in_three_steps(chromium: Browser, own_address: str, service: Service) -> None:
    async with visitor(chromium, own_address, "light") as page:
        await enter(page)
        await make_gold(page)
        await page.fill("#count", "4")
        await page.get_by_role("button", name="Make cards").click()
        await page.goto("/cards")
        for box in (await page.get_by_role("checkbox").all())[:2]:
            await box.check()
        await page.get_by_role("button", name="Change ticked cards…").click()
        await page.get_by_role("radio", name="Block cards", exact=True).check()
        await page.get_by_role("button", name="Next").click()
        await page.fill("#reason", "stolen parcel")
        await page.get_by_role("button", name="Show what comes of it").click()
        await page.get_by_text("Nothing has changed yet.").wait_for()
        await check(page, "cards-change-preview")
        await page.get_by_role("button", name="Block cards").click()
        await page.wait_for_url("**/jobs/*")
        await do_queued_jobs(service, is_stopped=lambda: False)
        await page.get_by_role("button", name="Take this change back").wait_for()
        await check(page, "cards-changed")


async def test_forms_work_without_scripts(chromium: Browser, own_address: str) -> None:
    async with visitor(chromium, own_address, "light", has_scripts=False) as page:
        await enter(page)
        await page.goto("/new-series")
        await page.fill("#number_template", "nonsense")
        await page.get_by_role("button", name="Check template").click()
        await page.get_by_text("A template looks like").wait_for()
        await make_gold(page)
        await page.fill("#count", "1")
        await page.get_by_role("button", name="Make cards").click()
        await page.get_by_text("One card was made.").wait_for()
        await make_list(page)
        await page.fill("#sku-0", "1001")
        await page.fill("#price-0", "7,50")
        await page.get_by_role("button", name="Save prices").click()
        await page.get_by_text("One price was changed.").wait_for()
        await page.goto("/cards")
        await page.click("#list tbody a")
        await page.locator("details.menu summary[aria-label='More acts']").click()
        await page.get_by_role("link", name="Close card for good…").click()
        await page.get_by_role("button", name="Close card").click()
        await page.get_by_text("The card is closed for good.").first.wait_for()
