"""The dispatcher's page, row by row: what every module and program tells, who sees it, and each of its filters."""

import html
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import get_args
from uuid import uuid4

import httpx
import pytest
from msgspec import structs

from api.auth.model import UserRole
from api.auth.rights import may
from api.feed_sources import SOURCES
from api.notifying import notify_once
from api.pages.audit_words import NAMES
from api.pages.dispatcher_words import SOURCES as WORDS
from api.settings import Settings
from api.state import read_clock
from database.activity import Act, record_activity
from tests.api.pages.test_dispatcher import work
from tests.api.pages.test_tasks import as_person
from tests.api.people import add_person, fill, send, sign_in
from tests.api.rest.shop import Shop
from tests.api.rest.test_feed_of_modules import ACTS, do_everything
from tests.conftest import Caller, calling
from tests.factories import make_company, make_receipt

DAY = timedelta(days=1)
NEW = "/new-business-document"
RULES = "/settings/notifications"
EVENT = {"kind": "event", "topic": "Build", "start_day": "2100-05-06", "start_time": "10:00"}
_ROW = re.compile(r"<b>(.*?)</b>\s*<small>(.*?)</small>", re.DOTALL)


@pytest.fixture
async def desk(caller: Caller) -> httpx.AsyncClient:
    """Give the browser of Nora, user 1, a dispatcher; the seller Bob is user 2, the mill is party 1."""
    await add_person(caller.service.database, role="dispatcher")
    await add_person(caller.service.database, login="bob", role="sales")
    await make_company(caller.service.database, "Mill")
    await sign_in(caller.http)
    return caller.http


async def rows(http: httpx.AsyncClient, query: str = "") -> Mapping[str, str]:
    """Give the rows of the feed, the newest first: what stands under each title."""
    answer = await http.get(f"/dispatcher{query}")
    assert answer.status_code == 200, answer.text
    feed = answer.text.partition('<ol class="feed">')[2].partition("</ol>")[0]
    return {html.unescape(title): html.unescape(told) for title, told in _ROW.findall(feed)}


@pytest.mark.parametrize(
    ("source", "kind", "word"),
    [
        ("scheduling", "crew_assigned", "Crew assigned"),
        ("scheduling", "stage_assigned", "Stage assigned"),
        ("scheduling", "planned_start", "Start of works planned"),
        ("scheduling", "planned_end", "End of works planned"),
        ("finished_goods", "goods_arrived", "Goods arrived"),
        ("warehouses", "material_invoice_posted", "Material invoice posted"),
        ("production", "materials_reserved", "Materials reserved"),
    ],
)
async def test_work_of_another_program_is_a_dated_row_of_its_project(
    caller: Caller, desk: httpx.AsyncClient, source: str, kind: str, word: str
) -> None:
    """PS-08, PS-11, PS-12, PS-13, PS-14, PS-15, PS-16, PS-25."""
    await send(desk, "/projects/new", {"name": "Hall", "kind": "customer_project"})
    told = {"source": source, "kind": kind, "planned_at": "2100-05-06T08:00:00+03:00"}
    await work(caller, "Of the hall", project_id=1, **told)
    await work(caller, "Of nothing", **told)

    found = await rows(desk, f"?project=1&source={source}")
    page = (await desk.get(f"/dispatcher?project=1&source={source}")).text
    row = html.unescape(page.partition('<ol class="feed">')[2].partition('href="')[2].partition('"')[0])
    opened = (await desk.get(row)).text.partition('id="detail"')[2]

    assert list(found) == ["Of the hall"]
    assert f": {word} · Hall" in found["Of the hall"]
    assert "<dt>Planned for</dt><dd>6 May 2100, 08:00</dd>" in opened
    assert '<a href="/projects/1">Hall</a>' in opened


async def test_crew_and_stage_that_an_event_gets_by_its_form_are_rows(desk: httpx.AsyncClient) -> None:
    """PS-11, PS-12."""
    await send(desk, "/projects/new", {"name": "Hall", "kind": "customer_project"})
    await send(desk, "/projects/1/phases", {"name": "Roof"})
    await fill(desk, "/events/new", {**EVENT, "project_id": "1"})
    before = (await desk.get("/dispatcher?project=1&source=events&group=kind")).text

    given: dict[str, str | list[str]] = {
        **EVENT,
        "project_id": "1",
        "phase_id": "1",
        "crew": ["2"],
        "version": "1",
        "scope": "one",
    }
    assert (await send(desk, "/events/1/edit", given)).status_code == 303
    after = (await desk.get("/dispatcher?project=1&source=events&group=kind")).text

    for head in ("Crew assigned", "Stage assigned"):
        heads = [f'<li class="day">{head} <span class="count">1</span>' in page for page in (before, after)]
        assert heads == [False, True]


async def test_reservation_payment_and_launch_are_told_by_a_rule(caller: Caller, desk: httpx.AsyncClient) -> None:
    """PS-08, PS-09, PS-10: a rule made by its form hears other programs and payments, each once."""
    await add_person(caller.service.database, login="boss", role="director")
    boss, bob = await as_person(caller, "boss"), await as_person(caller, "bob")
    others = "production.materials_reserved, production.batch:status"
    rule: dict[str, str | list[str]] = {
        "name": "Works",
        "listens": "act",
        "acts": ["business_document.received"],
        "more_acts": others,
    }
    assert (await send(boss, f"{RULES}/new", {**rule, "users": ["1"], "by_app": "yes", "is_on": "yes"})).status_code == 303  # fmt: skip
    await work(caller, "Oak", source="production", kind="materials_reserved")
    batch, admin = str(uuid4()), await caller.as_role("admin")
    await work(caller, "Doors", uid=batch, source="production", kind="batch", status="planned")
    for status in ("planned", "launched"):
        assert (await admin.patch(f"/v1/feed/{batch}", json={"status": status})).is_success
    await work(caller, "Nothing to tell", source="production", kind="planned")
    payment = {"kind": "payment", "party": "1", "date": "2026-11-22", "amount": "10.00", "means": "cash"}
    path = (await send(bob, NEW, payment)).headers["location"]
    assert (await send(bob, f"{path}/status", {"status": "received", "version": "1"})).status_code == 303

    for _ in range(2):
        await notify_once(caller.service)
    page = (await desk.get("/notifications")).text

    for told in ("Materials reserved", "production.batch", "Payment received"):
        assert page.count(f'<small class="muted">{told} ·') == 1
    assert page.count("> Oak</span>") == page.count("> Doors</span>") == 1
    assert "PAY-2026-000001" in page
    assert "Nothing to tell" not in page


async def test_acts_of_every_module_and_program_stand_on_one_page_and_under_their_source(
    caller: Caller, desk: httpx.AsyncClient, database_url: str
) -> None:
    """PS-22: no source is missing."""
    await do_everything(Shop(caller, await caller.as_role("admin"), database_url))

    everything = (await desk.get("/dispatcher")).text.partition('<ol class="feed">')[2].partition("</ol>")[0]
    missing = []
    for code in SOURCES:
        page = (await desk.get(f"/dispatcher?source={code}&group=kind")).text
        if f'<li class="day">{NAMES[ACTS[code]]} <span' not in page or f"<small>{WORDS[code].text}" not in everything:
            missing.append(code)

    assert missing == []
    assert "<small>Laundry: Washed" in everything


async def test_each_filter_gives_its_rows_and_no_others(caller: Caller, desk: httpx.AsyncClient) -> None:
    """PS-24: kind, status, source, importance, author, period."""
    await work(caller, "Plain")
    await work(caller, "Urgent", kind="goods_arrived", importance=1)
    await work(caller, "Late", planned_at=(read_clock() - 2 * DAY).isoformat())
    await fill(desk, "/events/new", EVENT)
    yesterday, tomorrow = ((read_clock() + by).date().isoformat() for by in (-DAY, DAY))
    wanted = {
        "source=scheduling": ["Late", "Urgent", "Plain"],
        "source=events": ["Build"],
        "act=scheduling.goods_arrived": ["Urgent"],
        "status=late": ["Late"],
        "importance=1": ["Urgent"],
        "actor=nora&source=events&source=scheduling": ["Build"],
        f"source=scheduling&since={yesterday}&until={tomorrow}": ["Late", "Urgent", "Plain"],
        f"since={(read_clock() + 2 * DAY).date()}": [],
        f"until={(read_clock() - 2 * DAY).date()}": [],
    }

    assert {query: list(await rows(desk, f"?{query}")) for query in wanted} == wanted


async def test_rows_of_a_project_and_rows_of_none_are_told_apart(caller: Caller, desk: httpx.AsyncClient) -> None:
    """PS-25, PS-31."""
    await send(desk, "/projects/new", {"name": "Hall", "kind": "customer_project"})
    await send(desk, "/projects/new", {"name": "Yard", "kind": "customer_project"})
    await work(caller, "Of the hall", project_id=1)
    await work(caller, "Of nothing")
    await fill(desk, "/events/new", {**EVENT, "project_id": "1"})

    of_project, alone = await rows(desk, "?project=1"), await rows(desk, "?alone=yes")

    assert list(of_project) == ["Build", "Of the hall", "Hall"]
    assert "Of nothing" in alone
    assert alone.keys() & of_project.keys() == set()
    assert '<option value="1" selected>Hall</option>' in (await desk.get("/dispatcher?project=1")).text


async def test_filter_by_party_gives_its_orders_payments_and_what_its_card_bought(
    caller: Caller, desk: httpx.AsyncClient, database_url: str
) -> None:
    """PS-26, PS-29, PS-30: and nothing of another party."""
    shop, bob = Shop(caller, await caller.as_role("admin"), database_url), await as_person(caller, "bob")
    await make_company(caller.service.database, "Oven")
    card = await shop.make_card()
    assert (await shop.admin.patch(f"/v1/cards/{card.id}", json={"holder_id": 1})).status_code == 200
    receipt = make_receipt(card=card.ref)
    assert (await shop.post(receipt)).status_code == 201
    lines = {"line_name": "Rye", "line_quantity": "1", "line_price": "2", "date": "2026-11-22"}
    for party, more in (("1", {"kind": "order"}), ("1", {"kind": "payment", "amount": "2", "means": "cash"}), ("2", {"kind": "order"})):  # fmt: skip
        assert (await send(bob, NEW, {**lines, **more, "party": party})).status_code == 303

    found = await rows(desk, "?party=1")
    page = (await desk.get("/dispatcher?party=1")).text

    assert {"Order ORD-2026-000001", "Payment PAY-2026-000001"} <= found.keys()
    assert [title for title in found if receipt["number"] in title] != []
    assert "Order ORD-2026-000002" not in found
    assert "Order ORD-2026-000002" in await rows(desk, "?party=2")
    assert re.search(r'name="party"[^>]* value="#1 Mill"', page)


@pytest.mark.parametrize("role", get_args(UserRole))
async def test_dispatcher_sees_every_source_and_another_role_what_its_rights_open(
    caller: Caller, role: UserRole
) -> None:
    """PS-28: rows as well as filters; asking for a source by its address opens nothing."""
    await add_person(caller.service.database, login=role, role=role)
    await sign_in(caller.http, login=role)
    for code, source in SOURCES.items():
        act = Act("test", read_clock())
        what = f"{min(source.families)}.tried"
        await caller.service.database.run(record_activity, act=act, what=what, record=f"{code}:1")
    mine = {code for code, one in SOURCES.items() if role == "dispatcher" or may(role, one.right)}

    page = (await caller.http.get("/dispatcher")).text
    seen = {code for code in SOURCES if "Tried" in str(await rows(caller.http, f"?source={code}"))}

    assert set(re.findall(r'name="source" value="(\w+)"', page)) & SOURCES.keys() == mine
    assert seen == mine


async def test_module_that_is_off_takes_its_rows_and_filters_along_and_the_rest_works(
    caller: Caller, desk: httpx.AsyncClient, settings: Settings, database_url: str
) -> None:
    """PS-17: with events off."""
    await fill(desk, "/events/new", EVENT)
    await send(desk, "/tasks/new", {"kind": "task", "title": "Call the mill", "executor_id": "1", "priority": "2"})
    await work(caller, "Crew 3")
    offered = [f'name="source" value="{code}"' for code in ("events", "tasks", "scheduling")]
    before, found = (await desk.get("/dispatcher")).text, await rows(desk)

    async with calling(structs.replace(settings, modules_off=frozenset({"events"})), database_url) as without:
        await sign_in(without.http)
        after, left = (await without.http.get("/dispatcher")).text, await rows(without.http)
        gone = await without.http.get("/events")

    assert {"Build", "Call the mill", "Crew 3"} <= found.keys()
    assert ("Build" in left, {"Call the mill", "Crew 3"} <= left.keys()) == (False, True)
    assert [[one in page for one in offered] for page in (before, after)] == [[True, True, True], [False, True, True]]
    assert ['value="event.made"' in page for page in (before, after)] == [True, False]
    assert gone.status_code == 404


async def test_words_find_rows_of_modules_and_programs_in_the_feed(caller: Caller, desk: httpx.AsyncClient) -> None:
    """PS-36."""
    await work(caller, "Oak boards for the staircase", number="B-7")
    await work(caller, "Glass")
    await fill(desk, "/events/new", {**EVENT, "topic": "Staircase measured"})

    assert list(await rows(desk, "?words=stairc")) == ["Staircase measured", "Oak boards for the staircase"]
    assert list(await rows(desk, "?words=b-7")) == ["Oak boards for the staircase"]
    assert await rows(desk, "?words=zebra") == {}
