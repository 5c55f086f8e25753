"""The first page as somebody's day: what is due, new, celebrated and to be called, each with the next act on it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.async_api import Browser

from api.settings import Settings
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import VISITS, check, visitor
from tests.api.pages.test_browser_settings import enter_as
from tests.api.people import add_person, fill, send, sign_in, statements
from tests.conftest import Caller
from tests.factories import make_person

ZONE = ZoneInfo("Europe/Sofia")
MOST_STATEMENTS = 40


@pytest.fixture
async def desk(caller: Caller) -> httpx.AsyncClient:
    """Give a call taker who is signed in, user 1; the clerk Bob is user 2."""
    await add_person(caller.service.database, login="ann", role="call_taker")
    await add_person(caller.service.database, login="bob", role="clerk")
    await sign_in(caller.http, login="ann")
    return caller.http


def local(**ahead: int) -> datetime:
    """Give a time of the back office's clock, so far from now."""
    return datetime.now(UTC).astimezone(ZONE) + timedelta(**ahead)


async def make_task(http: httpx.AsyncClient, title: str, due: datetime, *, executor: int = 1) -> None:
    """Make a task that is due at a time."""
    fields = {"kind": "task", "title": title, "executor_id": str(executor), "due_at": f"{due:%Y-%m-%dT%H:%M}"}
    answer = await send(http, "/tasks/new", fields | {"priority": "2"})
    assert answer.status_code == 303, answer.text


async def make_event(http: httpx.AsyncClient, topic: str, starts: datetime, **more: str) -> None:
    """Plan an hour's meeting of the reader's."""
    ends = starts + timedelta(hours=1)
    times = {"start_day": f"{starts:%Y-%m-%d}", "start_time": f"{starts:%H:%M}"}
    times |= {"end_day": f"{ends:%Y-%m-%d}", "end_time": f"{ends:%H:%M}"}
    fields = {"kind": "meeting", "topic": topic, "responsible_id": "1", **times, **more}
    assert (await fill(http, "/events/new", fields)).status_code == 303


def part(page: str, heading: str) -> str:
    """Give the panel of a heading; empty where there is none."""
    _, _, behind = page.partition(f'id="{heading}"')
    return behind.partition("</section>")[0]


async def test_day_without_anything_to_do_offers_to_begin_something(desk: httpx.AsyncClient) -> None:
    page = (await desk.get("/")).text
    assert "Nothing waits for you today" in page
    assert 'href="/tasks/new"' in page
    assert 'id="h-overdue"' not in page


async def test_overdue_tasks_stand_apart_and_are_done_from_there(desk: httpx.AsyncClient) -> None:
    await make_task(desk, "Ring the mill", local(days=-2))
    await make_task(desk, "Not mine", local(days=-2), executor=2)
    before = part((await desk.get("/")).text, "h-overdue")
    done = await send(desk, "/tasks/1/state", {"to": "done", "next": "/"})
    after = (await desk.get(done.headers["location"])).text
    assert ('href="/tasks/1"' in before, "Not mine" in before) == (True, False)
    assert '<button class="btn low" name="to" value="done">' in before
    assert done.headers["location"] == "/"
    assert "Ring the mill" not in after


async def test_todays_events_lead_to_where_their_end_is_kept(desk: httpx.AsyncClient) -> None:
    noon = local().replace(hour=12, minute=0)
    await make_event(desk, "Rye for May", noon)
    await make_event(desk, "Next week", noon + timedelta(days=7))
    page = (await desk.get("/")).text
    assert 'href="/events/1#h-end"' in part(page, "h-day")
    assert "Next week" not in page


async def test_task_of_somebody_else_is_new_until_it_is_opened(desk: httpx.AsyncClient) -> None:
    await sign_in(desk, login="bob")
    await make_task(desk, "Count the bags", local(days=9))
    await sign_in(desk, login="ann")
    new = part((await desk.get("/")).text, "h-new")
    await desk.get("/tasks/1")
    assert "Count the bags" in new
    assert "Count the bags" not in part((await desk.get("/")).text, "h-new")


async def test_birthdays_are_those_of_ones_own_people_and_of_all_for_who_oversees_all(
    caller: Caller, desk: httpx.AsyncClient
) -> None:
    admin = await caller.as_role("admin")
    for name in ("Anna Client", "Boris Stranger"):
        born = {"name": name, "legal_status": "natural_person", "birth_date": f"1990-{local():%m-%d}"}
        assert (await admin.post("/v1/parties", json=born)).status_code == 201
    await make_event(desk, "Talk", local(days=-3), party="#1")
    own = part((await desk.get("/")).text, "h-birthdays")
    await add_person(caller.service.database, login="boss", role="director")
    await sign_in(desk, login="boss")
    every = part((await desk.get("/")).text, "h-birthdays")
    assert ("Anna Client" in own, "Boris Stranger" in own) == (True, False)
    assert ("Anna Client" in every, "Boris Stranger" in every) == (True, True)


async def test_survey_with_a_call_left_offers_it_and_one_that_is_through_does_not(
    caller: Caller, desk: httpx.AsyncClient
) -> None:
    await make_person(caller.service.database, "Anna Klein", phone="+35929000001")
    await add_person(caller.service.database, login="boss", role="director")
    await sign_in(desk, login="boss")
    made = await send(desk, "/surveys/new", {"name": "Quality", "template": "quality", "topic": "How are we doing?"})
    survey = made.headers["location"]
    assert (await send(desk, f"{survey}/lists", {"view": ""})).status_code == 303
    await sign_in(desk, login="ann")
    before = part((await desk.get("/")).text, "h-calls")
    call = (await send(desk, f"{survey}/next", {})).headers["location"]
    await send(desk, call, {"outcome": "refused", "then": ""})
    assert "Anna Klein" in before
    assert f'action="{survey}/next"' in before
    assert part((await desk.get("/")).text, "h-calls") == ""


async def test_day_asks_as_much_of_the_database_with_many_tasks_as_with_few(
    caller: Caller, desk: httpx.AsyncClient
) -> None:
    for number in range(12):
        await make_task(desk, f"Task {number}", local(days=-1))
    with statements(caller.service.database) as asked:
        page = (await desk.get("/")).text
    assert part(page, "h-overdue").count('<li class="job">') == 7
    assert len(asked) <= MOST_STATEMENTS, len(asked)


@pytest.mark.browser
@pytest.mark.parametrize("look", VISITS)
async def test_open_day_shows_what_comes_and_a_task_is_done_from_it_by_keyboard(
    chromium: Browser, desk: httpx.AsyncClient, settings: Settings, database_url: str, look: str
) -> None:
    await make_task(desk, "Ring the mill", local(days=-2))
    async with serving(settings, database_url) as address, visitor(chromium, address, look) as page:
        await enter_as(page, "ann")
        await check(page, f"home-day-{look}")
        await sign_in(desk, login="bob")
        await make_task(desk, "Count the bags", local(days=9))
        await page.get_by_role("link", name="Count the bags").wait_for()
        await page.get_by_role("button", name="Done : Ring the mill").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Overdue").wait_for(state="detached")
        await page.get_by_role("link", name="Count the bags").wait_for()
