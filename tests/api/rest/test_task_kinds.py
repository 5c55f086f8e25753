"""Kinds of tasks and their business cycles over the API: made by a company, kept while they are used, and measured."""

from typing import Any  # JSON bodies are free in their values

from httpx import Response

from tests.api.rest.shop import Shop, new_code, refusal
from tests.api.rest.work import Worker, get_task, hire, make_task, move

STATES = [
    {"state": "asked", "names": {"en": "Asked"}, "stage": "new"},
    {"state": "priced", "names": {"en": "Priced"}, "stage": "active"},
    {"state": "closed", "names": {"en": "Closed"}, "stage": "done"},
]
WAYS = [{"from": "asked", "to": "priced"}, {"from": "priced", "to": "closed"}, {"from": "asked", "to": "closed"}]


async def make_kind(shop: Shop, **more: Any) -> dict[str, Any]:
    """Make a kind of tasks of its own."""
    code = new_code("kind_").lower()
    body = {"kind": code, "names": {"en": code}, "states": STATES, "transitions": WAYS, **more}
    answer = await shop.admin.post("/v1/task-kinds", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def change_kind(shop: Shop, kind: dict[str, Any], **more: Any) -> Response:
    """Write a kind anew from the version that it was read in."""
    body = {name: kind[name] for name in ("names", "states", "transitions", "version", "request")} | more
    return await shop.admin.put(f"/v1/task-kinds/{kind['kind']}", json=body)


async def steps(worker: Worker, task: dict[str, Any]) -> list[str]:
    return [one["state"] for one in (await get_task(worker, task["task_id"]))["next"]]


async def test_company_makes_kinds_with_cycles_of_its_own(shop: Shop) -> None:
    """C77-36, C77-39: chosen at once, and a task goes the ways of its kind alone."""
    ann, kind = await hire(shop), await make_kind(shop)
    task = await make_task(ann, kind=kind["kind"])

    refused = await move(ann, task["task_id"], "done")
    moved = await move(ann, task["task_id"], "priced")

    assert (task["state"], [one["state"] for one in task["next"]]) == ("asked", ["priced", "closed"])
    assert refusal(refused) == (422, "step_refused")
    assert (moved.json()["state"], await steps(ann, task)) == ("priced", ["closed"])


async def test_transition_is_open_to_the_roles_and_parts_that_it_names(shop: Shop) -> None:
    """C77-39: refused by the API to all others, and offered to nobody else."""
    ann, bob, boss = await hire(shop), await hire(shop), await hire(shop, "director")
    ways = [
        {"from": "asked", "to": "priced", "parts": ["executor"]},
        {"from": "asked", "to": "closed", "roles": ["director"]},
        {"from": "priced", "to": "closed"},
    ]
    kind = await make_kind(shop, transitions=ways)
    task = await make_task(ann, kind=kind["kind"], executor_id=bob.id)

    offered = [await steps(worker, task) for worker in (ann, bob, boss)]
    refused = await move(ann, task["task_id"], "closed")

    assert offered == [[], ["priced"], ["closed"]]
    assert refusal(refused) == (422, "step_refused")
    assert "only others" in refused.json()["detail"]
    assert (await move(bob, task["task_id"], "priced")).status_code == 200


async def test_state_that_is_used_is_archived_and_still_left(shop: Shop) -> None:
    """C77-39: nothing of a cycle is deleted; a new state is there at once."""
    ann, kind = await hire(shop), await make_kind(shop)
    task = await make_task(ann, kind=kind["kind"])
    await move(ann, task["task_id"], "priced")
    states = [
        {**one, "archived": one["state"] == "priced"} for one in kind["states"]
    ] + [{"state": "sent", "names": {"en": "Sent"}, "stage": "waiting"}]  # fmt: skip
    ways = [{"from": "asked", "to": "sent"}, {"from": "sent", "to": "closed"}, {"from": "priced", "to": "closed"}]

    changed = await change_kind(shop, kind, states=states, transitions=ways)
    other = await make_task(ann, kind=kind["kind"])

    assert [(one["state"], one["archived"]) for one in changed.json()["states"]] == [("asked", False), ("priced", True), ("closed", False), ("sent", False)]  # fmt: skip
    assert (await steps(ann, task), [one["state"] for one in other["next"]]) == (["closed"], ["sent"])


async def test_state_that_is_left_out_is_archived(shop: Shop) -> None:
    kind = await make_kind(shop)

    changed = await change_kind(shop, kind, states=[STATES[0], STATES[2]], transitions=[WAYS[2]])

    assert [(one["state"], one["archived"]) for one in changed.json()["states"]] == [("asked", False), ("closed", False), ("priced", True)]  # fmt: skip


async def test_cycle_without_an_end_and_a_stale_one_are_refused(shop: Shop) -> None:
    kind = await make_kind(shop)

    endless = await change_kind(shop, kind, transitions=[WAYS[0]])
    first = await change_kind(shop, kind, request=True)
    stale = await change_kind(shop, kind, request=False)
    taken = await shop.admin.post("/v1/task-kinds", json={"kind": kind["kind"], "names": {"en": "Other"}, "states": STATES, "transitions": WAYS})  # fmt: skip

    assert refusal(endless) == (422, "cycle_refused")
    assert first.json()["request"] is True
    assert refusal(stale) == (409, "task_kind_changed")
    assert refusal(taken) == (409, "task_kind_taken")


async def test_archived_kind_is_chosen_no_more_and_its_tasks_stay(shop: Shop) -> None:
    ann, kind = await hire(shop), await make_kind(shop)
    task = await make_task(ann, kind=kind["kind"])
    archived = await change_kind(shop, kind, archived=True)

    refused = await ann.http.post("/v1/tasks", json={"kind": kind["kind"], "title": "x"})

    assert archived.json()["archived"] is True
    assert refused.json()["errors"][0]["field"] == "kind"
    assert (await move(ann, task["task_id"], "closed")).status_code == 200


async def test_time_in_states_is_measured_by_kind(shop: Shop) -> None:
    """C77-32: mean and median of the stays that ended."""
    ann, kind = await hire(shop), await make_kind(shop)
    for _ in range(3):
        task = await make_task(ann, kind=kind["kind"])
        await move(ann, task["task_id"], "priced")

    measured = (await ann.http.get("/v1/task-reports/times")).json()["states"]
    own = [one for one in measured if one["kind"] == kind["kind"]]

    assert [(one["state"], one["stays"]) for one in own] == [("asked", 3)]
    assert all(0 <= one["median_seconds"] <= 60 for one in own)


async def test_cycles_are_set_up_by_who_may_change_settings(shop: Shop) -> None:
    """C77-25, C77-39."""
    ann = await hire(shop)

    refused = await ann.http.post("/v1/task-kinds", json={"kind": "x", "names": {"en": "x"}, "states": STATES, "transitions": WAYS})  # fmt: skip

    assert refused.status_code == 403
    assert (await ann.http.get("/v1/task-kinds")).status_code == 200
