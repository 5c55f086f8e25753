"""The dispatcher's pages: the feed by filters and groups, pinned rows, saved filters with keys, lateness."""

from datetime import timedelta
from typing import Any  # JSON bodies are free in their values
from uuid import uuid4

import httpx
import pytest

from api.state import read_clock
from tests.api.people import add_person, send, sign_in, statements
from tests.conftest import Caller
from tests.factories import make_company

DAY = timedelta(days=1)
MOST_STATEMENTS = 34
"""For a page with every kind of record in it; what a page needs does not grow with its rows."""


@pytest.fixture
async def browser(caller: Caller) -> httpx.AsyncClient:
    """Give the browser of a dispatcher."""
    await add_person(caller.service.database, role="dispatcher")
    await sign_in(caller.http)
    return caller.http


async def work(caller: Caller, title: str, **more: Any) -> None:
    """Let a program tell of its work."""
    http = await caller.as_role("admin")
    body = {"uid": str(uuid4()), "source": "scheduling", "kind": "crew_assigned", "title": title} | more
    answer = await http.post("/v1/feed", json=body)
    assert answer.status_code == 201, answer.text


def heads(page: httpx.Response) -> list[str]:
    """Read the heads of groups."""
    parts = page.text.split('<li class="day">')[1:]
    return [part.partition("<")[0].strip() for part in parts]


async def test_row_shows_source_act_party_and_lateness_with_text_beside_icons(
    caller: Caller, browser: httpx.AsyncClient
) -> None:
    """PS-01, PS-23, PS-27, PS-35."""
    party = await make_company(caller.service.database, "Lantern")
    planned = (read_clock() - 2 * DAY - timedelta(hours=1)).isoformat()
    await work(caller, "Crew 3 to the hall", party_id=party, planned_at=planned, importance=1)

    page = (await browser.get("/dispatcher")).text

    assert "<b>Crew 3 to the hall</b>" in page
    assert "Scheduling of works: Crew assigned · Lantern" in page
    assert "2 days late" in page
    assert "Important: " in page


@pytest.mark.parametrize(
    ("group", "head"), [("kind", "Crew assigned"), ("party", "Lantern"), ("project", "Without a project")]
)
async def test_feed_is_grouped(caller: Caller, browser: httpx.AsyncClient, group: str, head: str) -> None:
    """PS-02."""
    party = await make_company(caller.service.database, "Lantern")
    for title in ("One", "Two"):
        await work(caller, title, party_id=party)
    page = await browser.get("/dispatcher", params={"group": group, "source": "scheduling"})
    assert heads(page) == [head]
    assert '<span class="count">2</span>' in page.text


async def test_feed_is_grouped_by_day_where_nothing_else_is_asked(caller: Caller, browser: httpx.AsyncClient) -> None:
    """PS-02."""
    await work(caller, "One")
    assert len(heads(await browser.get("/dispatcher?source=scheduling"))) == 1


async def test_feed_is_of_the_party_whose_name_is_typed(caller: Caller, browser: httpx.AsyncClient) -> None:
    """PS-26: a name leads to the address of the one whom it means; what means nobody says so."""
    party = await make_company(caller.service.database, "Lantern")
    await work(caller, "Ours", party_id=party)
    await work(caller, "Theirs")

    named = await browser.get("/dispatcher?source=scheduling&party=Lantern")
    shown = (await browser.get(named.headers["location"])).text
    wrong = (await browser.get("/dispatcher?party=Nobody")).text

    assert named.headers["location"] == f"/dispatcher?source=scheduling&party={party}"
    assert (f'value="#{party} Lantern"' in shown, "Ours" in shown, "Theirs" in shown) == (True, True, False)
    assert ("There is no such person" in wrong, "Ours" in wrong) == (True, False)


async def test_filter_that_fits_nothing_offers_everything(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/dispatcher?words=zebra")).text
    assert "Nothing in the feed fits the filter." in page
    assert "Show everything" in page


async def test_row_opens_with_planned_and_actual_and_leads_on(caller: Caller, browser: httpx.AsyncClient) -> None:
    """PS-23, PS-35: without scripts, as a plain link."""
    await work(caller, "Roof", planned_at=(read_clock() + DAY).isoformat())
    page = (await browser.get("/dispatcher?source=scheduling")).text
    href = page.split('" data-row')[0].rpartition('href="')[2].replace("&amp;", "&")

    opened = (await browser.get(href)).text

    assert '<h2 id="h-detail">Roof</h2>' in opened
    assert "Planned for" in opened
    assert "not yet" in opened


async def test_pinned_row_stays_on_top_until_it_is_taken_off(caller: Caller, browser: httpx.AsyncClient) -> None:
    """PS-33."""
    await work(caller, "Ring twice at the gate")
    await work(caller, "Something newer")
    path = "/dispatcher?source=scheduling"
    older = (await browser.get(path)).text.split('" data-row')[1].rpartition("open=")[2].partition("#")[0]
    row = str(httpx.URL(f"http://x/?open={older}").params["open"])

    await send(browser, "/dispatcher/pins", {"row": row})
    pinned = await browser.get(path)
    await send(browser, "/dispatcher/pins", {"row": row, "off": "yes"})

    assert heads(pinned)[0] == "Pinned"
    assert pinned.text.index("<b>Ring twice at the gate</b>") < pinned.text.index("<b>Something newer</b>")
    assert "Pinned" not in heads(await browser.get(path))


async def test_clerk_pins_nothing(caller: Caller) -> None:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    assert (await send(caller.http, "/dispatcher/pins", {"row": "x"})).status_code == 403


async def test_filter_is_saved_under_a_key_and_a_key_opens_one_filter(browser: httpx.AsyncClient) -> None:
    """PS-34."""
    for name, query in (("Urgent", "importance=1"), ("Crews", "source=scheduling")):
        fields = {"query": query, "name": name, "shortcut": "3"}
        assert (await send(browser, "/dispatcher/views", fields)).status_code == 303

    page = (await browser.get("/dispatcher")).text

    assert '<a href="/dispatcher?source=scheduling" data-number="3">Crews<kbd>3</kbd></a>' in page
    assert page.count('data-number="3"') == 1
    assert ">Urgent</a>" in page


async def test_shared_filter_shows_to_others_and_another_one_does_not(
    caller: Caller, browser: httpx.AsyncClient
) -> None:
    """PS-34: per user and shared."""
    await send(browser, "/dispatcher/views", {"query": "status=late", "name": "Of all", "shared": "yes"})
    await send(browser, "/dispatcher/views", {"query": "status=late", "name": "Of mine"})
    await add_person(caller.service.database, login="bob")
    await sign_in(browser, login="bob")

    page = (await browser.get("/dispatcher")).text

    assert "Of all" in page
    assert "Of mine" not in page


async def test_key_of_a_filter_is_changed_and_taken_away(browser: httpx.AsyncClient) -> None:
    """PS-34."""
    await send(browser, "/dispatcher/views", {"query": "status=late", "name": "Late", "shortcut": "3"})
    await send(browser, "/dispatcher/views/1", {"name": "Late", "shortcut": "5"})
    moved = (await browser.get("/dispatcher")).text
    await send(browser, "/dispatcher/views/1", {"name": "Late"})
    gone = (await browser.get("/dispatcher")).text

    assert 'data-number="5">Late<kbd>5</kbd>' in moved
    assert ">Late</a>" in gone
    assert 'data-number="5"' not in gone


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": ""}, "A view has a name of 1 to 60 characters."),
        ({"name": "x", "shortcut": "12"}, "A view is opened by a key of 1 to 9."),
    ],
)
async def test_filter_that_cannot_be_saved_is_refused_beside_its_field(
    browser: httpx.AsyncClient, fields: dict[str, str], problem: str
) -> None:
    answer = await send(browser, "/dispatcher/views", {"query": "status=late", **fields})
    assert answer.status_code == 422
    assert problem in answer.text


async def test_new_rows_are_counted_and_wait(caller: Caller, browser: httpx.AsyncClient) -> None:
    """PS-03: the page itself does not change."""
    await work(caller, "First")
    page = (await browser.get("/dispatcher?source=scheduling")).text
    news = page.split('hx-get="/dispatcher/news')[1].partition('"')[0].replace("&amp;", "&")
    before = (await browser.get(f"/dispatcher/news{news}")).text
    await work(caller, "Second")
    await work(caller, "Third")

    assert "Up to date" in before
    assert "Show 2 new rows" in (await browser.get(f"/dispatcher/news{news}")).text


async def test_page_asks_a_number_of_statements_that_does_not_grow_with_its_rows(
    caller: Caller, browser: httpx.AsyncClient
) -> None:
    party = await make_company(caller.service.database, "Lantern")
    counts = []
    for number in range(2):
        for _ in range(1 + 20 * number):
            await work(caller, "Roof", party_id=party)
        with statements(caller.service.database) as found:
            await browser.get("/dispatcher")
        counts.append(len(found))
    assert counts[0] == counts[1] <= MOST_STATEMENTS


async def test_lateness_report_counts_what_was_promised_and_gives_a_file(
    caller: Caller, browser: httpx.AsyncClient
) -> None:
    """PS-35: one in time, one late and done, one late and missing; what was planned for later is no promise yet."""
    now = read_clock()
    for title, planned, actual in (
        ("In time", now - DAY, now - 2 * DAY),
        ("Came late", now - 3 * DAY, now - 2 * DAY),
        ("Missing", now - 5 * DAY, None),
        ("Later", now + 9 * DAY, None),
    ):
        came = {} if actual is None else {"actual_at": actual.isoformat()}
        await work(caller, title, planned_at=planned.isoformat(), **came)

    page = (await browser.get("/dispatcher/lateness")).text
    lines = (await browser.get("/dispatcher/lateness?as=csv")).text.splitlines()

    assert '<dd class="figure">3</dd>' in page
    assert '<dd class="figure">2</dd>' in page
    assert "of them 1 not here yet" in page
    assert [line.split(",")[1] for line in lines[1:]] == ["Missing", "Came late"]
    assert lines[2].endswith(str(24 * 60 * 60))


async def test_lateness_of_a_period_without_promises_says_so(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/dispatcher/lateness?kind=task")
    assert "Nothing was promised" in page.text


@pytest.mark.parametrize("query", ["since=2026-11-02&until=2026-11-01", "since=soon", "as=pdf"])
async def test_lateness_of_no_period_is_refused(browser: httpx.AsyncClient, query: str) -> None:
    assert (await browser.get(f"/dispatcher/lateness?{query}")).status_code in {400, 404}
