"""Events on pages: entered on a phone, listed and grouped, ended, with files seen and recordings heard."""

from collections.abc import Mapping

import httpx
import pytest

from tests.api.people import add_person, csrf_token, fill, send, sign_in
from tests.conftest import Caller

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
SOUND = b"ID3" + bytes(range(250))


@pytest.fixture
async def desk(caller: Caller, admin: httpx.AsyncClient) -> httpx.AsyncClient:
    """Give a director who is signed in; party 1 is a company, 2 the person who speaks for it, 3 is nobody of it."""
    await add_person(caller.service.database, role="director")
    await sign_in(caller.http)
    for name, status in (("Mill", "limited_company"), ("Anna", "natural_person"), ("Boris", "natural_person")):
        await admin.post("/v1/parties", json={"name": name, "legal_status": status})
    await admin.post("/v1/parties/1/persons", json={"person_id": 2})
    return caller.http


async def enter(http: httpx.AsyncClient, **fields: str | list[str]) -> str:
    """Fill in the form of an event, and give the address of what was made."""
    typed = {"kind": "meeting", "topic": "Rye for May", "start_day": "2026-11-20", "start_time": "10:00"}
    answer = await fill(http, "/events/new", {**typed, **fields})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_meeting_is_entered_with_participants_and_place_and_shown(desk: httpx.AsyncClient) -> None:
    """BG-25, BG-28."""
    path = await enter(desk, party="Mill", persons=["2"], participants=["1"], place="Varna", content="Bring samples")

    shown, listed = (await desk.get(path)).text, (await desk.get("/contacts")).text

    assert [
        text for text in ("Rye for May", "Anna", "Nora Lindqvist", "Varna", "<p>Bring samples</p>") if text not in shown
    ] == []
    assert "<dd>Nora Lindqvist</dd>" in shown, "a colleague is no party of the same number"
    assert "Held" in shown
    assert "Rye for May" in listed
    assert "Rye for May" in (await desk.get("/contacts?author=1")).text
    assert "Rye for May" not in (await desk.get("/contacts?author=2")).text


async def test_form_offers_the_persons_of_the_party(desk: httpx.AsyncClient) -> None:
    """UNF-20."""
    offered = (await desk.get("/events/new?party=1")).text

    assert "Anna" in offered
    assert "Boris" not in offered


async def test_call_is_logged_from_the_profile_in_three_fields(desk: httpx.AsyncClient) -> None:
    """BG-24."""
    await desk.post(
        "/parties/1/calls",
        data={"csrf": await csrf_token(desk), "topic": "Prices", "direction": "incoming", "person": "2"},
    )

    profile, of_person = (await desk.get("/parties/1")).text, (await desk.get("/events?person=2")).text

    assert profile.count('action="/parties/1/calls"') == 1
    assert "Prices" in profile
    assert "Prices" in of_person


async def test_wrong_fields_are_told_and_what_was_typed_stays(desk: httpx.AsyncClient) -> None:
    typed = {
        "kind": "call",
        "topic": "",
        "start_day": "tomorrow",
        "party": "Nobody",
        "remind_days": "x",
        "place": "Ruse",
    }
    refused = await fill(desk, "/events/new", typed)

    wrong = ("topic", "start_day", "party", "remind_days")
    assert refused.status_code == 422
    assert [name for name in wrong if f'id="{name}-wrong"' not in refused.text] == []
    assert 'value="Ruse"' in refused.text


async def test_event_is_completed_cancelled_and_taken_up_again_on_its_page(desk: httpx.AsyncClient) -> None:
    """UNF-15, UNF-16."""
    path = await enter(desk, kind="event")

    refused = await send(desk, f"{path}/completion", {"result": ""})
    await send(desk, f"{path}/completion", {"result_code": "agreed", "result": "3 t"})
    done = (await desk.get(path)).text
    await send(desk, f"{path}/reopening", {})
    await send(desk, f"{path}/cancellation", {"reason": "Harvest"})
    cancelled = (await desk.get(path)).text

    assert (refused.status_code, 'id="result-wrong"' in refused.text) == (422, True)
    assert [text for text in ("Completed", "Agreed", "3 t") if text not in done] == []
    assert [text for text in ("Cancelled", "Harvest") if text not in cancelled] == []


async def test_result_that_is_written_down_later_leaves_the_call_where_it_was(
    desk: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    """PS-34, PS-35: it took place when it was planned for, unless the form says when; late is what came after that."""
    said = {"kind": "call", "party": "Mill", "promised_on": "2026-11-20"}
    in_time, late = [await enter(desk, topic=topic, **said) for topic in ("Kept", "Broken")]

    ahead = await send(desk, f"{late}/completion", {"result": "3 t", "held_day": "2100-01-01", "held_time": "09:00"})
    no_time = await send(desk, f"{late}/completion", {"result": "3 t", "held_day": "2026-11-21", "held_time": ""})
    for path, typed in ((in_time, ("2026-11-20", "10:00")), (late, ("2026-11-21", "09:15"))):
        fields = dict(zip(("held_day", "held_time"), typed, strict=True))
        assert (await send(desk, f"{path}/completion", {"result": "3 t", **fields})).status_code == 303
    lateness = (await desk.get("/dispatcher/lateness?kind=event")).text

    assert (ahead.status_code, 'id="held_day-wrong"' in ahead.text) == (422, True)
    assert (no_time.status_code, 'id="held_time-wrong"' in no_time.text) == (422, True)
    assert "Took place" in (await desk.get(late)).text
    assert ("Broken" in lateness, "Kept" in lateness) == (True, False)
    kept = (await admin.get(in_time.replace("/events", "/v1/events"))).json()
    assert kept["held_at"] == kept["starts_at"] != kept["completed_at"]


async def test_photo_from_a_phone_is_kept_and_seen_in_the_page(desk: httpx.AsyncClient) -> None:
    """PS-20, PS-21, UNF-04, C77-12, C77-46."""
    form = await desk.get("/events/new?party=1&kind=measurement")
    fields = {
        "csrf": await csrf_token(desk),
        "kind": "measurement",
        "topic": "Oven",
        "party": "#1",
        "start_day": "2026-11-20",
        "start_time": "10:00",
    }
    made = await desk.post("/events/new", data=fields, files={"file": ("sheet.png", PNG, "image/png")})
    path = made.headers["location"]

    shown, picture = (await desk.get(path)).text, await desk.get(f"{path}/files/1")

    assert 'type="file" accept="image/*,application/pdf,audio/*"' in form.text
    assert "capture=" not in form.text, "a phone offers its files beside its camera"
    assert f'<img class="shot" src="{path}/files/1"' in shown
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    assert picture.headers["content-disposition"].startswith("inline")


async def test_event_whose_file_is_refused_is_not_made_either(desk: httpx.AsyncClient) -> None:
    said = {"kind": "event", "topic": "Oven", "start_day": "2026-11-20", "start_time": "10:00"}
    form = {"csrf": await csrf_token(desk), **said}

    refused = await desk.post("/events/new", data=form, files={"file": ("sheet.png", b"", "image/png")})

    assert (refused.status_code, 'id="file-wrong"' in refused.text) == (422, True)
    assert "Oven</a>" not in (await desk.get("/events")).text


async def test_recording_is_heard_by_right_alone_and_the_journal_knows(caller: Caller, desk: httpx.AsyncClient) -> None:
    """PS-32."""
    path = await enter(desk)
    await desk.post(f"{path}/files", data={"csrf": await csrf_token(desk)}, files={"file": ("talk.mp3", SOUND)})
    sound = f"{path}/files/1/sound"

    part = await desk.get(sound, headers={"Range": "bytes=3-5"})
    past, plain = await desk.get(sound, headers={"Range": "bytes=999-"}), await desk.get(f"{path}/files/1")
    journal = (await desk.get("/settings/audit?act=event.recording_played&record=event:1")).text
    await add_person(caller.service.database, login="ivo", role="sales")
    await sign_in(desk, login="ivo")

    assert (part.status_code, part.content, part.headers["content-range"]) == (
        206,
        SOUND[3:6],
        f"bytes 3-5/{len(SOUND)}",
    )
    assert (past.status_code, plain.status_code) == (416, 404)
    assert journal.count(">Recording played</td>") == 1, "the refused ones played nothing"
    assert (await desk.get(sound)).status_code == 403
    assert "<audio" not in (await desk.get(path)).text


async def test_kind_is_made_on_a_page_and_chosen_at_once(desk: httpx.AsyncClient) -> None:
    """BG-27, C77-56."""
    made = await fill(
        desk, "/settings/event-kinds/new", {"code": "fax", "names.en": "Fax", "icon": "mail", "is_contact": "yes"}
    )
    await enter(desk, kind="fax")

    assert made.status_code == 303
    assert '<option value="fax">Fax</option>' in (await desk.get("/events/new")).text
    grouped = (await desk.get("/contacts?group=kind")).text
    assert ">Fax</a></h3>" in grouped


async def test_kind_of_a_role_is_offered_to_it_alone(caller: Caller, desk: httpx.AsyncClient) -> None:
    """PS-18: payments are added by hand by those of finance."""
    offered = (await desk.get("/events/new")).text
    await add_person(caller.service.database, login="ivo", role="sales")
    await sign_in(desk, login="ivo")
    refused = await fill(
        desk, "/events/new", {"kind": "payment", "topic": "Paid", "start_day": "2026-11-20", "start_time": "10:00"}
    )

    assert 'value="payment"' in offered
    assert 'value="payment"' not in (await desk.get("/events/new")).text
    assert (refused.status_code, 'id="kind-wrong"' in refused.text) == (422, True)


async def test_pinned_kind_stands_on_top_of_the_profile(desk: httpx.AsyncClient) -> None:
    """PS-19."""
    await enter(desk, kind="peculiarity", topic="Deliver by the back gate", party="#1", start_day="2020-01-01")
    await enter(desk, topic="Later talk", party="#1")

    profile = (await desk.get("/parties/1")).text
    assert profile.index("Pinned") < profile.index("Deliver by the back gate") < profile.index("Later talk")


async def test_follow_up_is_filled_with_party_person_and_project(desk: httpx.AsyncClient) -> None:
    """UNF-05, UNF-09."""
    first = await enter(desk, party="#1", persons=["2"])
    form = (await desk.get(f"/events/new?follow={first.rpartition('/')[2]}")).text
    second = await fill(
        desk, f"/events/new?follow={first.rpartition('/')[2]}", {"kind": "meeting", "topic": "Again", "party": "#1"}
    )

    tree = (await desk.get(f"/structure?of=event:{second.headers['location'].rpartition('/')[2]}")).text

    assert [text for text in ('value="#1 Mill"', 'name="persons" value="2" checked') if text not in form] == []
    assert tree.index("Rye for May") < tree.index("Again")


async def test_order_of_an_event_shows_whom_it_is_for_and_what_it_was_made_from(desk: httpx.AsyncClient) -> None:
    """UNF-06, UNF-09: its contact person and the event, each a link."""
    path = await enter(desk, party="#1", persons=["2"])
    lines = {"line_name": "Rye", "line_sku": "", "line_quantity": "3", "line_price": "2.90", "date": "2026-11-22"}
    made = path.replace("/events/", "event:")
    order = await send(
        desk, "/new-business-document", {"kind": "order", "party": "1", "person_id": "2", "from": made, **lines}
    )
    shown = (await desk.get(order.headers["location"])).text

    assert '<dt>Contact person</dt><dd><a href="/parties/2">Anna</a></dd>' in shown
    assert f'<a href="{path}">Meeting' in shown
    assert "Rye for May" in shown


@pytest.mark.parametrize("path", ["/contacts", "/events"])
async def test_journal_is_filtered_by_party_and_contact_person_by_name(desk: httpx.AsyncClient, path: str) -> None:
    """UNF-19, UNF-20: a name leads to the address of the one whom it means; what means nobody says so."""
    await enter(desk, party="#1", persons=["2"])
    await enter(desk, topic="Another talk", party="#3")

    named = await desk.get(f"{path}?party=Mill&since=2026-11-01")
    shown = (await desk.get(named.headers["location"])).text
    person = await desk.get(f"{path}?person=%232+Anna")
    wrong = (await desk.get(f"{path}?party=Nobody")).text

    assert (named.status_code, named.headers["location"]) == (303, f"{path}?party=1&since=2026-11-01")
    assert ('value="#1 Mill"' in shown, "Rye for May" in shown, "Another talk" in shown) == (True, True, False)
    assert person.headers["location"] == f"{path}?person=2"
    assert ("There is no such person" in wrong, 'value="Nobody"' in wrong, "Rye for May" in wrong) == (
        True,
        True,
        False,
    )
    assert (await desk.get(f"{path}?party=4111222233334444x")).status_code == 400


async def test_weekly_series_is_entered_by_ticks_and_said_in_its_form(desk: httpx.AsyncClient) -> None:
    """C77-14, C77-55."""
    path = await enter(desk, kind="event", repeat="WEEKLY", weekday=["MO", "FR"], count="3", start_day="2026-11-23")

    shown, form = (await desk.get(path)).text, (await desk.get(f"{path}/edit")).text

    assert "FREQ=WEEKLY;BYDAY=MO,FR;COUNT=3" in shown
    assert [
        text
        for text in ('value="MO" checked', 'value="FR" checked', 'name="count" type="text" value="3"')
        if text not in form
    ] == []
    assert (await desk.get("/events?since=2026-11-01&until=2026-12-31")).text.count("Rye for May</a>") == 3


async def test_journal_is_taken_along_and_told(desk: httpx.AsyncClient) -> None:
    """C77-41."""
    await enter(desk, topic="=1+1", party="#1")

    table = await desk.get("/events/export/csv?journal=contacts&kind=meeting")

    assert "Meeting" in table.text
    assert "'=1+1" in table.text
    assert "List of events taken along" in (await desk.get("/settings/audit?act=events.exported")).text


@pytest.mark.parametrize("path", ["/events", "/contacts", "/parties", "/"])
async def test_new_event_is_one_click_from_everywhere(desk: httpx.AsyncClient, path: str) -> None:
    """UNF-11, UNF-12."""
    assert 'href="/events/new"' in (await desk.get(path)).text


@pytest.mark.parametrize("bad", ["state=gone", "since=soon", "responsible=x", "older=1", "until=9999-12-31"])
async def test_address_that_means_nothing_is_refused(desk: httpx.AsyncClient, bad: str) -> None:
    assert (await desk.get(f"/events?{bad}")).status_code == 400


async def test_document_is_tied_by_its_number_and_taken_off(desk: httpx.AsyncClient) -> None:
    """UNF-04, C77-46."""
    path = await enter(desk)
    lines: Mapping[str, str] = {"line_name": "Rye", "line_quantity": "1", "line_price": "2"}
    await send(desk, "/new-business-document", {"kind": "order", "party": "1", "date": "2026-11-22", **lines})

    refused = await send(desk, f"{path}/documents", {"record": "receipt:none"})
    await send(desk, f"{path}/documents", {"record": "ORD-2026-000001"})
    tied = (await desk.get(path)).text
    await send(desk, f"{path}/documents", {"remove": "business_document:1"})

    assert refused.status_code == 422
    assert "Order ORD-2026-000001" in tied
    assert "ORD-2026-000001" not in (await desk.get(path)).text


async def test_journal_is_saved_under_a_name_and_opened_again(desk: httpx.AsyncClient) -> None:
    """C77-52."""
    await enter(desk, topic="Rye for May", party="#1")
    await enter(desk, topic="Oven", kind="call", party="#1")

    saved = await fill(desk, "/contacts/views?kind=meeting&author=1&junk=1", {"name": "My meetings", "shared": "yes"})
    journal, other = (await desk.get(saved.headers["location"])).text, (await desk.get("/events")).text
    unnamed = await fill(desk, "/contacts/views?kind=meeting", {"name": ""})
    await send(desk, "/contacts/views/1", {"delete": "yes"})

    assert saved.headers["location"] == "/contacts?kind=meeting&author=1"
    assert 'aria-current="page">My meetings</a>' in journal
    assert ("Rye for May" in journal, "Oven" in journal) == (True, False)
    assert "My meetings" not in other, "the journal of events has lists of its own"
    assert unnamed.status_code == 422
    assert "My meetings" not in (await desk.get("/contacts")).text


async def test_second_of_two_who_edit_an_event_sees_both_values_and_its_history_keeps_them(
    desk: httpx.AsyncClient,
) -> None:
    path = await enter(desk, party="#1", persons=["2"], place="Ruse")
    said = {"kind": "meeting", "topic": "Rye for May", "start_day": "2026-11-20", "start_time": "10:00", "party": "#1"}
    await send(desk, f"{path}/edit", {**said, "place": "Kyiv", "responsible_id": "1", "version": "1"})

    late = await send(desk, f"{path}/edit", {**said, "place": "Varna", "version": "1"})
    again = await send(desk, f"{path}/edit", {**said, "place": "Varna", "version": "2"})
    history = (await desk.get(f"{path}/history")).text

    assert late.status_code == 422
    conflict = late.text[late.text.index("Yours and theirs") :]
    assert [text for text in ("Varna", "Kyiv", "Ruse", "Nora Lindqvist") if text not in conflict] == []
    assert 'name="version" value="2"' in late.text
    assert again.status_code == 303
    assert history.index("Varna") < history.index("Ruse"), "the newest first"
    assert [text for text in ("Anna", "Contact persons", "Event made", "Event changed") if text not in history] == []
