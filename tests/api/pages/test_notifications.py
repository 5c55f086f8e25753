"""The bell, the page behind it, and the page of rules."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api.notifying import notify_once
from tests.api.people import add_person, send, sign_in
from tests.conftest import Caller

RULES = "/settings/notifications"
TASK = {"kind": "task", "title": "Call the mill", "executor_id": "1", "priority": "2"}


@pytest.fixture
async def nora(caller: Caller) -> httpx.AsyncClient:
    """Give the browser of Nora, user 1, a director whom Bob gave a task."""
    await add_person(caller.service.database, role="director")
    await add_person(caller.service.database, login="bob")
    await sign_in(caller.http, login="bob")
    assert (await send(caller.http, "/tasks/new", TASK)).status_code == 303
    await notify_once(caller.service)
    await sign_in(caller.http)
    return caller.http


async def test_bell_counts_what_is_unread_and_leads_to_the_record(nora: httpx.AsyncClient) -> None:
    """C77-30: the record that is opened is read."""
    shown = (await nora.get("/notifications")).text
    assert "One unread notice" in (await nora.get("/notifications/unread")).text
    assert "Call the mill" in shown
    assert "Task made" in shown
    assert (await nora.get("/notifications/1")).headers["location"] == "/tasks/1"
    assert (await nora.get("/notifications/unread")).text.strip() == ""


async def test_whom_a_comment_names_is_told_of_it(caller: Caller, nora: httpx.AsyncClient) -> None:
    """C77-30: by `@login`, in a comment that somebody else writes."""
    await nora.get("/tasks/1")
    await sign_in(caller.http, login="bob")
    await send(caller.http, "/tasks/1/comments", {"text": "@nora, the mill is closed"})
    await notify_once(caller.service)
    await sign_in(caller.http)
    assert "One unread notice" in (await nora.get("/notifications/unread")).text
    assert "Task commented" in (await nora.get("/notifications")).text


async def test_notice_of_a_time_that_comes_needs_nobody_who_did_it(caller: Caller, nora: httpx.AsyncClient) -> None:
    """PS-06, C77-61: what is due is told with its moment."""
    admin = await caller.as_role("admin")
    soon = (datetime.now(UTC) + timedelta(minutes=30)).isoformat()
    event = {"kind": "meeting", "topic": "Taste the rye", "starts_at": soon, "responsible_id": 1}
    assert (await admin.post("/v1/events", json=event)).status_code == 201
    await notify_once(caller.service)

    shown = await nora.get("/notifications")

    assert shown.status_code == 200
    assert "Taste the rye" in shown.text
    assert "Event coming" in shown.text


async def test_task_that_is_opened_by_any_way_reads_its_notice(nora: httpx.AsyncClient) -> None:
    await nora.get("/tasks/1")
    assert (await nora.get("/notifications/unread")).text.strip() == ""


async def test_notices_are_marked_unread_and_all_read(nora: httpx.AsyncClient) -> None:
    await send(nora, "/notifications/1", {"to": "read"})
    assert "All is read" in (await nora.get("/notifications?shown=unread")).text
    await send(nora, "/notifications/1", {"to": "unread"})
    assert "Call the mill" in (await nora.get("/notifications?shown=unread")).text
    await send(nora, "/notifications/read", {})
    assert "All is read" in (await nora.get("/notifications?shown=unread")).text


async def test_everybody_says_where_their_notices_go(nora: httpx.AsyncClient) -> None:
    """PS-06: by e-mail; the journal names the field and not the address."""
    assert (await send(nora, "/account/email", {"email": "nora@example.com"})).status_code == 303
    refused = await send(nora, "/account/email", {"email": "nora@"})
    assert (refused.status_code, 'value="nora@"' in refused.text) == (422, True)
    assert 'value="nora@example.com"' in (await nora.get("/account")).text
    journal = (await nora.get("/settings/audit", params={"act": "user.email_chosen"})).text
    assert "Address for notices chosen" in journal
    assert "nora@example.com" not in journal


async def test_rule_is_added_changed_and_deleted_by_its_form(nora: httpx.AsyncClient) -> None:
    """PS-04, PS-06, PS-07: several times before, on occurrence, to roles, users and parts."""
    fields: dict[str, str | list[str]] = {
        "name": "Meetings",
        "listens": "event",
        "kind": "event:meeting",
        "count.0": "2",
        "unit.0": "hours",
        "side.0": "before",
        "count.1": "1",
        "unit.1": "days",
        "side.1": "after",
        "on_occurrence": "yes",
        "parts": ["participants", "contact_person"],
        "roles": ["sales"],
        "departments": ["service"],
        "users": ["2"],
        "by_app": "yes",
        "by_mail": "yes",
        "is_on": "yes",
        "repeat_minutes": "60",
    }
    assert (await send(nora, f"{RULES}/new", fields)).status_code == 303
    page = (await nora.get(f"{RULES}/8")).text
    assert re.search(r'name="departments" value="service" checked', page)
    for mark in ('name="count.0" value="1"', 'name="count.1" value="2"', 'value="event:meeting" selected'):
        assert mark in page, mark
    changed = await send(nora, f"{RULES}/8", fields | {"name": "All meetings", "version": "1"})
    assert changed.status_code == 303
    assert "All meetings" in (await nora.get(RULES)).text
    again = await send(nora, f"{RULES}/8", fields | {"version": "1"})
    assert (again.status_code, "Somebody else changed it meanwhile." in again.text) == (422, True)
    await send(nora, f"{RULES}/8", {"delete": "yes"})
    assert "All meetings" not in (await nora.get(RULES)).text


async def test_rule_that_says_nothing_is_refused_beside_its_fields(nora: httpx.AsyncClient) -> None:
    refused = await send(nora, f"{RULES}/new", {"name": "X", "listens": "act", "by_app": "yes"})
    assert refused.status_code == 422
    assert 'id="acts-wrong"' in refused.text
    unknown = await send(
        nora,
        f"{RULES}/new",
        {"name": "X", "listens": "act", "more_acts": "nonsense.act", "parts": "author", "by_app": "yes"},
    )
    assert (unknown.status_code, 'id="acts-wrong"' in unknown.text) == (422, True)
    wrong = await send(nora, f"{RULES}/new", {"name": "", "listens": "king", "count.0": "x", "users": ["y"]})
    for name in ("name", "listens", "minutes_before", "users"):
        assert f'id="{name}-wrong"' in wrong.text, name
