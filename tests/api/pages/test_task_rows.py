"""Tasks and reminders on pages, row by row: who has a part in a task, what it came through, and who is told when."""

import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text

from api.notifying import notify_once
from api.state import read_clock
from tests.api.pages.test_tasks import as_person, make
from tests.api.people import add_person, fill, send, sign_in
from tests.conftest import Caller
from tests.factories import make_company

SOFIA = ZoneInfo("Europe/Sofia")
DAY = timedelta(days=1)
RULES = "/settings/notifications"
EDIT = {"kind": "task", "title": "Call the mill", "priority": "2"}
MEETING = {"kind": "meeting", "topic": "Rye for May", "start_day": "2100-05-06", "start_time": "10:00"}
_NOTICE = re.compile(r'<a href="/notifications/\d+"><b>([^<]*)</b></a>\s*<br><small class="muted">([^·<]*) ·')
_ROW = re.compile(r"<tr><th scope=\"row\">(.*?)</tr>", re.DOTALL)


@pytest.fixture
async def boss(caller: Caller) -> httpx.AsyncClient:
    """Give a director who is signed in, user 1; Bob, Cleo and Dan are users 2, 3 and 4."""
    await add_person(caller.service.database, login="boss", role="director")
    for login in ("bob", "cleo", "dan"):
        await add_person(caller.service.database, login=login, role="sales")
    await sign_in(caller.http, login="boss")
    return caller.http


async def told(caller: Caller, login: str) -> list[tuple[str, str]]:
    """Let what is due be told, twice; gives what somebody was told and has not read: of what, and why."""
    for _ in range(2):
        await notify_once(caller.service)
    return _NOTICE.findall((await (await as_person(caller, login)).get("/notifications?shown=unread")).text)


async def time_passes(caller: Caller, hours: int) -> None:
    """Make everything that is kept of tasks and rules so much older."""
    async with caller.service.database.connection() as connection:
        for statement in (
            "update task set due_at = due_at - cast(:by as interval), created_at = created_at - cast(:by as interval)",
            "update notification_rule set heard_at = heard_at - cast(:by as interval)",
        ):
            await connection.execute(text(statement), {"by": timedelta(hours=hours)})


def today() -> date:
    """Give the day that it is in the shop."""
    return read_clock().astimezone(SOFIA).date()


def plain(markup: str) -> str:
    """Give a text without its tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", markup).split())


async def test_task_has_its_author_one_executor_co_executors_and_watchers(
    caller: Caller, boss: httpx.AsyncClient
) -> None:
    """C77-03, C77-27: whoever gets it is its only executor from then on, and each finds it in the tab of their part."""
    page = await make(boss, executor_id="2", co_executors=["3"], watchers=["4"])
    bob, dan = await as_person(caller, "bob"), await as_person(caller, "dan")
    before = (await bob.get("/tasks?tab=incoming")).text
    assert "Call the mill" in (await dan.get("/tasks?tab=watched")).text

    given: dict[str, str | list[str]] = {
        **EDIT,
        "executor_id": "3",
        "co_executors": ["4"],
        "watchers": ["2"],
        "version": "1",
    }
    assert (await send(boss, f"{page}/edit", given)).status_code == 303
    facts = (await boss.get(page)).text.partition('<dl class="facts" id="facts"')[2].partition("</dl>")[0]
    form = (await boss.get(f"{page}/edit")).text

    parts = ("Executor", "Author", "Co-executors", "Watchers")
    assert [facts.count(f"<dt>{part}</dt><dd>Nora Lindqvist</dd>") for part in parts] == [1, 1, 1, 1]
    executor = form.partition('<select id="executor_id"')[2].partition("</select>")[0]
    assert re.findall(r'value="(\d+)" selected', executor) == ["3"]
    for part, user in (("co_executors", "4"), ("watchers", "2")):
        assert re.findall(rf'name="{part}" value="(\d+)" checked', form) == [user]
    assert ("Call the mill" in before, "Call the mill" in (await bob.get("/tasks?tab=incoming")).text) == (True, False)
    assert "Call the mill" in (await bob.get("/tasks?tab=watched")).text


async def test_history_lists_every_state_with_who_when_and_why(caller: Caller, boss: httpx.AsyncClient) -> None:
    """C77-31: on a page of its own, the first state on top."""
    page = await make(boss, executor_id="2")
    bob = await as_person(caller, "bob")
    steps = ((bob, "in_work", "Begun at once"), (bob, "waiting", "The mill is shut"), (boss, "done", "They called"))
    for http, state, why in steps:
        assert (await send(http, f"{page}/state", {"to": state, "comment": why})).status_code == 303

    shown = (await boss.get(f"{page}/history")).text
    states = shown.partition('aria-labelledby="h-states"')[2].partition("</table>")[0]

    assert f'href="{page}/history">History</a>' in (await boss.get(page)).text
    rows = [[plain(cell) for cell in row.replace("</th>", "</td>").split("</td>")] for row in _ROW.findall(states)]
    assert [(row[3], row[4]) for row in rows] == [
        ("boss", "–"),
        ("bob", "Begun at once"),
        ("bob", "The mill is shut"),
        ("boss", "They called"),
    ]
    assert len({row[0] for row in rows}) == len(rows)
    assert all(str(read_clock().year) in row[1] for row in rows)


async def test_executor_and_author_are_reminded_before_at_and_after_the_task_is_due(
    caller: Caller, boss: httpx.AsyncClient
) -> None:
    """C77-05: once each, and the author because a rule says so."""
    form = await boss.get(f"{RULES}/4")
    whole = {"name": "Tasks due", "listens": "task", "on_occurrence": "yes", "by_app": "yes", "is_on": "yes"}
    times = {f"{name}.{row}": value for row, side in enumerate(("before", "after")) for name, value in (("count", "1"), ("unit", "days"), ("side", side))}  # fmt: skip
    saved = await send(boss, f"{RULES}/4", {**whole, **times, "parts": ["executor", "author"], "version": "1"})
    due = (read_clock() + timedelta(hours=36)).astimezone(SOFIA)
    await make(boss, executor_id="2", due_at=due.strftime("%Y-%m-%dT%H:%M"))

    counts = []
    for hours in (0, 18, 19, 24):  # 36 hours before, 18 hours before, 1 hour after, 25 hours after
        await time_passes(caller, hours)
        found = [(await told(caller, login)).count(("Call the mill", "Task due")) for login in ("boss", "bob", "cleo")]
        counts.append(tuple(found))

    assert ('value="Tasks due"' in form.text, saved.status_code) == (True, 303)
    assert counts == [(0, 0, 0), (1, 1, 0), (2, 2, 0), (3, 3, 0)]


async def test_event_that_is_given_to_another_is_told_to_the_new_one_alone(
    caller: Caller, boss: httpx.AsyncClient
) -> None:
    """UNF-24."""
    made = await fill(boss, "/events/new", {**MEETING, "responsible_id": "1"})
    path = made.headers["location"]
    before = await told(caller, "bob")

    await send(boss, f"{path}/edit", {**MEETING, "responsible_id": "2", "version": "1", "scope": "one"})

    assert (before, ("Rye for May", "Event changed") in await told(caller, "bob")) == ([], True)
    assert (await told(caller, "boss"), await told(caller, "cleo")) == ([], [])
    facts = (await boss.get(path)).text
    assert "<dt>Responsible</dt><dd>Nora Lindqvist</dd>" in facts


async def test_each_listed_colleague_and_nobody_else_is_reminded_of_each_occurrence_once(
    caller: Caller, boss: httpx.AsyncClient
) -> None:
    """C77-61, C77-21: who takes part, who is only reminded; Dan is neither."""
    first = today() + DAY * 2
    series = {"start_day": first.isoformat(), "repeat": "DAILY", "count": "2", "remind_days": "5"}
    await fill(boss, "/events/new", {**MEETING, **series, "participants": ["2"], "reminded": ["3"]})

    found = {login: await told(caller, login) for login in ("boss", "bob", "cleo", "dan")}

    once_each = [("Rye for May", "Event coming")] * 2
    assert found == {"boss": [], "bob": once_each, "cleo": once_each, "dan": []}


async def test_date_of_the_next_contact_plans_moves_and_removes_it(caller: Caller, boss: httpx.AsyncClient) -> None:
    """C77-49: it is linked to the contact that it follows."""
    await make_company(caller.service.database, "Mill")
    said = {**MEETING, "start_day": "2026-11-20", "party": "#1", "responsible_id": "1"}
    path = (await fill(boss, "/events/new", {**said, "next_on": "2100-02-01"})).headers["location"]
    following = re.search(r'<dt>Next contact on</dt><dd><a href="([^"]+)">1 Feb 2100</a>', (await boss.get(path)).text)
    assert following is not None
    first = (await boss.get(following[1])).text

    await send(boss, f"{path}/edit", {**said, "next_on": "2100-03-01", "version": "1", "scope": "one"})
    moved = (await boss.get(following[1])).text
    version = (await boss.get(f"{path}/edit")).text.partition('name="version"')[2].partition('value="')[2]
    await send(boss, f"{path}/edit", {**said, "next_on": "", "version": version.partition('"')[0], "scope": "one"})

    assert ("Planned</span>" in first, "<dd>1 Feb 2100</dd>" in first, f'<a href="{path}">' in first) == (True,) * 3
    assert "<dd>1 Mar 2100</dd>" in moved
    assert "Next contact on" not in (await boss.get(path)).text.partition('id="facts"')[2].partition("</dl>")[0]
    assert "Removed" in (await boss.get(following[1])).text


async def test_next_contact_is_told_its_own_number_of_days_before(caller: Caller, boss: httpx.AsyncClient) -> None:
    """C77-20, C77-51: of two contacts on one day, the one whose days have come."""
    day = (today() + DAY * 9).isoformat()
    for topic, days in (("Told already", "9"), ("Told later", "3")):
        said = {**MEETING, "topic": topic, "start_day": "2026-11-20", "responsible_id": "2"}
        await fill(boss, "/events/new", {**said, "next_on": day, "remind_days": days})

    found = [one for one in await told(caller, "bob") if one[1] == "Event coming"]

    assert found == [("Told already", "Event coming")]
    assert await told(caller, "cleo") == []
