"""The calendar on pages: views, layers, what a click makes, and calendars given out to other programs."""

import re

import httpx
import pytest
from playwright.async_api import Browser

from api.settings import Settings
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import VISITS, enter, look_at, visitor
from tests.api.people import add_person, fill, hidden, send, sign_in, statements
from tests.conftest import Caller

EVENT = {
    "kind": "meeting",
    "topic": "Rye for May",
    "start_day": "2026-11-24",
    "start_time": "10:00",
    "end_day": "2026-11-24",
    "end_time": "11:30",
    "responsible_id": "1",
}
TASK = {"kind": "task", "title": "Order labels", "executor_id": "1", "due_at": "2026-11-25T17:00"}


@pytest.fixture
async def desk(caller: Caller) -> httpx.AsyncClient:
    """Give Nora, user 1, with a meeting and a task of hers, and Bob, user 2, with nothing."""
    await add_person(caller.service.database, role="admin")
    await add_person(caller.service.database, login="bob")
    await sign_in(caller.http)
    await fill(caller.http, "/events/new", EVENT)
    await send(caller.http, "/tasks/new", TASK)
    return caller.http


@pytest.mark.parametrize("view", ["month", "week", "day", "agenda"])
async def test_meeting_stands_in_every_view_of_its_day(desk: httpx.AsyncClient, view: str) -> None:
    """UNF-03, UNF-25: in the calendar of whoever is responsible."""
    own = await desk.get(f"/calendar?view={view}&day=2026-11-24")
    bobs = await desk.get(f"/calendar?view={view}&day=2026-11-24&user=2")

    assert 'href="/events/1"' in own.text
    assert "10:00" in own.text
    assert (bobs.status_code, 'href="/events/1"' in bobs.text) == (200, False)


async def test_event_without_responsible_leaves_the_calendar_and_stays_in_the_list(desk: httpx.AsyncClient) -> None:
    """UNF-26."""
    await fill(desk, "/events/1/edit", EVENT | {"responsible_id": "", "version": "1", "scope": "one"})

    assert "Rye for May" not in (await desk.get("/calendar?day=2026-11-24&user=all")).text
    assert "Rye for May" in (await desk.get("/events?until=2026-12-31")).text


async def test_own_calendar_has_the_birthdays_of_its_own_parties_until_those_of_all_are_ticked(
    caller: Caller, desk: httpx.AsyncClient
) -> None:
    """C77-22."""
    admin = await caller.as_role("admin")
    for name in ("Anna Client", "Boris Stranger"):
        born = {"name": name, "legal_status": "natural_person", "birth_date": "1990-11-26"}
        assert (await admin.post("/v1/parties", json=born)).status_code == 201
    await fill(desk, "/events/new", EVENT | {"party": "#1", "topic": "Talk"})

    usual = (await desk.get("/calendar?view=week&day=2026-11-24")).text
    everybody = (await desk.get("/calendar?view=week&day=2026-11-24&show=all_birthdays")).text

    assert ("Anna Client" in usual, "Boris Stranger" in usual) == (True, False)
    assert re.search(r'value="birthdays" checked', usual)
    assert re.search(r'value="all_birthdays">', usual)
    assert ("Anna Client" in everybody, "Boris Stranger" in everybody) == (True, True)


async def test_layers_are_chosen_by_the_address(desk: httpx.AsyncClient) -> None:
    month = "/calendar?day=2026-11-24"

    shown = {}
    for query in ("", "&show=tasks", "&kind=meeting", "&kind=call", "&user=all", "&user=2&user=me"):
        found = (await desk.get(month + query)).text
        shown[query] = ('href="/events/1"' in found, 'href="/tasks/1"' in found)

    assert shown == {
        "": (True, True),
        "&show=tasks": (False, True),
        "&kind=meeting": (True, False),
        "&kind=call": (False, False),
        "&user=all": (True, True),
        "&user=2&user=me": (True, True),
    }


async def test_project_has_its_calendar(desk: httpx.AsyncClient) -> None:
    """PAP-26: its events and tasks, whoever they are of."""
    await fill(desk, "/projects/new", {"name": "Fair", "kind": "customer_project"})
    await fill(desk, "/events/new", EVENT | {"topic": "Of the fair", "project_id": "1", "responsible_id": "2"})

    found = (await desk.get("/calendar?day=2026-11-24&project=1")).text

    assert "Of the fair" in found
    assert "Rye for May" not in found


async def test_free_hour_opens_the_form_at_that_hour(desk: httpx.AsyncClient) -> None:
    week = (await desk.get("/calendar?view=week&day=2026-11-24")).text
    free = next(path for path in re.findall(r'href="(/events/new[^"]*)"', week) if "2026-11-26T14:30" in path)

    form = (await desk.get(free.replace("&amp;", "&"))).text

    filled = dict(re.findall(r'<input id="((?:start|end)_(?:day|time))"[^>]* value="([^"]*)"', form))
    assert filled == {
        "start_day": "2026-11-26",
        "start_time": "14:30",
        "end_day": "2026-11-26",
        "end_time": "15:30",
    }


async def test_address_that_no_calendar_has_is_refused(desk: httpx.AsyncClient) -> None:
    wrong = (
        "view=year",
        "day=tomorrow",
        "day=9999-12-31",
        "user=nobody",
        "project=x",
        "user=" + "&user=".join("123456789") + "&user=10&user=11",
    )

    assert {query: (await desk.get(f"/calendar?{query}")).status_code for query in wrong} == dict.fromkeys(wrong, 400)


async def test_number_of_queries_is_the_same_for_any_view(desk: httpx.AsyncClient, caller: Caller) -> None:
    asked = []
    for view in ("month", "week", "day", "agenda"):
        with statements(caller.service.database) as made:
            await desk.get(f"/calendar?view={view}&day=2026-11-24")
        asked.append(len(made))

    assert len(set(asked)) == 1
    assert asked[0] <= 8


async def test_address_of_a_calendar_is_shown_once_and_can_be_taken_back(desk: httpx.AsyncClient) -> None:
    made = await fill(desk, "/calendar/feeds", {"name": "Telephone", "user": "me", "show": ["events", "tasks"]})
    found = re.search(r"<output>http://tallycard.test(/v1/calendar/ics/[^<]+)</output>", made.text)
    assert found is not None
    listed = (await desk.get("/calendar/feeds")).text

    before = await desk.get(found[1])
    await desk.post("/calendar/feeds/1/revoke", data=hidden(await desk.get("/calendar/feeds")))
    after = await desk.get(found[1])

    assert "Telephone" in listed
    assert found[1] not in listed
    assert (before.status_code, after.status_code) == (200, 404)
    assert "Telephone" not in (await desk.get("/calendar/feeds")).text


async def test_calendar_without_a_name_or_of_nothing_is_refused(desk: httpx.AsyncClient) -> None:
    nameless = await fill(desk, "/calendar/feeds", {"name": "", "user": "me", "show": ["events"]})
    empty = await fill(desk, "/calendar/feeds", {"name": "Telephone", "user": "me"})

    assert (nameless.status_code, 'id="name-wrong"' in nameless.text) == (422, True)
    assert (empty.status_code, 'id="show-wrong"' in empty.text) == (422, True)


async def test_calendar_of_somebody_else_cannot_be_taken_back(desk: httpx.AsyncClient) -> None:
    await fill(desk, "/calendar/feeds", {"name": "Telephone", "user": "me", "show": ["events"]})
    await sign_in(desk, login="bob")

    assert (await send(desk, "/calendar/feeds/1/revoke", {})).status_code == 404


PATHS = {
    "month": "/calendar?day=2026-11-24",
    "week": "/calendar?view=week&day=2026-11-24",
    "day": "/calendar?view=day&day=2026-11-24",
    "agenda": "/calendar?view=agenda&day=2026-11-20",
    "agenda-empty": "/calendar?view=agenda&day=2030-01-01",
    "layers": "/calendar?day=2026-11-24&user=2&user=me&show=events",
    "feeds": "/calendar/feeds",
}


@pytest.mark.browser
@pytest.mark.parametrize("look", VISITS)
async def test_every_page_of_the_calendar_is_accessible_and_fits(
    chromium: Browser, desk: httpx.AsyncClient, settings: Settings, database_url: str, look: str
) -> None:
    await fill(desk, "/events/new", EVENT | {"topic": "At the same time", "kind": "event"})
    await fill(desk, "/calendar/feeds", {"name": "Telephone", "user": "me", "show": ["events"]})
    async with serving(settings, database_url) as address, visitor(chromium, address, look) as page:
        await enter(page)
        for name, path in PATHS.items():
            await look_at(page, f"calendar-{name}", path, look)


@pytest.mark.browser
@pytest.mark.usefixtures("desk")
async def test_click_on_a_free_hour_makes_an_event_there_and_the_keyboard_does_too(
    chromium: Browser, settings: Settings, database_url: str
) -> None:
    async with serving(settings, database_url) as address, visitor(chromium, address, "light") as page:
        await enter(page)
        await page.goto("/calendar?view=week&day=2026-11-24")
        await page.get_by_label("New event on Thu 26 Nov at 14:30").click(force=True)
        await page.fill("[name=topic]", "By click")
        await page.get_by_role("button", name="Save event").click()
        await page.goto("/calendar?view=week&day=2026-11-24")
        assert (await page.get_by_role("cell", name="By click").inner_text()).split() == ["By", "click", "14:30–15:30"]

        await page.get_by_role("link", name=re.compile("New event on Friday")).focus()
        await page.keyboard.press("Enter")
        await page.locator("[name=topic]").press_sequentially("By keys")
        await page.keyboard.press("Enter")
        await page.wait_for_url(re.compile(r"/events/\d+$"))
        await page.goto("/calendar?view=day&day=2026-11-27")
        assert await page.get_by_role("link", name="By keys").count() == 1
