"""Open pages in a real browser keep up with what somebody else does, without losing what their reader is doing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from random import Random

import pytest
from playwright.async_api import Browser

from api.notifying import notify_once
from api.settings import Settings
from crm.notifications.service import read_notices
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import LOOKS, check, enter, go_to, visitor
from tests.api.people import add_person, send, sign_in
from tests.conftest import Caller
from tests.faults.network import network
from tests.faults.shop import free_port

pytestmark = pytest.mark.browser
SOON = 2_000  # milliseconds: what is promised
LATER = 20_000  # far more than it takes a browser to connect again
RULES = {
    "rules": "/settings/notifications",
    "rule": "/settings/notifications/1",
    "rule-new": "/settings/notifications/new",
}
TASK = {"kind": "task", "title": "Call the mill", "executor_id": "1", "priority": "2"}


@pytest.fixture
async def served(caller: Caller, settings: Settings, database_url: str) -> AsyncIterator[str]:
    """Give the address of a shop where Nora, user 1, looks and Bob, user 2, acts."""
    await add_person(caller.service.database, role="admin")
    await add_person(caller.service.database, login="bob")
    await sign_in(caller.http, login="bob")
    async with serving(settings, database_url) as address:
        yield address


async def test_change_by_one_shows_on_the_open_page_of_another(chromium: Browser, served: str, caller: Caller) -> None:
    """PAP-28: in under two seconds, with no reload, and the line that is being typed stays as it is."""
    await send(caller.http, "/tasks/new", TASK)
    async with visitor(chromium, served, "light") as page:
        await enter(page)
        async with page.expect_response("**/v1/live?*"):
            await page.goto("/tasks/1")
        await page.evaluate("window.stayed = true")
        await page.fill("#text", "I am still writ")
        await send(caller.http, "/tasks/1/state", {"to": "in_work"})
        await page.locator("#head").get_by_text("In work").wait_for(timeout=SOON)
        await send(caller.http, "/tasks/1/comments", {"text": "The mill is closed."})
        await page.locator("#said").get_by_text("The mill is closed.").wait_for(timeout=SOON)

        assert await page.evaluate("[window.stayed, document.activeElement.id]") == [True, "text"]
        assert await page.input_value("#text") == "I am still writ"


async def test_new_task_shows_in_the_open_list_and_its_badge_falls_in_every_window(
    chromium: Browser, served: str, caller: Caller
) -> None:
    """PAP-37: the badge counts what was given to me and I never opened, live."""
    async with visitor(chromium, served, "light") as page:
        await enter(page)
        async with page.expect_response("**/v1/live?*"):
            await page.goto("/tasks")
        await send(caller.http, "/tasks/new", TASK)
        await page.locator("#list").get_by_text("Call the mill").wait_for(timeout=SOON)
        await page.locator("#tasks-unseen .count").get_by_text("1").wait_for(timeout=SOON)
        other = await page.context.new_page()
        await other.goto("/tasks/1")
        await page.bring_to_front()
        await page.locator("#tasks-unseen .count").wait_for(state="detached", timeout=SOON)


async def test_page_whose_connection_is_cut_catches_up_when_the_way_is_there_again(
    chromium: Browser, served: str, caller: Caller
) -> None:
    """The way to the server is cut under the open page, and heals."""
    await send(caller.http, "/tasks/new", TASK)
    port = free_port()
    async with network(port, int(served.rpartition(":")[2]), Random(1)) as way:
        page = await chromium.new_page(base_url=f"http://127.0.0.1:{port}")
        await enter(page)
        async with page.expect_response("**/v1/live?*"):
            await page.goto("/tasks/1")
        await way.strike("refuse")
        await send(caller.http, "/tasks/1/state", {"to": "in_work"})
        assert await page.locator("#head").get_by_text("In work").count() == 0
        await way.heal()
        await page.locator("#head").get_by_text("In work").wait_for(timeout=LATER)
        await page.close()


async def test_page_that_was_hidden_catches_up_when_it_is_seen(chromium: Browser, served: str, caller: Caller) -> None:
    await send(caller.http, "/tasks/new", TASK)
    async with visitor(chromium, served, "light") as page:
        await enter(page)
        async with page.expect_response("**/v1/live?*"):
            await page.goto("/tasks/1")
        await page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
        await send(caller.http, "/tasks/1/state", {"to": "in_work"})
        assert await page.locator("#head").get_by_text("In work").count() == 0
        await page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow'))")
        await page.locator("#head").get_by_text("In work").wait_for(timeout=SOON)


async def test_bell_rings_on_the_open_page_and_its_pages_are_accessible(
    chromium: Browser, served: str, caller: Caller
) -> None:
    """C77-30: the badge of the bell rises and falls live; the page behind it and the rules fit and are accessible."""
    for look in LOOKS:
        async with visitor(chromium, served, look) as page:
            await enter(page)
            async with page.expect_response("**/v1/live?*"):
                await page.goto("/notifications")
            await send(caller.http, "/tasks/new", TASK | {"title": f"Call the mill by {look}"})
            await notify_once(caller.service)
            await page.get_by_role("link", name=f"Call the mill by {look}").wait_for(timeout=SOON)
            await page.locator("#bell .count").wait_for(timeout=SOON)
            await check(page, f"notifications-{look}")
            for name, path in RULES.items():
                await go_to(page, path)
                await check(page, f"notification-{name}-{look}")
            async with page.expect_response("**/v1/live?*"):
                await page.goto("/cards")
            await caller.service.database.run(read_notices, 1, now=datetime.now(UTC))
            await page.locator("#bell .count").wait_for(state="detached", timeout=SOON)
