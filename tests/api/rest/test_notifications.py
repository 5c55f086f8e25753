"""Notices of the caller and rules of the installation, over the API."""

from uuid import uuid4

import pytest

from api.notifying import notify_once
from tests.api.rest.shop import Shop, refusal
from tests.api.rest.work import Worker, hire, make_task

RULES = "/v1/notification-rules"
RULE = {"name": "Blocked cards", "listens": "act", "acts": ["card.blocked"], "roles": ["director"]}


@pytest.fixture
async def told(shop: Shop) -> tuple[Worker, list[int]]:
    """Give somebody who was told of two tasks that were given to them."""
    worker, author = await hire(shop), await hire(shop)
    ids = [(await make_task(author, executor_id=worker.id))["task_id"] for _ in range(2)]
    await notify_once(shop.caller.service)
    return worker, ids


async def test_notices_are_listed_read_and_unread(told: tuple[Worker, list[int]]) -> None:
    worker, tasks = told
    http = worker.http
    found = (await http.get("/v1/notifications")).json()
    assert [one["record"] for one in found["notices"]] == [f"task:{one}" for one in reversed(tasks)]
    assert (await http.get("/v1/notifications/unread")).json() == {"unread": 2}
    first = found["notices"][0]["notice_id"]
    read = await http.post(f"/v1/notifications/{first}/read")
    assert (read.status_code, read.json()["what"]) == (200, "task.made")
    left = (await http.get("/v1/notifications", params={"unread": True})).json()["notices"]
    assert [one["record"] for one in left] == [f"task:{tasks[0]}"]
    assert (await http.post(f"/v1/notifications/{first}/unread")).status_code == 204
    assert (await http.post("/v1/notifications/read", json={})).json() == {"unread": 0}


async def test_notice_of_somebody_else_is_not_found(told: tuple[Worker, list[int]], shop: Shop) -> None:
    worker, _ = told
    other = await hire(shop)
    notice_id = (await worker.http.get("/v1/notifications")).json()["notices"][0]["notice_id"]
    for act in ("read", "unread"):
        assert refusal(await other.http.post(f"/v1/notifications/{notice_id}/{act}")) == (404, "notice_not_found")
    assert (await other.http.get("/v1/notifications")).json()["notices"] == []


async def test_rule_is_made_changed_and_deleted(shop: Shop) -> None:
    """PS-04: addressed to a role, a user, or the party's contact person."""
    made = (await shop.admin.post(RULES, json=RULE | {"parts": ["contact_person"], "by_mail": True})).json()
    path = f"{RULES}/{made['rule_id']}"
    assert made["version"] == 1
    changed = await shop.admin.put(path, json=RULE | {"is_on": False, "version": 1})
    assert (changed.json()["is_on"], changed.json()["version"]) == (False, 2)
    assert refusal(await shop.admin.put(path, json=RULE | {"version": 1})) == (409, "notification_rule_changed")
    assert (await shop.admin.delete(path)).status_code == 204
    assert refusal(await shop.admin.delete(path)) == (404, "notification_rule_not_found")
    names = [one["name"] for one in (await shop.admin.get(RULES)).json()["rules"]]
    assert "Tasks assigned" in names


async def test_rule_hears_of_reservations_payments_and_production(shop: Shop) -> None:
    """PS-08, PS-09, PS-10: materials are reserved, a prepayment comes in, the status of a batch changes; once each."""
    worker = await hire(shop, "dispatcher")
    acts = ["production.materials_reserved", "business_document.received", "production.batch:status"]
    await shop.admin.post(RULES, json=RULE | {"acts": acts, "users": [worker.id]})
    batch = str(uuid4())
    reserved = {"uid": str(uuid4()), "source": "production", "kind": "materials_reserved", "title": "Oak"}
    for told in (
        reserved,
        {"uid": batch, "source": "production", "kind": "batch", "title": "Doors", "status": "planned"},
    ):
        assert (await shop.admin.post("/v1/feed", json=told)).status_code == 201
    for status in ("planned", "launched"):
        await shop.admin.patch(f"/v1/feed/{batch}", json={"status": status})
    party = await shop.admin.post("/v1/parties", json={"name": "Mill", "legal_status": "limited_company"})
    paid = {"kind": "payment", "party_id": party.json()["party_id"], "amount": "10.00", "means": "cash"}
    payment = (await shop.admin.post("/v1/business-documents", json=paid | {"date": "2026-11-22"})).json()
    path = f"/v1/business-documents/{payment['document_id']}/status"
    assert (await shop.admin.post(path, json={"status": "received", "version": 1})).status_code == 200

    for _ in range(2):
        await notify_once(shop.caller.service)

    told = (await worker.http.get("/v1/notifications")).json()["notices"]
    expected = ["business_document.received", "production.batch", "production.materials_reserved"]
    assert sorted(one["what"] for one in told) == expected
    assert "Oak" in (await worker.http.get("/notifications")).text


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "name"),
        ({"acts": []}, "acts"),
        ({"acts": ["card blocked!"]}, "acts"),
        ({"acts": ["card.blocked", "nonsense.act"]}, "acts"),
        ({"acts": ["card.nonsense"]}, "acts"),
        ({"roles": []}, "parts"),
        ({"roles": ["king"]}, "roles"),
        ({"users": [999_999]}, "users"),
        ({"departments": ["mining"]}, "departments"),
        ({"by_app": False}, "by_app"),
        ({"parts": ["contact_person"]}, "by_mail"),
        ({"repeat_minutes": 0}, "repeat_minutes"),
        ({"listens": "event", "on_occurrence": False}, "minutes_before"),
        ({"listens": "event", "kind": "nothing"}, "kind"),
        ({"listens": "birthday", "minutes_before": [90]}, "minutes_before"),
        ({"listens": "task", "minutes_before": [999_999_999]}, "minutes_before"),
    ],
)
async def test_rule_that_cannot_be_kept_is_refused_by_field(shop: Shop, more: dict[str, object], field: str) -> None:
    answer = await shop.admin.post(RULES, json=RULE | more)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_who_sets_nothing_up_makes_no_rules(shop: Shop) -> None:
    clerk = await hire(shop)
    assert (await clerk.http.get(RULES)).status_code == 403
