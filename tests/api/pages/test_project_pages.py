"""Pages of projects and of the workload: lists, forms, phases, one list of all that is in a project, overload in words."""

import re
from io import BytesIO

import httpx
import pytest
from openpyxl import load_workbook

from tests.api.people import add_person, fill, send, sign_in, statements
from tests.conftest import Caller
from tests.factories import make_company, make_receipt

NEW = "/projects/new"
BADGE = re.compile(r'<span class="badge[^"]*">(?:<svg.*?</svg>)?([^<]+)')
DAY = "2036-01-07"
"""A Monday."""


@pytest.fixture
async def boss(caller: Caller) -> httpx.AsyncClient:
    """Give a director who is signed in, user 1; the clerk Bob is user 2, the mill is party 1."""
    await add_person(caller.service.database, login="boss", role="director")
    await add_person(caller.service.database, login="bob", role="clerk")
    await make_company(caller.service.database, "Mill Lane")
    await sign_in(caller.http, login="boss")
    return caller.http


async def make(http: httpx.AsyncClient, name: str = "Kitchen", **more: str) -> str:
    """Make a project by its form and give the address of its page."""
    answer = await send(http, NEW, {"name": name, "kind": "customer_project", **more})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def make_task(http: httpx.AsyncClient, title: str, **more: str) -> str:
    """Make a task by its form and give the address of its page."""
    answer = await send(
        http, "/tasks/new", {"kind": "task", "title": title, "executor_id": "1", "priority": "2", **more}
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_lists_of_tasks_are_filtered_by_project(boss: httpx.AsyncClient) -> None:
    """C77-36: the list and the board offer the open projects."""
    project = (await make(boss)).rpartition("/")[2]
    await make_task(boss, "Plane the beech", project_id=project)
    await make_task(boss, "Sweep the yard")

    for path in ("/tasks", "/tasks/board"):
        offered = await boss.get(path)
        filtered = await boss.get(path, params={"project": project})
        assert (offered.status_code, filtered.status_code) == (200, 200)
        assert f'<option value="{project}">Kitchen</option>' in offered.text
        assert "Sweep the yard" in offered.text
        assert "Plane the beech" in filtered.text
        assert "Sweep the yard" not in filtered.text


def words(text: str) -> str:
    """Give the text of a page without its markup."""
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


async def test_new_task_and_event_of_a_project_know_it_and_its_party(boss: httpx.AsyncClient) -> None:
    """PAP-31."""
    page = (await boss.get(await make(boss, party_id="#1"))).text

    task = (await boss.get("/tasks/new?from=project:1")).text
    event = (await boss.get("/events/new?project=1&party=1")).text

    assert 'href="/tasks/new?from=project:1"' in page
    assert 'href="/events/new?project=1&amp;party=1"' in page
    for form in (task, event):
        assert '<option value="1" selected>Kitchen</option>' in form
        assert 'value="#1 Mill Lane"' in form


async def test_page_shows_how_far_it_is_and_all_that_is_in_it(boss: httpx.AsyncClient, caller: Caller) -> None:
    """PAP-26, PAP-30, PAP-27."""
    receipt = make_receipt()
    assert (await (await caller.as_role("admin")).post("/v1/receipts", json=receipt)).status_code == 201
    page = await make(boss, due_on="2020-01-01")
    done = await make_task(boss, "Measure", project_id="1", planned_minutes="1:30", due_at="2020-01-01T10:00")
    await make_task(boss, "Saw", project_id="1", due_at="2020-01-02T10:00")
    await send(boss, f"{done}/times", {"minutes": "0:45", "on_date": "2020-01-01"})
    await send(boss, f"{done}/state", {"to": "done"})
    resource = {"name": "Oak", "unit": "m", "planned": "4", "actual": "5.5"}
    assert (await send(boss, f"{done}/resources", resource)).status_code == 303
    document = f"receipt:{receipt['receipt_uid']}"
    assert (await send(boss, "/tasks/tie", {"record": document, "task": "1"})).status_code == 303
    event = {"kind": "event", "topic": "Fair", "project_id": "1", "start_day": "2020-01-03", "start_time": "10:00"}
    assert (await send(boss, "/events/new", event)).status_code == 303

    whole = (await boss.get(page)).text
    shown = words(whole)
    tasks = words((await boss.get(page, params={"show": "task"})).text)

    assert "Tasks done 1 of 2" in shown
    assert "Time spent 0:45 1:30 planned" in shown
    assert "Oak m 4 5.5 +1.5" in shown
    assert shown.index("Fair Event") < shown.index("Saw Task") < shown.index("Measure Task")
    assert "Fair Event" not in tasks
    assert f'href="/receipts/{receipt["receipt_uid"]}"' in whole
    assert "Task taken further Measure" in shown
    assert shown.count("Overdue") >= 3


async def test_phase_lists_its_tasks_and_gives_one_to_another(boss: httpx.AsyncClient) -> None:
    """PAP-35: where a task was stays in its history."""
    page = await make(boss)
    for name in ("Measure", "Build"):
        await send(boss, f"{page}/phases", {"name": name})
    task = await make_task(boss, "Saw", project_id="1", phase_id="1")

    before = (await boss.get(f"{page}/phases/1")).text
    moved = await send(boss, f"{page}/phases/1/tasks/1", {"phase_id": "2"})
    stale = await send(boss, f"{page}/phases/1/tasks/1", {"phase_id": ""})
    after = words((await boss.get(f"{page}/phases/2")).text)

    assert f'href="{task}"' in before
    assert (moved.status_code, stale.status_code) == (303, 303)
    assert "Saw Task 1" in after
    assert "Phase Measure" in words((await boss.get(f"{task}/history")).text)


async def test_phases_are_ordered_closed_and_removed_on_the_page(boss: httpx.AsyncClient) -> None:
    page = await make(boss)
    for name in ("Measure", "Build"):
        await send(boss, f"{page}/phases", {"name": name})
    await make_task(boss, "Saw", project_id="1", phase_id="2")

    await send(boss, f"{page}/phases/2/act", {"do": "up"})
    await send(boss, f"{page}/phases/2/act", {"do": "close"})
    refused = await send(boss, f"{page}/phases/2/act", {"do": "remove"})
    unknown = await send(boss, f"{page}/phases/2/act", {"do": "burn"})
    shown = words((await boss.get(page)).text)
    await send(boss, f"{page}/phases/1/act", {"do": "remove"})

    assert "Build Closed 0 of 1" in shown
    assert shown.index("Build Closed") < shown.index("Measure Open")
    assert (refused.status_code, unknown.status_code) == (422, 422)
    assert "close it instead" in refused.text
    assert "Measure Open" not in words((await boss.get(page)).text)


async def test_second_editor_sees_both_values_and_keeps_what_was_typed(boss: httpx.AsyncClient) -> None:
    page = await make(boss)
    version = {"kind": "customer_project", "version": "1"}
    await send(boss, f"{page}/edit", {"name": "Big kitchen", **version})

    clash = await send(boss, f"{page}/edit", {"name": "Small kitchen", "due_on": "2030-02-01", **version})
    again = await fill(boss, f"{page}/edit", {"name": "Small kitchen", "kind": "internal"})

    told = words(clash.text)
    assert clash.status_code == 422
    assert "Name Small kitchen Big kitchen Kitchen" in told
    assert 'name="version" value="2"' in clash.text
    assert 'value="2030-02-01"' in clash.text
    assert again.status_code == 303


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": ""}, "This must be filled in."),
        ({"party_id": "Nobody"}, "There is no such person or organisation."),
        ({"starts_on": "2030-02-02", "due_on": "2030-02-01"}, "Lies before the beginning."),
        ({"kind": "nothing"}, "is none of the directory"),
    ],
)
async def test_form_that_is_refused_says_why_beside_the_field(
    boss: httpx.AsyncClient, fields: dict[str, str], told: str
) -> None:
    answer = await send(boss, NEW, {"name": "Kitchen", "kind": "internal", **fields})

    assert answer.status_code == 422
    assert told in answer.text


async def test_list_is_filtered_by_its_address_and_taken_along(boss: httpx.AsyncClient) -> None:
    """PAP-34."""
    await make(boss, "=Oak kitchen", party_id="#1", manager_id="1", due_on="2020-01-01")
    await send(boss, f"{await make(boss, 'Shelves')}/close", {})
    await send(boss, f"{await make(boss, 'Old shop')}/archive", {})

    listed = [
        (await boss.get("/projects", params=query)).text
        for query in ({}, {"shown": "closed"}, {"shown": "archived"}, {"party": "1", "manager": "me", "overdue": "yes"})
    ]
    csv = (await boss.get("/projects/export/csv", params={"shown": "any", "text": "oak"})).text
    book = load_workbook(BytesIO((await boss.get("/projects/export/xlsx", params={"shown": "any"})).content))

    named = [[name for name in ("=Oak kitchen", "Shelves", "Old shop") if f">{name}</a>" in page] for page in listed]
    assert named == [["=Oak kitchen"], ["Shelves"], ["Old shop"], ["=Oak kitchen"]]
    assert "'=Oak kitchen" in csv
    assert "Shelves" not in csv
    assert {row[1] for row in book.active.iter_rows(min_row=2, values_only=True)} == {"'=Oak kitchen", "Shelves"}
    assert (await boss.get("/projects", params={"manager": "nobody"})).status_code == 400


async def test_closed_project_is_taken_up_again_and_archived_one_offers_nothing_else(boss: httpx.AsyncClient) -> None:
    page = await make(boss)
    await send(boss, f"{page}/close", {})
    closed = (await boss.get(page)).text
    await send(boss, f"{page}/reopen", {})
    await send(boss, f"{page}/archive", {})
    archived = (await boss.get(page)).text

    assert "Take the project up again" in closed
    assert "Archived" in archived
    assert f"{page}/edit" not in archived
    assert f'action="{page}/unarchive"' in archived


async def test_workload_says_in_words_who_has_too_much(boss: httpx.AsyncClient) -> None:
    """PAP-39: an icon and a text mark what is too much, in the table and in its twin; files hold the same."""
    await make_task(boss, "Saw", planned_minutes="20:00", starts_at=f"{DAY}T08:00", due_at="2036-01-08T16:00")
    await make_task(boss, "Glue", planned_minutes="2:00")
    await make_task(boss, "Rest", planned_minutes="4:00", due_at=f"{DAY}T16:00", executor_id="2")

    page = (await boss.get("/workload", params={"day": "2036-01-09"})).text
    month = await boss.get("/workload", params={"day": "2036-01-31", "span": "month"})
    csv = (await boss.get("/workload/export/csv", params={"day": DAY})).text
    nowhere = await boss.get("/workload", params={"department": "nowhere"})

    assert page.count('#icon-alert"/></svg>+2:00<span class="vh"> too much</span>') == 2
    assert "2 days too full" in page
    assert "20:00 40:00 2:00" in words(page)
    assert f"boss,Nora Lindqvist,{DAY},600,0,600,480,120" in csv
    assert f"bob,Nora Lindqvist,{DAY},240,0,240,480,0" in csv
    assert len(re.findall(r'<th scope="col" class="num"[^>]*>[A-Z]', month.text)) >= 31
    assert nowhere.status_code == 404


async def test_pages_read_a_number_of_queries_that_does_not_grow(boss: httpx.AsyncClient, caller: Caller) -> None:
    page = await make(boss)
    paths = ("/projects", page, "/workload")
    counts: list[list[int]] = []
    for _ in range(2):
        counts.append([])
        for path in paths:
            with statements(caller.service.database) as run:
                assert (await boss.get(path)).status_code == 200
            counts[-1].append(len(run))
        for number in range(5):
            await make(boss, f"P{number}", manager_id="1", party_id="#1")
            await send(boss, f"{page}/phases", {"name": f"F{number}"})
            await make_task(boss, f"T{number}", project_id="1", phase_id=str(number + 1), due_at=f"{DAY}T16:00")

    assert max(after - before for before, after in zip(*counts, strict=True)) <= 2
