"""Tasks on pages: made and edited by a form, taken further by buttons, listed in tabs, with all that is kept of them."""

import httpx
import pytest

from tests.api.people import add_person, fill, send, sign_in
from tests.conftest import Caller

NEW = "/tasks/new"


@pytest.fixture
async def ann(caller: Caller) -> httpx.AsyncClient:
    """Give Ann, a clerk who is signed in; her colleague Bob is user 2."""
    await add_person(caller.service.database, login="ann", role="clerk")
    await add_person(caller.service.database, login="bob", role="sales")
    await sign_in(caller.http, login="ann")
    return caller.http


async def as_person(caller: Caller, login: str) -> httpx.AsyncClient:
    """Sign somebody else in."""
    http = httpx.AsyncClient(transport=caller.http._transport, base_url=caller.http.base_url)
    await sign_in(http, login=login)
    return http


async def make(http: httpx.AsyncClient, title: str = "Call the mill", **more: str | list[str]) -> str:
    """Make a task by its form and give the address of its page."""
    answer = await send(http, NEW, {"kind": "task", "title": title, "executor_id": "1", "priority": "2", **more})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_task_is_made_by_its_form_and_stands_in_the_list(ann: httpx.AsyncClient) -> None:
    """C77-01, C77-02, C77-04, C77-36, C77-37."""
    page = await make(ann, priority="1", percent="40", due_at="2030-05-06T10:30", planned_minutes="1:30")

    shown, listed = (await ann.get(page)).text, (await ann.get("/tasks")).text

    assert "Urgent" in shown
    assert "6 May 2030, 10:30" in shown
    assert "of 1:30 planned" in shown
    assert f'href="{page}">Call the mill</a>' in listed
    assert "40 %" in listed


async def test_buttons_offer_only_what_the_cycle_allows(ann: httpx.AsyncClient) -> None:
    """C77-38, C77-39."""
    page = await make(ann)

    before = (await ann.get(page)).text
    refused = await send(ann, f"{page}/state", {"to": "waiting"})
    moved = await send(ann, f"{page}/state", {"to": "in_work", "comment": "begun at once"})
    history = (await ann.get(f"{page}/history")).text

    assert 'value="in_work"' in before
    assert 'value="waiting"' not in before
    assert refused.status_code == 422
    assert moved.status_code == 303
    assert "begun at once" in history


async def test_task_of_others_lowers_the_badge_when_it_is_opened(caller: Caller, ann: httpx.AsyncClient) -> None:
    """PAP-37, C77-30."""
    page = await make(ann, executor_id="2")
    bob = await as_person(caller, "bob")

    before = (await bob.get("/tasks/unseen")).text
    await bob.get(page)

    assert "One task not opened yet" in before
    assert "opened yet" not in (await bob.get("/tasks/unseen")).text


async def test_second_of_two_who_edit_sees_both_values(caller: Caller, ann: httpx.AsyncClient) -> None:
    """PAP-29."""
    page = await make(ann)
    bob = await as_person(caller, "bob")
    edit = {"kind": "task", "executor_id": "1", "priority": "2", "version": "1"}
    assert (await send(bob, f"{page}/edit", {**edit, "title": "Visit the mill"})).status_code == 303

    late = await send(ann, f"{page}/edit", {**edit, "title": "Write to the mill"})
    saved = await send(ann, f"{page}/edit", {**edit, "title": "Write to the mill", "version": "2"})
    history = (await ann.get(f"{page}/history")).text

    assert late.status_code == 422
    assert all(title in late.text for title in ("Write to the mill", "Visit the mill", "Call the mill"))
    assert saved.status_code == 303
    assert history.index("Write to the mill") < history.index("Call the mill")


async def test_wrong_fields_are_told_and_what_was_typed_stays(ann: httpx.AsyncClient) -> None:
    typed = {"kind": "task", "title": "", "percent": "200", "due_at": "soon", "planned_minutes": "an hour", "party_id": "Nobody at all"}  # fmt: skip

    refused = await send(ann, NEW, typed)

    assert refused.status_code == 422
    assert [name for name in ("title", "percent", "due_at", "planned_minutes", "party_id") if f'id="{name}-wrong"' not in refused.text] == []  # fmt: skip
    assert 'value="soon"' in refused.text


async def test_form_is_prefilled_by_where_it_was_begun(caller: Caller, ann: httpx.AsyncClient) -> None:
    """C77-26, PAP-31: from a profile, and from another record whose words it takes along."""
    admin = await caller.as_role("admin")
    party = (await admin.post("/v1/parties", json={"name": "Mill", "legal_status": "limited_company"})).json()["party_id"]  # fmt: skip
    first = await make(ann, "Ask for flour", party_id=f"#{party}")

    of_party = (await ann.get(NEW, params={"party": party})).text
    from_task = (await ann.get(NEW, params={"from": "task:1"})).text
    made = await fill(ann, f"{NEW}?from=task:1", {"kind": "task", "title": "Ask again", "executor_id": "1"})
    tree = (await ann.get(made.headers["location"])).text

    assert f'value="#{party} Mill"' in of_party
    assert 'value="Ask for flour"' in from_task
    assert f'<a href="{first}">Task 1</a>' in tree


async def test_comments_time_and_resources_are_kept_and_summed(ann: httpx.AsyncClient) -> None:
    """C77-06, C77-28, C77-29, C77-40, PAP-32."""
    page = await make(ann)
    await send(ann, f"{page}/comments", {"text": "Ask @bob first"})
    for time in ("1:30", "45"):
        await send(ann, f"{page}/times", {"user_id": "1", "on_date": "2026-11-20", "minutes": time})
    for name, planned, actual in (("Flour", "10", "12.5"), ("Rye", "5", "5")):
        await send(ann, f"{page}/resources", {"name": name, "unit": "kg", "planned": planned, "actual": actual})

    shown = (await ann.get(page)).text

    assert "Ask @bob first" in shown
    assert '<td class="num">2:15</td>' in shown
    assert "+2.5" in shown
    assert "17.5" in shown


async def test_file_of_the_same_name_is_its_next_version(ann: httpx.AsyncClient) -> None:
    """C77-34."""
    page = await make(ann)
    for content in (b"first", b"second"):
        token = (await ann.get(page)).text.split('name="csrf" value="')[1].split('"')[0]
        sent = await ann.post(f"{page}/files", data={"csrf": token}, files={"file": ("plan.txt", content)})
        assert sent.status_code == 303, sent.text

    shown = (await ann.get(page)).text

    assert "version 2" in shown
    assert "version 1" in shown
    assert [(await ann.get(f"{page}/files/{one}")).content for one in (1, 2)] == [b"first", b"second"]


async def test_archived_task_offers_nothing_but_its_return(ann: httpx.AsyncClient) -> None:
    page = await make(ann)
    await send(ann, f"{page}/archive", {})

    shown = (await ann.get(page)).text
    await send(ann, f"{page}/unarchive", {})

    assert "Take it out of the archive" in shown
    assert "Take it further" not in shown
    assert "Take it further" in (await ann.get(page)).text
