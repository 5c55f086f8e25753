"""Tasks over the API: made, changed by two at once, taken through their cycle, listed by what they are to the viewer."""

from datetime import datetime

import asyncpg
import pytest

from tests.api.rest.people import add, make
from tests.api.rest.shop import Shop, refusal
from tests.api.rest.work import change_task, get_task, hire, make_task, move, titles

PAST, AHEAD = "2026-01-05T09:00:00+00:00", "2036-01-05T09:00:00+00:00"


async def test_task_is_made_for_an_employee_with_a_due_time(shop: Shop) -> None:
    """C77-01, C77-02, C77-27, PAP-33: it needs neither project nor party, and is its author's own by default."""
    ann, bob = await hire(shop), await hire(shop)

    own = await make_task(ann, "Water the plants")
    given = await make_task(ann, "Call the mill", executor_id=bob.id, due_at=AHEAD)

    assert (own["executor_id"], own["author_id"], own["tab"]) == (ann.id, ann.id, "personal")
    assert (given["executor_id"], given["state"], given["stage"], given["tab"]) == (bob.id, "new", "new", "outgoing")
    assert datetime.fromisoformat(given["due_at"]) == datetime.fromisoformat(AHEAD)
    assert (await get_task(bob, given["task_id"]))["tab"] == "incoming"


async def test_tabs_are_computed_for_the_viewer_and_counted(shop: Shop) -> None:
    """C77-35, C77-03: assigned to me by others, by me to others, to myself, and what I follow."""
    ann, bob, eve = await hire(shop), await hire(shop), await hire(shop)
    await make_task(ann, "For Bob", executor_id=bob.id, watchers=[eve.id])
    await make_task(bob, "For Ann", executor_id=ann.id)
    await make_task(ann, "For Ann by Ann")
    done = await make_task(bob, "Done for Ann", executor_id=ann.id)
    assert (await move(ann, done["task_id"], "done")).status_code == 200

    tabs = {tab: await titles(ann, tab=tab) for tab in ("incoming", "outgoing", "personal")}
    counts = (await ann.http.get("/v1/tasks/counts")).json()

    assert tabs == {"incoming": ["For Ann"], "outgoing": ["For Bob"], "personal": ["For Ann by Ann"]}
    assert [counts[tab] for tab in tabs] == [1, 1, 1]
    assert await titles(eve, tab="watched") == ["For Bob"]
    assert (await eve.http.get("/v1/tasks/counts")).json()["watched"] == 1


async def test_badge_counts_what_others_gave_and_was_never_opened(shop: Shop) -> None:
    """PAP-37, C77-30."""
    ann, bob = await hire(shop), await hire(shop)
    first = await make_task(ann, executor_id=bob.id)
    await make_task(ann, executor_id=bob.id)
    await make_task(bob)

    before = (await bob.http.get("/v1/tasks/unseen")).json()["unseen"]
    await get_task(ann, first["task_id"])
    untouched = (await bob.http.get("/v1/tasks/unseen")).json()["unseen"]
    await get_task(bob, first["task_id"])
    after = (await bob.http.get("/v1/tasks/unseen")).json()["unseen"]

    assert (before, untouched, after) == (2, 2, 1)


async def test_step_that_the_cycle_does_not_have_is_refused(shop: Shop) -> None:
    """C77-38, C77-39, C77-04: one state at a time, percent beside it; a forbidden transition is not offered either."""
    ann = await hire(shop)
    task = await make_task(ann, percent=30)

    forbidden = await move(ann, task["task_id"], "waiting")
    started = (await move(ann, task["task_id"], "in_work")).json()
    done = (await move(ann, task["task_id"], "done")).json()
    again = await move(ann, task["task_id"], "done")

    assert [one["state"] for one in task["next"]] == ["in_work", "done", "dropped"]
    assert refusal(forbidden) == (422, "step_refused")
    assert (started["state"], started["percent"], done["state"], done["percent"]) == ("in_work", 30, "done", 100)
    assert done["closed_at"] is not None
    assert refusal(again) == (422, "step_refused")


async def test_second_editor_of_a_field_is_told_both_values(shop: Shop) -> None:
    """PAP-29: whoever changed another field meanwhile stands in nobody's way."""
    ann, bob = await hire(shop), await hire(shop)
    seen = await make_task(ann, "Call the mill", executor_id=bob.id)
    assert (await change_task(bob, seen, title="Visit the mill")).status_code == 200

    late = await change_task(ann, seen, title="Write to the mill")
    newest = await get_task(ann, seen["task_id"])
    other = await change_task(ann, newest, priority=1)

    assert refusal(late) == (409, "task_changed")
    assert late.json()["differences"] == [
        {"field": "title", "yours": "Write to the mill", "theirs": "Visit the mill", "base": "Call the mill"}
    ]
    assert (other.json()["title"], other.json()["priority"]) == ("Visit the mill", 1)


async def test_journal_names_what_changed_and_holds_nothing_that_was_typed(shop: Shop) -> None:
    """PAP-29, PAP-27: with the party and the project that the act belongs to."""
    ann = await hire(shop)
    party_id = await make(shop, "Mill of Anna")
    task = await make_task(ann, "Ask Anna for flour", party_id=party_id)
    await change_task(ann, task, title="Ask Anna for rye", priority=1)

    connection = await asyncpg.connect(shop.url)
    rows = await connection.fetch("select act, party_id, data::text from activity where record = $1 order by id", f"task:{task['task_id']}")  # fmt: skip
    await connection.close()

    assert [(row["act"], row["party_id"]) for row in rows] == [("task.made", party_id), ("task.changed", party_id)]
    assert '"title"' in rows[1]["data"]
    assert "Anna" not in rows[0]["data"] + rows[1]["data"]


async def test_overdue_is_computed_and_filtered(shop: Shop) -> None:
    """C77-02: nothing of it is kept, and what is closed is late no more."""
    ann = await hire(shop)
    late = await make_task(ann, "Late", due_at=PAST)
    await make_task(ann, "In time", due_at=AHEAD)
    closed = await make_task(ann, "Late and done", due_at=PAST)
    await move(ann, closed["task_id"], "done")

    assert late["overdue"]
    assert await titles(ann, overdue=True, executor_id=ann.id) == ["Late"]
    assert await titles(ann, due_since="2035-01-01T00:00:00Z", executor_id=ann.id) == ["In time"]
    assert (await get_task(ann, closed["task_id"]))["overdue"] is False


async def test_list_stands_by_priority_and_then_by_due_time(shop: Shop) -> None:
    """C77-37."""
    ann = await hire(shop)
    for title, priority, due in (("d", 3, PAST), ("c", 2, None), ("a", 1, AHEAD), ("b", 2, AHEAD)):
        await make_task(ann, title, priority=priority, due_at=due)

    assert await titles(ann, executor_id=ann.id) == ["a", "b", "c", "d"]


async def test_pages_of_a_list_hold_every_task_once(shop: Shop) -> None:
    ann = await hire(shop)
    for number in range(60):
        due = None if number % 3 else f"2036-01-{number % 20 + 1:02}T00:00:00Z"
        await make_task(ann, f"Task {number}", priority=number % 4 + 1, due_at=due)

    found: list[str] = []
    after = None
    while after is not None or not found:
        query = {"executor_id": ann.id} | ({} if after is None else {"after": after})
        page = (await ann.http.get("/v1/tasks", params=query)).json()
        found += [one["title"] for one in page["tasks"]]
        after = page["next"]

    assert sorted(found) == sorted(f"Task {number}" for number in range(60))


async def test_list_is_filtered_by_what_is_known_of_a_task(shop: Shop) -> None:
    """C77-26, C77-36, PAP-27, PAP-34."""
    ann, party_id = await hire(shop), await make(shop)
    connection = await asyncpg.connect(shop.url)
    project_id = await connection.fetchval("insert into project (name, kind_id, created_at, changed_at) select 'Roof', id, now(), now() from directory_entry where code = 'internal' returning id")  # fmt: skip
    await connection.close()
    await make_task(ann, "Of the mill", party_id=party_id)
    await make_task(ann, "Of the roof", project_id=project_id, department="service")
    await make_task(ann, "A roof leaks", kind="request", party_id=party_id, source="phone")

    assert await titles(ann, party_id=party_id) == ["Of the mill", "A roof leaks"]
    assert await titles(ann, project_id=project_id) == ["Of the roof"]
    assert await titles(ann, executor_id=ann.id, kind="request") == ["A roof leaks"]
    assert await titles(ann, executor_id=ann.id, department="service") == ["Of the roof"]
    assert await titles(ann, executor_id=ann.id, text="ROOF") == ["Of the roof", "A roof leaks"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": "   "}, "title"),
        ({"kind": "nothing"}, "kind"),
        ({"executor_id": 4711_000}, "executor_id"),
        ({"watchers": [4711_000]}, "watchers"),
        ({"party_id": 4711_000}, "party_id"),
        ({"person_id": 1}, "party_id"),
        ({"project_id": 4711_000}, "project_id"),
        ({"phase_id": 1}, "project_id"),
        ({"department": "nowhere"}, "department"),
        ({"source": "phone"}, "source"),
        ({"starts_at": AHEAD, "due_at": PAST}, "due_at"),
    ],
)
async def test_task_that_refers_to_nothing_is_refused_with_its_field(shop: Shop, more: dict[str, object], field: str) -> None:  # fmt: skip
    ann = await hire(shop)

    refused = await ann.http.post("/v1/tasks", json={"kind": "task", "title": "x", **more})

    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["field"] == field


async def test_contact_person_of_a_task_is_one_of_its_party(shop: Shop) -> None:
    ann, mill, other = await hire(shop), await make(shop), await make(shop)
    person = await make(shop, "Anna Marsh", legal_status="natural_person")
    await add(shop, mill, "persons", person_id=person)

    tied = await make_task(ann, party_id=mill, person_id=person)
    refused = await ann.http.post(
        "/v1/tasks", json={"kind": "task", "title": "x", "party_id": other, "person_id": person}
    )

    assert tied["person_id"] == person
    assert refused.json()["errors"][0]["field"] == "person_id"
    assert await titles(ann, party_id=person) == ["Call the mill"]


async def test_program_says_whose_task_it_is(shop: Shop) -> None:
    ann = await hire(shop)
    body = {"kind": "request", "title": "From the web site", "source": "website"}

    refused = await shop.admin.post("/v1/tasks", json=body)
    made = await shop.admin.post("/v1/tasks", json=body | {"author_id": ann.id, "made_from": "event:999999999"})

    assert refused.json()["errors"][0]["field"] == "author_id"
    assert (made.status_code, made.json()["author_id"]) == (201, ann.id)


async def test_archived_task_leaves_lists_and_is_not_changed(shop: Shop) -> None:
    ann = await hire(shop)
    task = await make_task(ann)
    await ann.http.post(f"/v1/tasks/{task['task_id']}/archive")

    refused = await move(ann, task["task_id"], "done")
    listed = await titles(ann, executor_id=ann.id)
    await ann.http.post(f"/v1/tasks/{task['task_id']}/unarchive")

    assert refusal(refused) == (409, "task_archived")
    assert (listed, await titles(ann, executor_id=ann.id)) == ([], ["Call the mill"])
