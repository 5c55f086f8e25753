"""The pages in a real Chromium: both themes and a phone, by keyboard alone, without scripts, and without a complaint.

Every page is also kept as a picture in `tests/shots`.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from tests.api.people import LOGIN, PASSWORD

pytestmark = pytest.mark.browser

SHOTS = Path(__file__).parents[2] / "shots"
LOOKS: dict[str, dict[str, Any]] = {  # options by name
    "light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light", "reduced_motion": "reduce"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True},
}
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
"""What a theme can break; whatever else axe looks at is the same in both."""
VISITS = ("light", "phone")
"""How every page is opened: at a desk, where the light is put out too, and on a phone in the dark."""
PAGES = {
    "home": "/",
    "account": "/account",
    "account-second-step": "/account/second-factor",
    "account-sessions": "/account/sessions",
    "cards": "/cards",
    "cards-none": "/cards?series=GIFT&state=frozen",
    "found": "/cards/search?find=marsh",
    "found-none": "/cards/search?find=zzz",
    "bands": "/cards/bands?cuts=100+1000",
    "bands-refused": "/cards/bands?cuts=9+8",
    "card": "/cards/1",
    "card-replaced": "/cards/98",
    "card-blocked": "/cards/57",
    "card-act": "/cards/1/acts/block",
    "card-replace": "/cards/1/acts/replace",
    "card-adjust": "/cards/1/acts/adjust",
    "card-account": "/cards/1/account",
    "card-take-in": "/cards/1/acts/take-in",
    "card-own-settings": "/cards/1/settings",
    "card-holder": "/cards/1/holder?find=marsh",
    "card-holder-none": "/cards/1/holder?find=zzz",
    "cards-change": "/cards/change?which=ticked&card=5&card=6",
    "cards-change-how": "/cards/change?which=all&series=GOLD&act=freeze",
    "cards-change-none": "/cards/change?which=ticked",
    "series-list": "/series",
    "series": "/series/GOLD",
    "series-form": "/series/GOLD/edit",
    "series-new": "/new-series",
    "series-rules": "/series/GOLD/rules",
    "series-rules-bonus": "/series/GIFT/rules",
    "price-lists": "/price-lists",
    "price-list": "/price-lists/weekend",
    "price-list-form": "/price-lists/weekend/edit",
    "price-list-new": "/new-price-list",
    "price-import": "/price-lists/weekend/import",
    "jobs-none": "/jobs",
    "documents-none": "/documents",
    "signals": "/signals?from=2026-10-01&to=2026-11-30",
    "signals-refused": "/signals?from=2026-10-02&to=2026-10-01",
    "signal-dismissal": "/signals/dismiss?kind=own_card&card_id=1&last_day=2026-11-22",
    "receipts": "/receipts",
    "receipts-none": "/receipts?since=2020-01-01&until=2020-01-02",
    "card-unknown": "/cards/9999",
    "profile": "/parties/1",
    "profile-arranging": "/parties/1?arrange=1",
    "timeline": "/parties/1/timeline",
    "address-unknown": "/nowhere",
}
NOT_SHOWN = {"bands-refused", "cards-change-none", "signals-refused", "card-unknown", "address-unknown"}
"""Pages that say why they are not what was asked for."""
FIRST_OF_LISTS = {"receipt": "/receipts", "receipt-flagged": "/receipts?flag=any", "return": "/receipts?kind=return"}
REFUSED = "Failed to load resource: the server responded with a status of 4"
"""What Chromium says of every page with a status from 400 to 499, which some of these pages have on purpose."""

Complaints = list[str]


@asynccontextmanager
async def visitor(chromium: Browser, address: str, look: str, *, has_scripts: bool = True) -> AsyncIterator[Page]:
    """Open a browser window of its own; whatever it complains of fails the test in the end."""
    complaints: Complaints = []
    context = await chromium.new_context(base_url=address, java_script_enabled=has_scripts, **LOOKS[look])
    page = await context.new_page()
    page.on("console", _noting(complaints))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await context.close()
    assert complaints == []


def _noting(complaints: Complaints) -> Callable[[ConsoleMessage], None]:
    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(REFUSED):
            complaints.append(message.text)

    return note


async def enter(page: Page) -> None:
    """Sign in with the mouse and the keyboard, on the way to the cards."""
    await page.goto("/sign-in?next=%2Fcards")
    await page.fill("#login", LOGIN)
    await page.fill("#password", PASSWORD)
    await page.click("button")
    await page.wait_for_url("**/cards")


async def go_to(page: Page, path: str, *, is_refused: bool = False) -> None:
    """Open a page, which is there and the reader's to see, or says why it is not."""
    answer = await page.goto(path)
    assert answer is not None, path
    assert (answer.status >= 400) == is_refused, f"{path} is answered {answer.status}"


async def look_at(page: Page, name: str, path: str, look: str, *, is_refused: bool = False) -> None:
    """Open a page and check it; at a desk in both themes."""
    await go_to(page, path, is_refused=is_refused)
    await check_in(page, name, look)


async def check_in(page: Page, name: str, look: str) -> None:
    """Check the page as it stands; at a desk in both themes."""
    await check(page, f"{name}-{look}")
    if look == "light":
        await page.emulate_media(color_scheme="dark")
        await keep_picture(page, f"{name}-dark")
        await check_access(page, f"{name}-dark", rules=COLOUR_RULES)
        await page.emulate_media(color_scheme="light")


async def keep_picture(page: Page, name: str) -> None:
    """Keep how a page looks, for whoever wants to see it."""
    await page.screenshot(path=SHOTS / f"{name}.jpg", type="jpeg", quality=80, full_page=True)


async def check(page: Page, name: str) -> None:
    """Keep the picture; nothing hangs over the edge and axe finds nothing."""
    await keep_picture(page, name)
    over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0, f"{name} is {over} pixels too wide"
    await check_access(page, name)


async def check_access(page: Page, name: str, *, rules: Sequence[str] = ()) -> None:
    """Let axe look at the page as it stands, by some of its rules or by all."""
    found = await Axe().run(page, options={"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})})
    violations = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found.response["violations"]]
    assert violations == [], name


async def has_focus(page: Page, element_id: str) -> None:
    """Wait until an element has the focus."""
    await expect(page.locator(f"[id='{element_id}']")).to_be_focused()


@pytest.mark.parametrize("look", VISITS)
async def test_every_page_is_accessible_and_fits(chromium: Browser, address: str, look: str) -> None:
    async with visitor(chromium, address, look) as page:
        await look_at(page, "sign-in", "/sign-in", look)
        await enter(page)
        for name, path in PAGES.items():
            await look_at(page, name, path, look, is_refused=name in NOT_SHOWN)
        for name, path in FIRST_OF_LISTS.items():
            await go_to(page, path)
            await page.click("tbody th a")
            await page.get_by_role("heading", name="Payments").wait_for()
            await check(page, f"{name}-{look}")


@pytest.mark.parametrize("look", ["light", "phone"])
async def test_every_page_of_the_first_day_says_what_to_do(chromium: Browser, empty_address: str, look: str) -> None:
    async with visitor(chromium, empty_address, look) as page:
        await enter(page)
        await page.get_by_role("heading", name="No cards yet").wait_for()
        await check(page, f"first-day-cards-{look}")
        await page.goto("/receipts")
        await page.get_by_role("heading", name="No receipts yet").wait_for()
        await check(page, f"first-day-receipts-{look}")
        await page.goto("/")
        await page.get_by_role("heading", name="Nothing to look into").wait_for()
        await check(page, f"first-day-home-{look}")


async def test_wrong_password_keeps_the_login_and_tells_why(chromium: Browser, address: str) -> None:
    async with visitor(chromium, address, "light") as page:
        await page.goto("/sign-in")
        await page.fill("#login", "somebody")
        await page.fill("#password", "wrong")
        await page.keyboard.press("Enter")
        await page.get_by_role("alert").wait_for()
        assert await page.input_value("#login") == "somebody"
        await has_focus(page, "password")
        await check(page, "sign-in-refused")


async def test_keyboard_alone_signs_in_and_finds_a_card(chromium: Browser, address: str) -> None:
    async with visitor(chromium, address, "light") as page:
        await page.goto("/sign-in?next=%2Fcards")
        await has_focus(page, "login")
        for key in (LOGIN, "Tab", PASSWORD, "Enter"):
            await (page.keyboard.press(key) if key in {"Tab", "Enter"} else page.keyboard.type(key))
        await page.wait_for_url("**/cards")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent") == "Skip to content"
        for _ in range(2):
            await page.keyboard.press("Tab")
        await page.keyboard.type("marsh")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Found for “marsh”").wait_for()
        for link in ("main a[href^='/parties/']", "#panel-cards tbody a"):
            await page.locator(link).first.focus()
            await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="The card").wait_for()


async def test_skip_link_leads_past_the_navigation(chromium: Browser, address: str) -> None:
    async with visitor(chromium, address, "light") as page:
        await enter(page)
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await has_focus(page, "series")


async def test_older_swaps_the_list_alone_and_keeps_the_keyboards_place(chromium: Browser, address: str) -> None:
    async with visitor(chromium, address, "light") as page:
        await enter(page)
        await page.evaluate("document.body.dataset.kept = 'yes'")
        first = await page.inner_text("tbody th")
        await page.focus("#list-older")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**older=**")
        await page.get_by_role("link", name=first).wait_for(state="detached")
        await has_focus(page, "list-older")
        assert await page.evaluate("document.body.dataset.kept") == "yes"
        await check_access(page, "after the swap")
        await page.go_back()
        await page.wait_for_url("**/cards")
        await page.get_by_role("link", name=first).wait_for()


async def test_end_of_a_list_gives_the_focus_to_the_list(chromium: Browser, address: str) -> None:
    async with visitor(chromium, address, "light") as page:
        await enter(page)
        await page.click("#list-older")
        await page.wait_for_url("**older=**")
        await page.click("#list-newer")
        await page.wait_for_url("**newer=**")
        await has_focus(page, "list")


async def test_filter_swaps_the_list_and_the_address_carries_it(chromium: Browser, address: str) -> None:
    async with visitor(chromium, address, "light") as page:
        await enter(page)
        await page.select_option("#series", label="Gift")
        await page.select_option("#state", label="Blocked")
        await page.get_by_role("button", name="Filter").click()
        await page.wait_for_url("**/cards?series=GIFT&state=blocked&**")
        await page.get_by_role("cell", name="Active").first.wait_for(state="detached")
        shown = await page.locator("#list").inner_text()
        await page.reload()
        assert await page.locator("#list").inner_text() == shown
        assert await page.input_value("#series") == "GIFT"


async def test_number_is_shown_in_place_and_the_act_stands_in_the_journal(chromium: Browser, address: str) -> None:
    async with visitor(chromium, address, "light") as page:
        await enter(page)
        await page.goto("/cards/5")
        before = await page.locator("#acts li").count()
        await page.get_by_role("button", name="Show number").click()
        await page.get_by_text("That you saw the number").wait_for()
        assert (await page.inner_text(".plate .number")).isdigit()
        assert page.url.endswith("/cards/5")
        assert await page.locator("#acts li").count() == before + 1
        await check(page, "card-number-shown")


async def test_bands_are_counted_again_in_place(chromium: Browser, address: str) -> None:
    async with visitor(chromium, address, "light") as page:
        await enter(page)
        await page.fill("#cuts", "250 2500")
        await page.get_by_role("button", name="Count again").click()
        await page.get_by_text("2,500 and over").first.wait_for()
        assert page.url.endswith("/cards")
        assert (await page.title()).startswith("Cards ·"), "what is fetched into a page does not name it"
        assert (
            await page.get_by_role("link", name="Link to this count").get_attribute("href")
            == "/cards/bands?cuts=250+2500"
        )


async def test_theme_is_kept_for_the_person_and_menu_closes_by_escape(chromium: Browser, address: str) -> None:
    async with visitor(chromium, address, "light") as page:
        await enter(page)
        await page.goto("/receipts?kind=return")
        await page.click("details.menu summary")
        await check_access(page, "open menu")
        await page.keyboard.press("Escape")
        assert not await page.locator("details.menu[open]").count()
        for theme in ("Dark", "System"):
            await page.click("details.menu summary")
            await page.get_by_role("button", name=theme).click()
            await page.wait_for_url("**/receipts?kind=return")
            kept = await page.evaluate("document.documentElement.dataset.theme ?? 'system'")
            assert kept == theme.lower()


async def test_phone_opens_the_navigation_over_the_page(chromium: Browser, address: str) -> None:
    async with visitor(chromium, address, "phone") as page:
        await enter(page)
        await page.get_by_role("button", name="Menu").click()
        await check_access(page, "open navigation")
        await page.screenshot(path=SHOTS / "navigation-phone.png")
        await page.get_by_role("link", name="Receipts").click()
        await page.wait_for_url("**/receipts")


async def test_everything_works_without_scripts(chromium: Browser, address: str) -> None:
    async with visitor(chromium, address, "light", has_scripts=False) as page:
        await enter(page)
        await page.click("#list-older")
        await page.wait_for_url("**older=**")
        await page.fill("input[type=search]", "marsh")
        await page.press("input[type=search]", "Enter")
        await page.wait_for_url("**/search?find=marsh")
        await page.goto("/cards/6")
        await page.get_by_role("button", name="Show number").click()
        await page.get_by_text("That you saw the number").wait_for()
        await page.click("details.menu summary")
        await page.get_by_role("button", name="Sign out").click()
        await page.wait_for_url("**/sign-in")


async def test_policy_refuses_an_inline_script_and_the_complaint_is_noticed(chromium: Browser, address: str) -> None:
    with pytest.raises(AssertionError, match="Content Security Policy"):
        await plant_script(chromium, address)


async def plant_script(chromium: Browser, address: str) -> None:
    """Put an inline script into a page; it does not run."""
    async with visitor(chromium, address, "light") as page:
        await page.goto("/sign-in")
        await page.evaluate(
            "() => { const script = document.createElement('script');"
            " script.textContent = 'document.title = \"run\"'; document.body.append(script); }"
        )
        assert await page.title() == "Sign in · Tallycard"
