"""What is kept with a task over the API: documents, files, time, resources, comments, attributes and its history."""

from typing import Any  # JSON bodies are free in their values

import asyncpg
import pytest
from httpx import Response

from tests.api.rest.people import make
from tests.api.rest.shop import Shop, new_code, new_uid, refusal
from tests.api.rest.work import Worker, change_task, get_task, hire, make_task, move, titles
from tests.factories import make_line, make_receipt


async def put(worker: Worker, task: dict[str, Any], part: str, **body: Any) -> Response:
    """Add something to a task."""
    return await worker.http.post(f"/v1/tasks/{task['task_id']}/{part}", json=body)


async def read(worker: Worker, task: dict[str, Any], part: str) -> dict[str, Any]:
    """Read something of a task."""
    answer = await worker.http.get(f"/v1/tasks/{task['task_id']}/{part}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_task_ties_documents_of_any_kind_and_unties_them(shop: Shop) -> None:
    """PAP-36, C77-33: three receipts, a return and a transfer; both ends stay when they are untied."""
    ann = await hire(shop)
    task = await make_task(ann)
    receipts = [make_receipt(make_line()) for _ in range(3)]
    for receipt in receipts:
        assert (await shop.post(receipt)).status_code == 201
    papers = {kind: new_uid() for kind in ("return", "transfer")}
    for kind, uid in papers.items():
        body = {"kind": kind, "number": new_code("T"), "date": "2026-11-22", "total": "1.00"}
        assert (await shop.admin.put(f"/v1/documents/{uid}", json=body)).status_code in {200, 201}
    records = [*(f"receipt:{one['receipt_uid']}" for one in receipts), *(f"document:{uid}" for uid in papers.values())]

    for record in records:
        assert (await put(ann, task, "documents", record=record)).status_code == 201
    tied = (await read(ann, task, "documents"))["documents"]
    untied = await ann.http.delete(f"/v1/tasks/{task['task_id']}/documents", params={"record": records[0]})

    assert [one["record"] for one in tied] == records
    assert [one["kind"] for one in tied] == ["sale", "sale", "sale", "return", "transfer"]
    assert [one["record"] for one in untied.json()["documents"]] == records[1:]
    assert await titles(ann, document=records[1]) == [task["title"]]
    assert await titles(ann, document=records[0]) == []
    assert (await shop.admin.get(f"/v1/receipts/{receipts[0]['receipt_uid']}")).status_code == 200


async def test_document_that_is_not_there_is_refused(shop: Shop) -> None:
    ann = await hire(shop)
    task = await make_task(ann)

    unknown = await put(ann, task, "documents", record=f"receipt:{new_uid()}")
    nothing = await put(ann, task, "documents", record="INV-1999-000001")

    assert refusal(unknown) == refusal(nothing) == (422, "paper_refused")


async def test_file_of_the_same_name_is_kept_as_the_next_version(shop: Shop) -> None:
    """C77-34: the earlier versions stay, until each is taken away."""
    ann = await hire(shop)
    task = await make_task(ann)
    url = f"/v1/tasks/{task['task_id']}/files"
    ids = []
    for name, content in (("plan.txt", b"one"), ("plan.txt", b"two"), ("other.txt", b"one")):
        sent = await ann.http.post(url, files={"file": (name, content)})
        assert sent.status_code == 201, sent.text
        ids.append(sent.json()["id"])

    listed = [(one["name"], one["version"]) for one in (await read(ann, task, "files"))["files"]]
    contents = [(await ann.http.get(f"{url}/{one}")).content for one in ids]
    await ann.http.delete(f"{url}/{ids[0]}")

    assert listed == [("other.txt", 1), ("plan.txt", 2), ("plan.txt", 1)]
    assert contents == [b"one", b"two", b"one"]
    assert (await ann.http.get(f"{url}/{ids[0]}")).status_code == 404
    assert (await ann.http.get(f"{url}/{ids[2]}")).content == b"one"


async def test_time_of_several_people_sums_to_the_labour_spent(shop: Shop) -> None:
    """C77-28."""
    ann, bob = await hire(shop), await hire(shop)
    task = await make_task(ann)

    first = (await put(ann, task, "times", on_date="2026-11-20", minutes=90)).json()["id"]
    await put(ann, task, "times", on_date="2026-11-21", minutes=45, user_id=bob.id)
    whole = await read(ann, task, "times")
    await ann.http.delete(f"/v1/tasks/{task['task_id']}/times/{first}")
    wrong = await put(ann, task, "times", on_date="2026-11-20", minutes=30, user_id=4711_000)

    assert (whole["total_minutes"], [one["user_id"] for one in whole["times"]]) == (135, [bob.id, ann.id])
    assert (await read(ann, task, "times"))["total_minutes"] == 45
    assert refusal(wrong) == (422, "task_refused")


async def test_resources_have_a_plan_what_was_taken_and_the_difference(shop: Shop) -> None:
    """C77-06, C77-29, C77-40: of each row, and in total for each unit."""
    ann = await hire(shop)
    task = await make_task(ann)
    flour = (await put(ann, task, "resources", name="Flour", unit="kg", planned="10")).json()["id"]
    await put(ann, task, "resources", name="Rye", unit="kg", planned="2.5", actual="2")
    await put(ann, task, "resources", name="Van", unit="h", planned="1", actual="1.25")

    url = f"/v1/tasks/{task['task_id']}/resources"
    await ann.http.put(f"{url}/{flour}", json={"name": "Flour", "unit": "kg", "planned": "10", "actual": "12.5"})
    found = await read(ann, task, "resources")

    assert [(one["planned"], one["actual"], one["difference"]) for one in found["resources"]] == [("10", "12.5", "2.5"), ("2.5", "2", "-0.5"), ("1", "1.25", "0.25")]  # fmt: skip
    assert [(one["unit"], one["planned"], one["actual"], one["difference"]) for one in found["totals"]] == [("kg", "12.5", "14.5", "2"), ("h", "1", "1.25", "0.25")]  # fmt: skip


async def test_comment_names_colleagues_by_their_logins(shop: Shop) -> None:
    """PAP-32: commented, mentioned, watched, reassigned and given to another department."""
    ann, bob, eve = await hire(shop), await hire(shop), await hire(shop, "purchasing")
    task = await make_task(ann, executor_id=bob.id, watchers=[eve.id])

    said = f"Ask @{bob.login}, then write to office@{eve.login} and @nobody."
    await put(bob, task, "comments", text=said)
    moved = await change_task(ann, task, executor_id=eve.id, department="purchasing")
    comments = (await read(ann, task, "comments"))["comments"]

    assert [(one["text"], one["mentions"]) for one in comments] == [(said, [bob.id])]
    assert (moved.json()["executor_id"], moved.json()["department"]) == (eve.id, "purchasing")
    assert refusal(await put(ann, task, "comments", text="  \n "))[0] == 422


async def test_history_lists_states_with_the_time_in_each_and_changes_of_fields(shop: Shop) -> None:
    """C77-31, C77-32, PAP-29."""
    ann = await hire(shop)
    task = await make_task(ann, "Call the mill")
    connection = await asyncpg.connect(shop.url)
    await connection.execute("update task_state_change set at = at - interval '2 hours' where task_id = $1", task["task_id"])  # fmt: skip
    await connection.close()
    await move(ann, task["task_id"], "in_work", "begun at once")
    await change_task(ann, await get_task(ann, task["task_id"]), title="Visit the mill", percent=50)

    found = await read(ann, task, "history")

    assert [(one["state"], one["actor"], one["comment"]) for one in found["stays"]] == [("new", f"user:{ann.login}", None), ("in_work", f"user:{ann.login}", "begun at once")]  # fmt: skip
    assert 7200 <= found["seconds"]["new"] < 7300
    assert found["changes"][0]["before"] == {"title": "Call the mill", "percent": 0}
    assert found["changes"][0]["after"] == {"title": "Visit the mill", "percent": 50}


async def test_attributes_of_tasks_are_said_of_them(shop: Shop) -> None:
    """UNF-33: with old and new values in the history, and their names alone in the journal."""
    ann, code = await hire(shop), new_code("room").lower()
    defined = await shop.admin.post("/v1/attributes", json={"directory": "task", "kind": "text", "names": {"en": code}, "code": code})  # fmt: skip
    assert defined.status_code == 201, defined.text
    task = await make_task(ann)
    url = f"/v1/tasks/{task['task_id']}/attributes"

    said = await ann.http.patch(url, json={"values": {code: "cellar"}})
    history = await read(ann, task, "history")
    connection = await asyncpg.connect(shop.url)
    told = await connection.fetchval("select data::text from activity where act = 'task.attributes_set' and record = $1", f"task:{task['task_id']}")  # fmt: skip
    await connection.close()

    assert said.json()["values"][code] == "cellar"
    assert (history["changes"][0]["before"], history["changes"][0]["after"]) == ({code: None}, {code: "cellar"})
    assert code in told
    assert "cellar" not in told


@pytest.mark.parametrize("part", ["times/1", "resources/1", "files/1"])
async def test_part_of_another_task_is_not_found(shop: Shop, part: str) -> None:
    ann = await hire(shop)
    task = await make_task(ann)

    assert refusal(await ann.http.delete(f"/v1/tasks/{task['task_id']}/{part}")) == (404, "task_part_not_found")


async def test_request_of_a_customer_stands_in_the_report_of_open_ones(shop: Shop) -> None:
    """PAP-38: kind, party, contact person, source and due time; a closed one leaves the report."""
    ann, party_id = await hire(shop), await make(shop, new_code("Customer "))
    late = await make_task(ann, kind="request", party_id=party_id, source="phone", due_at="2026-01-01T00:00:00Z")
    await make_task(ann, kind="request", party_id=party_id, source="website")
    await make_task(ann, kind="task", party_id=party_id)

    async def report() -> list[tuple[int, int]]:
        found = (await ann.http.get("/v1/task-reports/requests")).json()["customers"]
        return [(one["open"], one["overdue"]) for one in found if one["party_id"] == party_id]

    before = await report()
    await move(ann, late["task_id"], "done")

    assert (before, await report()) == ([(2, 1)], [(1, 0)])
