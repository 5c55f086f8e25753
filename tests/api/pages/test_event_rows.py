"""Events and contacts on pages, row by row: entered, found, repeated and followed by others."""

import html
import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text

from api.state import read_clock
from tests.api.pages.test_events import enter
from tests.api.people import add_person, fill, send, sign_in
from tests.conftest import Caller
from tests.factories import make_receipt

SOFIA = ZoneInfo("Europe/Sofia")
DAY = timedelta(days=1)
AHEAD = "2100-02-01"
LINES = {"line_name": "Rye", "line_quantity": "1", "line_price": "2", "date": "2026-11-22", "party": "1"}
_BEGINS = re.compile(r'<td class="nowrap"><time datetime="([^"]+)"')


@pytest.fixture
async def desk(caller: Caller, admin: httpx.AsyncClient) -> httpx.AsyncClient:
    """Give Nora, user 1, a director; Mill is party 1, Anna, party 2, speaks for it, Boris, party 3, for nobody."""
    await add_person(caller.service.database, role="director")
    await sign_in(caller.http)
    for name, status in (("Mill", "limited_company"), ("Anna", "natural_person"), ("Boris", "natural_person")):
        await admin.post("/v1/parties", json={"name": name, "legal_status": status})
    await admin.post("/v1/parties/1/persons", json={"person_id": 2})
    return caller.http


async def listed(http: httpx.AsyncClient, query: str) -> list[str]:
    """Give the topics that a journal shows, in its order."""
    answer = await http.get(query)
    assert answer.status_code == 200, answer.text
    return re.findall(r'<th scope="row"><span>.*?<a href="/events/\d+">([^<]*)</a>', answer.text)


async def begins(http: httpx.AsyncClient, query: str) -> list[datetime]:
    """Give when the events of a journal begin, on the clocks of Sofia, the first on top."""
    page = (await http.get(query)).text
    return sorted(datetime.fromisoformat(one).astimezone(SOFIA) for one in _BEGINS.findall(page))


def today() -> date:
    """Give the day that it is in the shop."""
    return read_clock().astimezone(SOFIA).date()


def clock_change() -> date:
    """Give the next day on which the clocks of the shop change."""

    def offset(day: date) -> timedelta | None:
        return datetime.combine(day, time(12), SOFIA).utcoffset()

    return next(day for day in (today() + DAY * ahead for ahead in range(1, 366)) if offset(day) != offset(day - DAY))


async def test_incoming_outgoing_and_other_events_are_kept_and_found_by_direction_and_kind(
    desk: httpx.AsyncClient,
) -> None:
    """UNF-01, UNF-02, UNF-13: two fields, each with a filter; an event of no kind of talk has no direction either."""
    for direction, kind in (("incoming", "call"), ("outgoing", "email"), ("outgoing", "call"), ("other", "event")):
        path = await enter(desk, direction=direction, kind=kind, topic=f"{direction} {kind}", party="#1")
        assert f"<dd>{direction.capitalize()}</dd>" in (await desk.get(path)).text

    assert await listed(desk, "/events?direction=incoming") == ["incoming call"]
    assert await listed(desk, "/events?direction=outgoing") == ["outgoing call", "outgoing email"]
    assert await listed(desk, "/events?direction=outgoing&kind=email") == ["outgoing email"]
    assert await listed(desk, "/events?direction=other") == ["other event"]
    assert await listed(desk, "/events?kind=call") == ["outgoing call", "incoming call"]


async def test_documents_of_every_kind_are_made_from_an_event_and_hang_under_it(
    desk: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    """UNF-06, UNF-07, UNF-08: filled with party and contact person, tied to the event; a receipt is tied by hand."""
    await send(desk, "/parties/1/relations", {"relation": "supplier"})
    path = await enter(desk, party="#1", persons=["2"])
    menu = (await desk.get(path)).text.partition("Make from it")[2].partition("</ul>")[0]
    offered = [html.unescape(one) for one in re.findall(r'<a href="([^"]+)"', menu)]
    papers = [one for one in offered if one.startswith("/new-business-document")]
    receipt = make_receipt()
    assert (await admin.post("/v1/receipts", json=receipt)).status_code == 201

    for form in papers:
        assert '<option value="2" selected>Anna</option>' in (await desk.get(form)).text
        assert "For Mill" in (await desk.get(form)).text
        assert (await fill(desk, form, {**LINES, "person_id": "2"})).status_code == 303
    await fill(desk, offered[1], {"kind": "task", "title": "Ask", "executor_id": "1", "priority": "2"})
    await send(desk, f"{path}/documents", {"record": f"http://tallycard.test/receipts/{receipt['receipt_uid']}"})
    shown, tree = (await desk.get(path)).text, (await desk.get("/structure?of=business_document:1")).text

    assert (offered[1], offered[-1]) == ("/tasks/new?from=event:1", "/parties/1/give-card")
    numbers = ("Order ORD-2026-000001", "Supplier order SUP-2026-000001", "Invoice INV-2026-000001", "Task 1")
    assert [one for one in numbers if f">{one}</a>" not in shown] == []
    assert f"Receipt {receipt['number']}" in shown
    assert f'<a href="{path}">' in tree


async def test_structure_of_a_deal_shows_only_what_is_of_it(desk: httpx.AsyncClient) -> None:
    """UNF-10."""
    await send(desk, "/projects/new", {"name": "Bakery", "kind": "customer_project"})
    await enter(desk, topic="First talk")
    for topic, project in (("Of the deal", "1"), ("Of no deal", "")):
        await fill(
            desk,
            "/events/new?follow=1",
            {"kind": "meeting", "topic": topic, "project_id": project, "start_day": AHEAD, "start_time": "10:00"},
        )

    whole = (await desk.get("/structure?of=event:1")).text
    deal = (await desk.get("/structure?of=event:1&project=1")).text

    assert all(topic in whole for topic in ("First talk", "Of the deal", "Of no deal"))
    assert ("First talk" in deal, "Of the deal" in deal, "Of no deal" in deal) == (True, True, False)


async def test_contact_is_planned_until_its_time_is_over_and_held_from_then_on(
    caller: Caller, desk: httpx.AsyncClient
) -> None:
    """UNF-14, C77-08, C77-43, C77-44: nobody edits it; an event that is no contact stays planned."""
    tomorrow = {"start_day": (today() + DAY).isoformat(), "party": "#1"}
    paths = [await enter(desk, kind=kind, topic=kind, **tomorrow) for kind in ("meeting", "event")]
    before = await listed(desk, "/events?state=planned"), await listed(desk, "/contacts?state=held")
    query = text("update event set starts_at = starts_at - interval '2 days'")  # as though two days went by
    async with caller.service.database.connection() as connection:
        await connection.execute(query)

    pages = [(await desk.get(path)).text for path in paths]

    assert before == (["event", "meeting"], [])
    assert [("Held</span>" in page, "Planned</span>" in page) for page in pages] == [(True, False), (False, True)]
    assert await listed(desk, "/contacts?state=held") == ["meeting"]
    assert await listed(desk, "/events?state=planned") == ["event"]
    assert "Event changed" not in (await desk.get(f"{paths[0]}/history")).text


async def test_contact_that_took_place_is_logged_with_its_persons_and_result(desk: httpx.AsyncClient) -> None:
    """C77-07, C77-10, C77-50, C77-11, C77-48: found by each person, by the code and by words of the result."""
    done = {"result_code": "agreed", "result": "Wants 3 t of rye"}
    path = await enter(desk, kind="call", topic="Harvest", party="#1", persons=["2", "3"], **done)
    await enter(desk, topic="Fair", start_day=AHEAD, party="#1", persons=["3"])

    shown = (await desk.get(path)).text

    persons = shown.partition("<dt>Contact persons</dt>")[2].partition("</dd>")[0]
    assert re.findall(r">(\w+)</a>", persons) == ["Anna", "Boris"]
    assert [one for one in ("20 Nov 2026, 10:00", ">Agreed</span>", done["result"]) if one not in shown] == []
    assert await listed(desk, "/contacts?person=2") == ["Harvest"]
    assert await listed(desk, "/contacts?person=3") == ["Fair", "Harvest"]
    assert await listed(desk, "/contacts?result=agreed&words=rye") == ["Harvest"]


async def test_contacter_is_whoever_enters_unless_another_is_named_and_is_a_filter_and_a_column(
    caller: Caller, desk: httpx.AsyncClient
) -> None:
    """C77-47."""
    bob = await add_person(caller.service.database, login="bob")
    form = (await desk.get("/events/new")).text.partition('id="author_id"')[2].partition("</select>")[0]
    await enter(desk, topic="Mine", author_id="1")
    await enter(desk, topic="Of Bob", author_id=str(bob))

    assert re.findall(r'value="(\d+)" selected', form) == ["1"]
    assert await listed(desk, f"/contacts?author={bob}") == ["Of Bob"]
    report = (await desk.get(f"/events/export/csv?journal=contacts&author={bob}")).text
    assert ("Of Bob" in report, "Mine" in report) == (True, False)


async def test_journals_name_the_party_and_are_filtered_by_it(desk: httpx.AsyncClient) -> None:
    """UNF-19, UNF-21, UNF-22, C77-09, C77-15, C77-45, C77-53, C77-60: with what its contact person was spoken with about."""
    await enter(desk, kind="event", topic="Of the mill", party="#1")
    await enter(desk, topic="With Anna", party="#1", persons=["2"], start_day="2026-11-21")
    await enter(desk, topic="Of Anna", party="#2", start_day="2026-11-22")
    await enter(desk, topic="Of Boris", party="#3")

    page = (await desk.get("/events?party=1")).text
    profile = (await desk.get("/parties/1")).text.partition('id="panel-events"')[2].partition("</section>")[0]

    assert await listed(desk, "/events?party=1") == ["Of Anna", "With Anna", "Of the mill"]
    assert await listed(desk, "/contacts?party=1") == ["Of Anna", "With Anna"]
    assert await listed(desk, "/contacts?party=3") == ["Of Boris"]
    assert await listed(desk, "/events?person=2") == ["Of Anna", "With Anna"]
    assert (
        '<td><a href="/parties/1">Mill</a>' in page,
        re.search(r'name="party"[^>]* value="#1 Mill"', page) is not None,
    ) == (True, True)
    assert re.findall(r'<a href="/events/\d+">([^<]*)</a>', profile) == ["Of Anna", "With Anna", "Of the mill"]
    timeline = (await desk.get("/parties/1/timeline?module=event")).text
    assert timeline.index("With Anna") < timeline.index("Of the mill")


async def test_setting_of_a_kind_says_whether_its_contacts_are_always_somebodys(desk: httpx.AsyncClient) -> None:
    """C77-09, C77-45."""
    said = {"kind": "call", "topic": "Wrong number", "start_day": "2026-11-20", "start_time": "10:00"}

    refused = await fill(desk, "/events/new", said)
    await fill(
        desk,
        "/settings/event-kinds/call",
        {"names.en": "Phone call", "icon": "phone", "is_contact": "yes", "version": "1"},
    )
    taken = await fill(desk, "/events/new", said)

    assert (refused.status_code, 'id="party-wrong"' in refused.text) == (422, True)
    assert taken.status_code == 303


async def test_kinds_of_contacts_are_a_directory_that_takes_new_ones(desk: httpx.AsyncClient) -> None:
    """C77-42."""
    before = (await desk.get("/contacts")).text
    await fill(
        desk, "/settings/event-kinds/new", {"code": "visit", "names.en": "Visit", "icon": "people", "is_contact": "yes"}
    )
    await enter(desk, kind="visit", topic="At the mill")

    for kind in ("Meeting", "Phone call", "Internet conference"):
        assert f">{kind}</option>" in before
    assert ">Visit</option>" not in before
    assert '<option value="visit">Visit</option>' in (await desk.get("/contacts")).text
    assert await listed(desk, "/contacts?kind=visit") == ["At the mill"]


async def test_topic_and_content_are_entered_and_the_topic_stands_in_list_and_calendar(desk: httpx.AsyncClient) -> None:
    """UNF-17, C77-16, C77-62: a topic has at most 200 characters."""
    moment = {"start_day": AHEAD, "start_time": "10:00", "end_time": "11:00", "responsible_id": "1", "kind": "event"}
    path = await enter(desk, topic="R" * 200, content="Bring <b>samples</b><script>x()</script>", **moment)

    refused = await fill(desk, "/events/new", {**moment, "topic": "R" * 201})

    assert await listed(desk, f"/events?since={AHEAD}") == ["R" * 200]
    for view in ("month", "day", "agenda"):
        assert "R" * 200 in (await desk.get(f"/calendar?view={view}&day={AHEAD}")).text
    shown = (await desk.get(path)).text
    assert '<div class="rich">Bring <b>samples</b></div>' in shown
    assert (refused.status_code, 'id="topic-wrong"' in refused.text) == (422, True)


async def test_times_of_an_event_are_checked_and_whole_days_keep_their_zone(desk: httpx.AsyncClient) -> None:
    """UNF-23: the end lies behind the start."""
    said = {"kind": "event", "topic": "Fair", "start_day": "2100-05-09", "zone": "Europe/London"}
    refused = await fill(
        desk, "/events/new", {**said, "start_time": "10:00", "end_day": "2100-05-09", "end_time": "09:59"}
    )
    whole = await fill(desk, "/events/new", {**said, "is_all_day": "yes", "end_day": "2100-05-10"})
    path = whole.headers["location"]

    shown, form = (await desk.get(path)).text, (await desk.get(f"{path}/edit")).text

    assert (refused.status_code, 'id="end_day-wrong"' in refused.text) == (422, True)
    assert "9 May 2100 – 10 May 2100" in shown
    assert "Europe/London" in shown
    assert ('value="Europe/London"' in form, 'name="is_all_day" value="yes" checked' in form) == (True, True)


async def test_event_of_one_day_stands_in_calendar_and_list_on_that_day_alone(desk: httpx.AsyncClient) -> None:
    """C77-13, C77-54."""
    path = await enter(desk, kind="event", start_day="2100-05-09", is_all_day="yes", responsible_id="1")

    days = {}
    for day in ("2100-05-08", "2100-05-09", "2100-05-10"):
        calendar = (await desk.get(f"/calendar?view=day&day={day}")).text
        days[day] = (f'href="{path}"' in calendar, await listed(desk, f"/events?since={day}&until={day}"))

    assert days == {
        "2100-05-08": (False, []),
        "2100-05-09": (True, ["Rye for May"]),
        "2100-05-10": (False, []),
    }


async def test_each_monday_and_friday_is_entered_by_ticks_and_keeps_its_hour_as_clocks_change(
    desk: httpx.AsyncClient,
) -> None:
    """C77-57."""
    sunday = clock_change()
    fields: dict[str, str | list[str]] = {
        "start_day": (sunday - DAY * 6).isoformat(),
        "repeat": "WEEKLY",
        "weekday": ["MO", "FR"],
        "count": "4",
    }
    await enter(desk, kind="event", **fields)

    found = await begins(desk, f"/events?since={sunday - DAY * 9}&until={sunday + DAY * 9}")

    assert [(one.date() - sunday).days for one in found] == [-6, -2, 1, 5]
    assert {one.time() for one in found} == {time(10)}
    assert len({one.utcoffset() for one in found}) == 2


async def test_each_morning_at_ten_is_ten_on_the_wall_before_and_after_clocks_change(desk: httpx.AsyncClient) -> None:
    """C77-59."""
    sunday = clock_change()
    await enter(desk, kind="event", start_day=(sunday - DAY * 2).isoformat(), repeat="DAILY", count="5")

    found = await begins(desk, f"/events?since={sunday - DAY * 9}&until={sunday + DAY * 9}")

    assert [(one.date() - sunday).days for one in found] == [-2, -1, 0, 1, 2]
    assert {one.time() for one in found} == {time(10)}
    assert len({one.utcoffset() for one in found}) == 2


async def test_fifteenth_of_each_month_is_entered_by_a_rule_and_comes_twelve_times_a_year(
    desk: httpx.AsyncClient,
) -> None:
    """C77-58."""
    first = (today().replace(day=1) - DAY).replace(day=15)
    last = first.replace(year=first.year + 1) - DAY
    await enter(desk, kind="event", start_day=first.isoformat(), repeat="own", rule="FREQ=MONTHLY;BYMONTHDAY=15")

    found = await begins(desk, f"/events?since={first}&until={last}")

    assert [one.day for one in found] == [15] * 12
    assert sorted(one.month for one in found) == list(range(1, 13))
