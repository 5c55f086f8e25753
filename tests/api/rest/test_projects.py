"""Projects over the API: made, changed by two at once, filled with tasks and events, closed; and the workload."""

from typing import Any  # JSON bodies are free in their values

import httpx

from tests.api.rest.people import make
from tests.api.rest.shop import Shop, refusal
from tests.api.rest.work import Worker, change_task, get_task, hire, make_task, titles

KIND = "customer_project"
MONDAY, SUNDAY = "2036-01-07", "2036-01-13"


async def make_project(worker: Worker, name: str = "Kitchen", **more: Any) -> dict[str, Any]:
    """Make a project."""
    answer = await worker.http.post("/v1/projects", json={"name": name, "kind": KIND, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def add_phase(worker: Worker, project_id: int, name: str, **more: Any) -> int:
    """Add a phase to a project and give its identifier."""
    answer = await worker.http.post(f"/v1/projects/{project_id}/phases", json={"name": name, **more})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["phases"][-1]["phase_id"])


async def read(http: httpx.AsyncClient, path: str, **query: Any) -> dict[str, Any]:
    """Read what stands at an address."""
    answer = await http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_project_is_listed_by_what_is_known_of_it(shop: Shop) -> None:
    """PAP-26."""
    ann, mill = await hire(shop), await make(shop)
    made = await make_project(
        ann, "Shelves of oak", party_id=mill, manager_id=ann.id, due_on="2020-01-31", note="Beech?"
    )
    await make_project(ann, "Other")

    wanted = {"party_id": mill, "manager_id": ann.id, "overdue": True, "text": "oak bee", "kind": KIND}
    found = (await read(ann.http, "/v1/projects", **wanted))["projects"]
    unknown = await ann.http.get("/v1/projects", params={"after": "nowhere"})

    assert [one["project_id"] for one in found] == [made["project_id"]]
    assert (found[0]["overdue"], found[0]["progress"]) == (True, {"total": 0, "done": 0, "overdue": 0})
    assert refusal(unknown) == (400, "invalid_body")


async def test_list_of_projects_is_read_page_by_page(shop: Shop) -> None:
    ann = await hire(shop)
    mine = [(await make_project(ann, f"P{number}", manager_id=ann.id))["project_id"] for number in range(52)]

    first = await read(ann.http, "/v1/projects", manager_id=ann.id)
    second = await read(ann.http, "/v1/projects", manager_id=ann.id, after=first["next"])

    seen = [one["project_id"] for one in first["projects"] + second["projects"]]
    assert (len(first["projects"]), second["next"], seen) == (50, None, mine[::-1])


async def test_second_editor_of_a_project_is_told_both_values(shop: Shop) -> None:
    ann, bob = await hire(shop), await hire(shop)
    made = await make_project(ann)
    path, body = f"/v1/projects/{made['project_id']}", {"kind": KIND, "version": 1}

    first = await ann.http.put(path, json=body | {"name": "Big kitchen"})
    second = await bob.http.put(path, json=body | {"name": "Small kitchen"})

    assert first.json()["version"] == 2
    assert refusal(second) == (409, "project_changed")
    difference = {"field": "name", "yours": "Small kitchen", "theirs": "Big kitchen", "base": "Kitchen"}
    assert second.json()["differences"] == [difference]


async def test_closed_project_stays_and_archived_one_is_left_alone(shop: Shop) -> None:
    ann = await hire(shop)
    path = f"/v1/projects/{(await make_project(ann, manager_id=ann.id))['project_id']}"

    closed = (await ann.http.post(f"{path}/close")).json()
    await ann.http.post(f"{path}/archive")
    refused = await ann.http.post(f"{path}/reopen")
    await ann.http.post(f"{path}/unarchive")
    again = (await ann.http.post(f"{path}/reopen")).json()

    assert closed["closed_at"] is not None
    assert refusal(refused) == (409, "project_archived")
    assert (again["closed_at"], again["archived_at"]) == (None, None)
    assert refusal(await ann.http.get("/v1/projects/9223372036854775808")) == (404, "project_not_found")


async def test_phases_are_put_into_order_and_closed_and_empty_ones_removed(shop: Shop) -> None:
    ann = await hire(shop)
    project_id = (await make_project(ann))["project_id"]
    first, second = [await add_phase(ann, project_id, name) for name in ("Measure", "Build")]
    await make_task(ann, project_id=project_id, phase_id=second)
    path = f"/v1/projects/{project_id}/phases"

    moved = (await ann.http.post(f"{path}/{second}/move", json={"step": -1})).json()
    closed = (await ann.http.post(f"{path}/{second}/close")).json()
    in_use = await ann.http.delete(f"{path}/{second}")
    left = (await ann.http.delete(f"{path}/{first}")).json()

    assert [one["phase_id"] for one in moved["phases"]] == [second, first]
    assert closed["phases"][0]["closed_at"] is not None
    assert refusal(in_use) == (409, "phase_in_use")
    assert [one["name"] for one in left["phases"]] == ["Build"]
    assert refusal(await ann.http.delete(f"{path}/{first}")) == (404, "phase_not_found")


async def test_phase_is_changed_by_who_saw_it_and_no_other(shop: Shop) -> None:
    ann = await hire(shop)
    made = await make_project(ann)
    phase_id = await add_phase(ann, made["project_id"], "Measure")
    path = f"/v1/projects/{made['project_id']}/phases/{phase_id}"

    changed = await ann.http.put(path, json={"name": "Survey", "due_on": MONDAY, "version": 2})
    late = await ann.http.put(path, json={"name": "Look", "version": 2})
    backwards = await ann.http.put(path, json={"name": "A", "starts_on": SUNDAY, "due_on": MONDAY, "version": 3})

    assert changed.json()["phases"][0]["name"] == "Survey"
    assert refusal(late) == (409, "project_changed")
    assert {one["field"] for one in late.json()["differences"]} == {"name", "due_on"}
    assert refusal(backwards) == (422, "project_refused")


async def test_task_keeps_its_history_when_it_goes_to_another_phase(shop: Shop) -> None:
    """PAP-34, PAP-35, PAP-27: a task is found by project and by phase."""
    ann = await hire(shop)
    project_id = (await make_project(ann))["project_id"]
    first, second = [await add_phase(ann, project_id, name) for name in ("Measure", "Build")]
    task = await make_task(ann, "Saw", project_id=project_id, phase_id=first)
    await make_task(ann, "Free")

    moved = await change_task(ann, task, phase_id=second)
    of_phases = [
        (await read(ann.http, f"/v1/projects/{project_id}/work", phase_id=one))["work"] for one in (first, second)
    ]
    kept = await shop.sql("select before, after from task_change where task_id = $1", task["task_id"])

    assert moved.status_code == 200
    assert await titles(ann, project_id=project_id) == ["Saw"]
    assert [[one["title"] for one in work] for work in of_phases] == [[], ["Saw"]]
    assert [(row["before"], row["after"]) for row in kept] == [
        (f'{{"phase_id": {first}}}', f'{{"phase_id": {second}}}')
    ]


async def test_task_begun_from_a_project_takes_its_party(shop: Shop) -> None:
    """PAP-31, PAP-33."""
    ann, mill = await hire(shop), await make(shop)
    project_id = (await make_project(ann, party_id=mill))["project_id"]

    task = await make_task(ann, project_id=project_id, party_id=mill, made_from=f"project:{project_id}")

    assert (await get_task(ann, task["task_id"]))["party_id"] == mill
    assert [one["title"] for one in (await read(ann.http, "/v1/tasks", party_id=mill))["tasks"]] == ["Call the mill"]


async def test_project_monitors_progress_labour_and_resources(shop: Shop) -> None:
    """PAP-30, C77-28, C77-29."""
    ann = await hire(shop)
    project_id = (await make_project(ann))["project_id"]
    task = await make_task(ann, project_id=project_id, planned_minutes=90, due_at="2020-01-01T00:00:00Z")
    path = f"/v1/tasks/{task['task_id']}"
    for minutes in (20, 25):
        answer = await ann.http.post(f"{path}/times", json={"on_date": "2026-11-20", "minutes": minutes})
        assert answer.status_code == 201, answer.text
    boards = {"name": "Oak", "unit": "m", "planned": "4", "actual": "5.5"}
    assert (await ann.http.post(f"{path}/resources", json=boards)).status_code == 201

    found = await read(ann.http, f"/v1/projects/{project_id}")

    assert found["progress"] == {"total": 1, "done": 0, "overdue": 1}
    assert (found["planned_minutes"], found["spent_minutes"]) == (90, 45)
    assert [
        {**one, "planned": float(one["planned"]), "actual": float(one["actual"])} for one in found["resources"]
    ] == [{"name": "Oak", "unit": "m", "planned": 4.0, "actual": 5.5}]


async def test_tasks_calls_and_events_of_a_project_are_one_list(shop: Shop) -> None:
    """PAP-26, PAP-27: each with the customer that it is for."""
    ann, mill = await hire(shop), await make(shop)
    project_id = (await make_project(ann))["project_id"]
    await make_task(ann, "Saw", project_id=project_id, due_at=f"{SUNDAY}T09:00:00Z")
    meeting = {"kind": "meeting", "topic": "Measure", "starts_at": f"{MONDAY}T09:00:00Z", "project_id": project_id}
    answer = await ann.http.post("/v1/events", json=meeting | {"party_id": mill})
    assert answer.status_code == 201, answer.text

    whole = (await read(ann.http, f"/v1/projects/{project_id}/work"))["work"]
    tasks = (await read(ann.http, f"/v1/projects/{project_id}/work", family="task"))["work"]
    nowhere = await ann.http.get(f"/v1/projects/{project_id}/work", params={"after": "1.2"})

    assert [(one["family"], one["title"], one["state"], one["party_id"]) for one in whole] == [
        ("task", "Saw", "new", None),
        ("contact", "Measure", "planned", mill),
    ]
    assert [one["title"] for one in tasks] == ["Saw"]
    assert refusal(nowhere) == (400, "invalid_body")


async def test_structure_of_a_project_shows_what_is_of_it_and_nothing_of_another(shop: Shop) -> None:
    """UNF-10: what names the project, and what was made from that and names no other one."""
    ann = await hire(shop)
    kitchen, shelves = [(await make_project(ann, name))["project_id"] for name in ("Kitchen", "Shelves")]

    async def event(topic: str, **more: Any) -> int:
        answer = await ann.http.post("/v1/events", json={"kind": "event", "topic": topic, **more})
        assert answer.status_code == 201, answer.text
        return int(answer.json()["event_id"])

    fair = await event("Fair")
    measuring = await event("Measure", origin=f"event:{fair}", project_id=kitchen)
    await event("Draw", origin=f"event:{measuring}")
    await event("Paint", origin=f"event:{measuring}", project_id=shelves)
    await event("Other", origin=f"event:{fair}", project_id=shelves)

    path = f"/v1/events/{fair}/structure"
    root = (await read(ann.http, path, project_id=kitchen))["root"]
    nothing = (await read(ann.http, path, project_id=4711))["root"]

    assert [one["kin"]["title"] for one in root["below"]] == ["Measure"]
    assert [one["kin"]["title"] for one in root["below"][0]["below"]] == ["Draw"]
    assert nothing is None


async def test_workload_holds_what_is_planned_against_the_norm(shop: Shop) -> None:
    """PAP-39: a task of two working days and a meeting, on a norm of eight hours."""
    ann = await hire(shop)
    await make_task(ann, planned_minutes=1_000, starts_at=f"{MONDAY}T08:00:00Z", due_at="2036-01-08T16:00:00Z")
    await make_task(ann, planned_minutes=60)
    meeting = {"kind": "meeting", "topic": "Measure", "responsible_id": ann.id}
    times = {"starts_at": f"{MONDAY}T09:00:00Z", "ends_at": f"{MONDAY}T10:30:00Z"}
    assert (await ann.http.post("/v1/events", json=meeting | times)).status_code == 201

    found = await read(ann.http, "/v1/workload", since=MONDAY, until=SUNDAY)
    too_long = await ann.http.get("/v1/workload", params={"since": MONDAY, "until": "2037-01-01"})
    nowhere = await ann.http.get("/v1/workload", params={"department": "nowhere"})

    mine = next(one for one in found["people"] if one["user_id"] == ann.id)
    assert [(day["tasks"], day["events"], day["norm"], day["over"]) for day in mine["days"][:3]] == [
        (500, 90, 480, 110),
        (500, 0, 480, 20),
        (0, 0, 480, 0),
    ]
    assert (mine["days"][6]["norm"], mine["undated"]) == (0, 60)
    assert refusal(too_long) == (422, "workload_refused")
    assert nowhere.status_code == 404
