"""Tasks in a real browser: every page is accessible and fits, the badge falls, a card is dragged and moved by its form."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from api.settings import Settings
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import VISITS, enter, look_at, visitor
from tests.api.people import add_person, send, sign_in
from tests.conftest import Caller

pytestmark = pytest.mark.browser
PATHS = {
    "list": "/tasks?shown=any",
    "list-empty": "/tasks?text=nothing",
    "form": "/tasks/new?kind=request",
    "page": "/tasks/1",
    "edit": "/tasks/1/edit",
    "history": "/tasks/1/history",
    "board": "/tasks/board",
    "views": "/tasks/views?tab=incoming",
    "times": "/tasks/reports/times",
    "requests": "/tasks/reports/requests",
    "kinds": "/settings/task-kinds",
    "kind": "/settings/task-kinds/task",
    "tie": "/tasks/tie?record=business_document:1",
}


@pytest.fixture
async def served(caller: Caller, settings: Settings, database_url: str) -> AsyncIterator[str]:
    """Give the address of a shop whose administrator Nora, user 1, has tasks, one of them from user 2."""
    await add_person(caller.service.database, role="admin")
    await add_person(caller.service.database, login="bob")
    await sign_in(caller.http, login="bob")
    task = {"kind": "task", "title": "Call the mill about the late flour", "executor_id": "1", "priority": "1"}
    await send(caller.http, "/tasks/new", task | {"due_at": "2026-01-05T10:00", "percent": "30"})
    await send(caller.http, "/tasks/new", task | {"title": "Sweep", "executor_id": "2", "priority": "3"})
    for part, fields in (
        ("comments", {"text": "Ask @nora first."}),
        ("times", {"user_id": "1", "on_date": "2026-11-20", "minutes": "1:30"}),
        ("resources", {"name": "Flour", "unit": "kg", "planned": "10", "actual": "12.5"}),
    ):
        assert (await send(caller.http, f"/tasks/1/{part}", fields)).status_code == 303
    async with serving(settings, database_url) as address:
        yield address


@pytest.mark.parametrize("look", VISITS)
async def test_every_page_of_tasks_is_accessible_and_fits(chromium: Browser, served: str, look: str) -> None:
    async with visitor(chromium, served, look) as page:
        await enter(page)
        for name, path in PATHS.items():
            await look_at(page, f"task-{name}", path, look)


async def test_badge_falls_when_a_task_is_opened(chromium: Browser, served: str) -> None:
    """PAP-37, C77-30."""
    async with visitor(chromium, served, "light") as page:
        await enter(page)
        await page.get_by_text("One task not opened yet").wait_for(state="attached")
        await page.goto("/tasks/1")
        await page.goto("/tasks")
        await page.wait_for_load_state("networkidle")

        assert await page.locator("#tasks-unseen").inner_text() == ""


async def test_card_of_the_board_is_dragged_where_its_cycle_lets_it(chromium: Browser, served: str) -> None:
    """C77-39: dropped in a column that the cycle does not lead to it stays where it was."""
    async with visitor(chromium, served, "light") as page:
        await enter(page)
        await page.goto("/tasks/board")
        await page.drag_and_drop("#task-1", '[data-state="waiting"]')
        assert await page.locator('[data-state="new"] #task-1').count() == 1
        await page.drag_and_drop("#task-1", '[data-state="in_work"]')
        await page.locator('[data-state="in_work"] #task-1').wait_for()
        await page.select_option("#task-1 select", "waiting")
        await page.press("#task-1 button", "Enter")
        await page.locator('[data-state="waiting"] #task-1').wait_for()


async def test_contact_persons_are_offered_as_soon_as_the_kind_or_party_is_chosen(chromium: Browser, served: str) -> None:  # fmt: skip
    """PAP-38: what was typed meanwhile stays."""
    async with visitor(chromium, served, "light") as page:
        await enter(page)
        await page.goto("/tasks/new")
        await page.fill("#title", "The oven is cold")
        await page.select_option("#kind", "request")
        await page.locator("#source").wait_for()

        assert await page.input_value("#title") == "The oven is cold"
