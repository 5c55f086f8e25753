"""Acts on many tasks of the list: who gets them, what refuses, and how one is taken back."""

import httpx
import pytest
from playwright.async_api import Browser
from sqlalchemy import text

from api.settings import Settings
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import VISITS, check, visitor
from tests.api.pages.test_browser_settings import enter_as
from tests.api.people import add_person, send, sign_in
from tests.conftest import Caller


@pytest.fixture
async def boss(caller: Caller) -> httpx.AsyncClient:
    """Give a director who is signed in, user 1, with three tasks; the clerk Bob is user 2."""
    await add_person(caller.service.database, login="boss", role="director")
    await add_person(caller.service.database, login="bob", role="clerk")
    await sign_in(caller.http, login="boss")
    for title in ("Rye", "Oats", "Spelt"):
        fields = {"kind": "task", "title": title, "executor_id": "1", "priority": "2"}
        assert (await send(caller.http, "/tasks/new", fields)).status_code == 303
    return caller.http


async def change(http: httpx.AsyncClient, act: str, *tasks: int, **more: str) -> str:
    """Do an act on tasks and give where it leads."""
    answer = await send(
        http, "/tasks/change", {"act": act, "task": [str(one) for one in tasks], "next": "/tasks?tab=personal", **more}
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def test_ticked_tasks_are_done_and_put_back_with_what_they_had(boss: httpx.AsyncClient) -> None:
    done = await change(boss, "done", 1, 2)
    after = (await boss.get(done)).text
    undone = await send(boss, "/tasks/changes/1/undo", {"next": "/tasks?tab=personal"})
    again = (await boss.get(undone.headers["location"])).text
    assert done == "/tasks?tab=personal&bulk=1"
    assert "Tasks done: 2." in after
    assert ("Rye" in after, "Spelt" in after) == (False, True)
    assert "Taken back." in again
    assert all(title in again for title in ("Rye", "Oats", "Spelt"))


async def test_tasks_are_given_to_somebody_and_back(boss: httpx.AsyncClient) -> None:
    await change(boss, "assign", 1, 3, to="2")
    given = (await boss.get("/tasks?executor=2")).text
    await send(boss, "/tasks/changes/1/undo", {"next": "/tasks"})
    assert ("Rye" in given, "Oats" in given, "Spelt" in given) == (True, False, True)
    assert "Nothing to do here" in (await boss.get("/tasks?tab=outgoing")).text


async def test_task_that_was_changed_since_stays_as_it_is(boss: httpx.AsyncClient) -> None:
    await change(boss, "archive", 1, 2)
    await send(boss, "/tasks/1/unarchive", {})
    await send(boss, "/tasks/1/state", {"to": "in_work"})
    await send(boss, "/tasks/changes/1/undo", {"next": "/tasks"})
    page = (await boss.get("/tasks/1")).text
    assert "In work" in page
    assert "Oats" in (await boss.get("/tasks")).text


async def test_what_refuses_is_counted_and_left_as_it_was(boss: httpx.AsyncClient) -> None:
    await send(boss, "/tasks/2/archive", {})
    page = (await boss.get(await change(boss, "done", 1, 2, 99))).text
    assert "Tasks done: 1." in page
    assert "Left as they were: 2." in page


async def test_nothing_ticked_changes_nothing_and_says_so(boss: httpx.AsyncClient) -> None:
    page = (await boss.get(await change(boss, "done"))).text
    assert "Nothing was done" in page
    assert await change(boss, "assign", 1) == "/tasks?tab=personal&none=yes"


async def test_act_of_somebody_else_and_one_whose_time_is_over_are_not_taken_back(
    caller: Caller, boss: httpx.AsyncClient
) -> None:
    await change(boss, "archive", 1)
    await change(boss, "archive", 2)
    await sign_in(boss, login="bob")
    await send(boss, "/tasks/changes/1/undo", {"next": "/tasks"})
    await sign_in(boss, login="boss")
    old = text("update task_bulk set at = at - interval '2 hours' where id = 2")
    await caller.service.database.run(lambda connection: connection.execute(old))
    await send(boss, "/tasks/changes/2/undo", {"next": "/tasks"})
    page = (await boss.get("/tasks?bulk=2")).text
    assert "Take it back" not in page
    assert ("Rye" in page, "Oats" in page, "Spelt" in page) == (False, False, True)


async def test_form_leads_to_no_other_place_than_the_list(boss: httpx.AsyncClient) -> None:
    answer = await send(boss, "/tasks/change", {"act": "done", "task": "1", "next": "//elsewhere.example/tasks"})
    assert answer.headers["location"] == "/tasks?bulk=1"


@pytest.mark.browser
@pytest.mark.parametrize("look", VISITS)
async def test_tasks_are_ticked_archived_and_taken_back_by_keyboard(
    chromium: Browser, boss: httpx.AsyncClient, settings: Settings, database_url: str, look: str
) -> None:
    assert boss.cookies, "the director is made"
    async with serving(settings, database_url) as address, visitor(chromium, address, look) as page:
        await enter_as(page, "boss", "/tasks")
        for title in ("Rye", "Oats"):
            await page.get_by_label(f"Tick {title}").focus()
            await page.keyboard.press("Space")
        await check(page, f"tasks-ticked-{look}")
        await page.get_by_role("button", name="Archive").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("status").get_by_text("Tasks archived: 2.").wait_for()
        await check(page, f"tasks-archived-{look}")
        await page.get_by_role("button", name="Take it back").focus()
        await page.keyboard.press("Enter")
        await page.get_by_text("Taken back.").wait_for()
        await page.get_by_role("link", name="Rye").wait_for()
