"""Correspondence in a real browser: every page is accessible and fits, and the addressee's directory follows the flow."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from api.settings import Settings
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import VISITS, enter, look_at, visitor
from tests.api.people import add_person, fill, send, sign_in
from tests.conftest import Caller
from tests.factories import make_company

pytestmark = pytest.mark.browser
PATHS = {
    "journal": "/letters",
    "kind": "/letters?kind=claims",
    "archive": "/letters?archived=yes",
    "none": "/letters?text=nothing",
    "form": "/letters/new?flow=outgoing&party=1",
    "page": "/letters/1",
    "edit": "/letters/1/edit",
    "history": "/letters/1/history",
    "kinds": "/settings/letter-kinds",
    "kind-form": "/settings/letter-kinds/claims",
}


@pytest.fixture
async def served(caller: Caller, settings: Settings, database_url: str) -> AsyncIterator[str]:
    """Give the address of a shop whose administrator Nora has letters of the mill, one of them in the archive."""
    await add_person(caller.service.database, role="admin")
    await make_company(caller.service.database, "Lantern Mill")
    await sign_in(caller.http)
    claim: dict[str, str | list[str]] = {
        "flow": "incoming",
        "kind": "claims",
        "party_id": "#1",
        "priority": "3",
        "notified": ["1"],
    }
    text = {"content": "Two sacks of the last delivery were wet.\nPlease take them back.", "document_number": "17/B"}
    await fill(caller.http, "/letters/new", claim | text | {"topic": "Flour of the wrong grade"})
    await fill(caller.http, "/letters/1/edit", claim | text | {"topic": "Flour of the wrong grade, again"})
    for number in range(3):
        contract = {"kind": "contracts", "topic": f"Contract for the year {2026 + number}", "flow": "outgoing"}
        await fill(caller.http, "/letters/new", claim | contract | {"priority": "2", "user_id": "1"})
    await send(caller.http, "/letters/archive", {"letter": "2"})
    async with serving(settings, database_url) as address:
        yield address


@pytest.mark.parametrize("look", VISITS)
async def test_every_page_of_letters_is_accessible_and_fits(chromium: Browser, served: str, look: str) -> None:
    async with visitor(chromium, served, look) as page:
        await enter(page)
        for name, path in PATHS.items():
            await look_at(page, f"letter-{name}", path, look)


async def test_addressee_follows_the_flow_as_it_is_chosen(chromium: Browser, served: str) -> None:
    """C77-69."""
    async with visitor(chromium, served, "light") as page:
        await enter(page)
        await page.goto("/letters/new?flow=incoming")
        before = (await page.locator("#person_id").is_visible(), await page.locator("#user_id").is_visible())
        await page.get_by_label("Outgoing").check()
        after = (await page.locator("#person_id").is_visible(), await page.locator("#user_id").is_visible())

        assert (before, after) == ((True, False), (False, True))
