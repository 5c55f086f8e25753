"""Tasks beyond their own page: the board, taking lists along, saved lists, business cycles, profiles and documents."""

import re
from io import BytesIO

import httpx
import pytest
from openpyxl import load_workbook

from tests.api.people import add_person, fill, hidden, send, sign_in, statements
from tests.conftest import Caller
from tests.factories import make_line, make_receipt

NEW = "/tasks/new"


@pytest.fixture
async def boss(caller: Caller) -> httpx.AsyncClient:
    """Give a director who is signed in, user 1; the clerk Bob is user 2."""
    await add_person(caller.service.database, login="boss", role="director")
    await add_person(caller.service.database, login="bob", role="clerk")
    await sign_in(caller.http, login="boss")
    return caller.http


async def make(http: httpx.AsyncClient, title: str = "Call the mill", **more: str | list[str]) -> str:
    """Make a task by its form and give the address of its page."""
    answer = await send(http, NEW, {"kind": "task", "title": title, "executor_id": "1", "priority": "2", **more})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_board_moves_a_task_without_scripts_and_stays_on_the_board(boss: httpx.AsyncClient) -> None:
    """C77-38, C77-39: each card offers what its cycle allows, and nothing else."""
    await make(boss)
    board = (await boss.get("/tasks/board")).text
    moved = await send(boss, "/tasks/1/state", {"to": "in_work", "next": "/tasks/board?kind=task"})
    after = (await boss.get(moved.headers["location"])).text

    assert 'data-to="in_work done dropped"' in board
    assert moved.headers["location"] == "/tasks/board?kind=task"
    assert 'data-to="waiting done dropped"' in after


async def test_form_leads_to_no_other_place_than_the_board(boss: httpx.AsyncClient) -> None:
    page = await make(boss)

    moved = await send(boss, f"{page}/state", {"to": "done", "next": "//elsewhere.example/tasks/board"})

    assert moved.headers["location"] == page


async def test_list_is_taken_along_as_it_is_filtered(boss: httpx.AsyncClient) -> None:
    await make(boss, "=Ask for rye", due_at="2030-05-06T10:30")
    await make(boss, "For Bob", executor_id="2")

    csv = (await boss.get("/tasks/export/csv", params={"executor": "me"})).text
    book = load_workbook(BytesIO((await boss.get("/tasks/export/xlsx")).content))

    assert "'=Ask for rye" in csv
    assert "For Bob" not in csv
    assert [row[1] for row in book.active.iter_rows(min_row=2, values_only=True)] == ["'=Ask for rye", "For Bob"]


async def test_saved_list_is_a_tab_whose_address_carries_everything(boss: httpx.AsyncClient) -> None:
    query = "?tab=outgoing&priority=1&overdue=yes&since=2026-01-01"
    saved = await fill(boss, f"/tasks/views{query}", {"name": "Urgent of others", "shared": "yes"})

    listed = (await boss.get(saved.headers["location"])).text
    unnamed = await fill(boss, f"/tasks/views{query}", {"name": ""})

    assert saved.headers["location"].split("?")[1].split("&") == ["tab=outgoing", "priority=1", "overdue=yes", "since=2026-01-01"]  # fmt: skip
    assert 'aria-current="page">Urgent of others</a>' in listed
    assert unnamed.status_code == 422


async def test_tabs_and_filters_show_what_they_say(boss: httpx.AsyncClient) -> None:
    """C77-35, C77-02, PAP-33."""
    await make(boss, "Own and late", due_at="2020-01-01T00:00")
    await make(boss, "For Bob", executor_id="2", due_at="2030-05-06T10:30")

    outgoing = (await boss.get("/tasks", params={"tab": "outgoing"})).text
    late = (await boss.get("/tasks", params={"overdue": "yes"})).text
    nothing = (await boss.get("/tasks", params={"text": "no such words"})).text

    assert ("For Bob" in outgoing, "Own and late" in outgoing) == (True, False)
    assert ("For Bob" in late, "Own and late" in late) == (False, True)
    assert "No task fits the filter." in nothing
    assert (await boss.get("/tasks", params={"kind": "x", "on": "17"})).status_code == 400


async def test_kind_with_its_cycle_is_made_on_a_page_and_chosen_at_once(boss: httpx.AsyncClient) -> None:
    """C77-36, C77-39."""
    cycle: dict[str, str | list[str]] = {
        "code": "order", "names.en": "Order", "state_code": ["asked", "sent", ""], "state_en": ["Asked", "Sent", ""],
        "state_ru": ["", "", ""], "state_uk": ["", "", ""], "state_bg": ["", "", ""],
        "state_stage": ["new", "done", "active"], "way": "asked>sent", "who.asked>sent": ["executor", "sales"],
    }  # fmt: skip
    endless = await send(boss, "/settings/new-task-kind", {**cycle, "way": ""})
    made = await send(boss, "/settings/new-task-kind", cycle)
    form = (await boss.get("/settings/task-kinds/order")).text
    task = await make(boss, kind="order")

    assert endless.status_code == 422
    assert 'id="transitions-wrong"' in endless.text
    assert made.status_code == 303
    assert 'value="asked&gt;sent" checked' in form
    assert 'value="order">Order</option>' in (await boss.get(NEW)).text
    assert "Sent" in (await boss.get(task)).text


async def test_states_of_a_cycle_change_places_in_the_form_before_it_is_saved(boss: httpx.AsyncClient) -> None:
    """C77-39: with what else was typed and ticked; the first and the last go no further."""
    cycle: dict[str, str | list[str]] = {
        "code": "order", "names.en": "Order", "state_code": ["asked", "sent", "lost"],
        "state_en": ["Asked", "Sent", "Lost"], "state_stage": ["new", "done", "dropped"], "state_archived": "1",
        "way": ["asked>sent", "asked>lost"],
    }  # fmt: skip
    moved = (await send(boss, "/settings/new-task-kind", {**cycle, "down": "1"})).text
    edge = (await send(boss, "/settings/new-task-kind", {**cycle, "up": "0"})).text

    order = [re.findall(r'name="state_(?:code|en)" value="([^"]+)"', page) for page in (moved, edge)]
    assert order[0] == ["asked", "Asked", "lost", "Lost", "sent", "Sent"]
    assert order[1] == ["asked", "Asked", "sent", "Sent", "lost", "Lost"]
    assert re.findall(r'name="state_archived" value="(\d)" checked', moved) == ["2"]
    assert 'value="asked&gt;lost" checked' in moved


async def test_cycle_of_a_kind_is_changed_from_the_version_that_was_seen(boss: httpx.AsyncClient) -> None:
    """C77-39: a transition that is taken away is not offered any more."""
    page = await make(boss)
    shown = await boss.get("/settings/task-kinds/task")
    states = ["new", "in_work", "waiting", "done", "dropped"]
    whole: dict[str, str | list[str]] = {
        **hidden(shown), "names.en": "Task", "state_code": states, "state_en": states, "state_ru": [""] * 5,
        "state_uk": [""] * 5, "state_bg": [""] * 5, "state_stage": ["new", "active", "waiting", "done", "dropped"],
    }  # fmt: skip

    saved = await boss.post("/settings/task-kinds/task", data={**whole, "way": ["new>in_work", "in_work>done"]})
    stale = await boss.post("/settings/task-kinds/task", data={**whole, "way": ["new>done"]})
    offered = (await boss.get(page)).text

    assert saved.status_code == 303, saved.text
    assert stale.status_code == 422
    assert ('name="to" value="in_work"' in offered, 'name="to" value="done"' in offered) == (True, False)


async def test_task_of_a_party_stands_on_its_profile_the_open_ones_first(caller: Caller, boss: httpx.AsyncClient) -> None:  # fmt: skip
    """C77-26, PAP-27."""
    admin = await caller.as_role("admin")
    party = (await admin.post("/v1/parties", json={"name": "Mill", "legal_status": "limited_company"})).json()["party_id"]  # fmt: skip
    done = await make(boss, "Done long ago", party_id=f"#{party}")
    await send(boss, f"{done}/state", {"to": "done"})
    quick = await send(boss, NEW, {"title": "Entered quickly", "party_id": f"#{party}", "executor_id": "1"})

    profile = (await boss.get(f"/parties/{party}")).text
    panel = profile[profile.index('id="panel-tasks"') :]

    assert quick.status_code == 303, quick.text
    assert panel.index("Entered quickly") < panel.index("Done long ago")
    assert f'href="/tasks/new?party={party}"' in profile
    assert "Task made" in (await boss.get(f"/parties/{party}/timeline", params={"module": "task"})).text


async def test_document_shows_its_tasks_and_is_tied_from_either_side(caller: Caller, boss: httpx.AsyncClient) -> None:
    """PAP-36, C77-33."""
    admin = await caller.as_role("admin")
    receipt, other = make_receipt(make_line()), make_receipt(make_line(), store="0001")
    for one in (receipt, other):
        assert (await admin.post("/v1/receipts", json=one)).status_code == 201
    page = await make(boss)
    here, there = (f"/receipts/{one['receipt_uid']}" for one in (receipt, other))

    await send(boss, f"{page}/documents", {"record": f"https://shop.example{here}"})
    await send(boss, "/tasks/tie", {"record": f"receipt:{other['receipt_uid']}", "task": "1"})
    unknown = await send(boss, "/tasks/tie", {"record": f"receipt:{other['receipt_uid']}", "task": "4711"})
    shown = (await boss.get(page)).text
    of_receipt = (await boss.get(here)).text
    await send(boss, f"{page}/documents/remove", {"untie": f"receipt:{receipt['receipt_uid']}"})

    assert all(f'href="{address}"' in shown for address in (here, there))
    assert f'href="{page}"' in of_receipt
    assert unknown.status_code == 422
    assert f'href="{page}"' not in (await boss.get(here)).text


async def test_reports_say_who_waits_and_how_long_states_last(caller: Caller, boss: httpx.AsyncClient) -> None:
    """PAP-38, C77-32."""
    admin = await caller.as_role("admin")
    party = (await admin.post("/v1/parties", json={"name": "Mill", "legal_status": "limited_company"})).json()["party_id"]  # fmt: skip
    page = await make(boss, "Oven is cold", kind="request", source="phone", party_id=f"#{party}")
    waiting = (await boss.get("/tasks/reports/requests")).text
    await send(boss, f"{page}/state", {"to": "done"})

    assert f'<a href="/tasks?party={party}">Mill</a>' in waiting
    assert "No customer's request is open." in (await boss.get("/tasks/reports/requests")).text
    assert "request,new,1," in (await boss.get("/tasks/reports/times", params={"as": "csv"})).text


async def test_form_shows_again_what_depends_on_a_choice(caller: Caller, boss: httpx.AsyncClient) -> None:
    """PAP-38: the contact persons of the party are offered, and the source of a request."""
    admin = await caller.as_role("admin")
    mill = (await admin.post("/v1/parties", json={"name": "Mill", "legal_status": "limited_company"})).json()["party_id"]  # fmt: skip
    anna = (await admin.post("/v1/parties", json={"name": "Anna", "legal_status": "natural_person"})).json()["party_id"]  # fmt: skip
    assert (await admin.post(f"/v1/parties/{mill}/persons", json={"person_id": anna})).status_code == 201

    again = await send(boss, NEW, {"check": "yes", "kind": "request", "title": "x", "party_id": "Mill"})

    assert again.status_code == 200
    assert f'<option value="{anna}">Anna</option>' in again.text
    assert 'id="source"' in again.text


async def test_lists_ask_the_database_as_often_for_many_tasks_as_for_one(caller: Caller, boss: httpx.AsyncClient) -> None:  # fmt: skip
    async def count(path: str) -> int:
        with statements(caller.service.database) as found:
            assert (await boss.get(path)).status_code == 200
        return len(found)

    await make(boss)
    one = [await count(path) for path in ("/tasks", "/tasks/board")]
    for number in range(8):
        await make(boss, f"Task {number}", executor_id=str(number % 2 + 1), department="sales")

    assert [await count(path) for path in ("/tasks", "/tasks/board")] == one
