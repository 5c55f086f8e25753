"""The live stream: what is followed is told when it changes, what was missed is told later, and a lost connection heals."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import httpx
import pytest

from api.settings import Settings
from database.activity import Act, record_activities, record_activity
from database.live import tell_person
from tests.api.pages.conftest import serving
from tests.api.people import add_person, sign_in
from tests.conftest import Caller

SECONDS = 10  # far more than it takes; a stream that says nothing fails the test instead of hanging it

Event = tuple[int, list[str]]


@pytest.fixture
async def address(settings: Settings, database_url: str, caller: Caller) -> AsyncIterator[str]:
    """Give the address of a server whose clerk Nora is user 1."""
    await add_person(caller.service.database)
    async with serving(settings, database_url) as found:
        yield found


@asynccontextmanager
async def listening(
    address: str, *of: str, last: int | None = None, **query: str
) -> AsyncIterator[AsyncIterator[Event]]:
    """Open the stream as the clerk's browser does; gives its events behind the first one, which says where it begins."""
    async with httpx.AsyncClient(base_url=address, timeout=2 * SECONDS) as http:
        await sign_in(http)
        headers = {"Accept": "text/event-stream"} | ({} if last is None else {"Last-Event-ID": str(last)})
        params = httpx.QueryParams([*(("of", one) for one in of), *query.items()])
        async with http.stream("GET", "/v1/live", params=params, headers=headers) as answer:
            assert answer.status_code == 200
            yield _events(answer)


async def _events(answer: httpx.Response) -> AsyncIterator[Event]:
    known = 0
    async for line in answer.aiter_lines():
        if line.startswith("id: "):
            known = int(line.removeprefix("id: "))
        if line.startswith("data: "):
            yield known, json.loads(line.removeprefix("data: "))["of"]


async def hear(events: AsyncIterator[Event]) -> Event:
    async with asyncio.timeout(SECONDS):
        return await anext(events)


async def act_on(caller: Caller, record: str, *, actor: str = "user:bob", party_id: int | None = None) -> None:
    act = Act(actor, datetime.now(UTC))
    await caller.service.database.run(record_activity, act=act, what="task.changed", record=record, party_id=party_id)


async def test_what_is_followed_is_told_and_nothing_else(address: str, caller: Caller) -> None:
    """PAP-28: a record, all of a kind, and what belongs to a party."""
    async with listening(address, "task:7", "event", "party:3") as events:
        assert (await hear(events))[1] == []
        await act_on(caller, "task:8")
        await act_on(caller, "task:7", party_id=3)
        told = await hear(events)
        await act_on(caller, "event:5")
        assert (told[1], (await hear(events))[1]) == (["party:3", "task:7"], ["event"])


async def test_page_that_was_away_is_told_what_it_missed(address: str, caller: Caller) -> None:
    async with listening(address, "task:7", "task:9") as events:
        known, _ = await hear(events)
    await act_on(caller, "task:7")
    async with listening(address, "task:7", "task:9", last=known) as events:
        assert (await hear(events))[1] == ["task:7"]
    async with listening(address, "task:7", "task:9", after=str(known)) as events:
        assert (await hear(events))[1] == ["task:7"]


async def test_page_that_was_read_before_a_change_is_told_of_it(address: str, caller: Caller) -> None:
    await act_on(caller, "task:7")
    async with listening(address, "task:7", age="30") as events:
        assert (await hear(events))[1] == ["task:7"]


async def test_who_was_away_for_hours_looks_at_everything_again(address: str) -> None:
    async with listening(address, "task:7", "event", age="36000") as events:
        assert (await hear(events))[1] == ["event", "me", "task:7"]


async def test_acts_that_end_late_are_told_though_newer_ones_were(address: str, caller: Caller) -> None:
    """An act shows when its transaction ends: the order of ends is not the order of acts."""
    database = caller.service.database
    async with listening(address, "task") as events:
        await hear(events)
        async with database._engine.begin() as slow:
            act = Act("user:bob", datetime.now(UTC))
            await record_activity(slow, act=act, what="task.changed", record="task:1")
            await act_on(caller, "task:2")
            newest, _ = await hear(events)
        assert (await hear(events))[0] == newest


async def test_what_is_a_persons_own_is_told_to_that_person(address: str, caller: Caller) -> None:
    async with listening(address, "task:7") as events:
        await hear(events)
        await caller.service.database.run(tell_person, 2)
        await caller.service.database.run(tell_person, 1)
        assert (await hear(events))[1] == ["me"]


async def test_stream_goes_on_when_the_databases_connections_were_lost(
    address: str, caller: Caller, database_url: str
) -> None:
    async with listening(address, "task:7") as events:
        await hear(events)
        connection = await asyncpg.connect(database_url)
        lost = await connection.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
            " and pid <> pg_backend_pid() and application_name like 'tallycard%'"
        )
        await connection.close()
        assert lost
        await act_on(caller, "task:7")
        assert "task:7" in (await hear(events))[1]


async def test_what_tills_do_is_told_to_nobody_and_costs_no_notice(caller: Caller, database_url: str) -> None:
    heard: list[str] = []
    connection = await asyncpg.connect(database_url)
    await connection.add_listener("tallycard_act", lambda *found: heard.append(found[3]))
    await act_on(caller, "hold:7", actor="till:0007/3")
    await connection.execute("select 1")
    assert heard == []
    await act_on(caller, "card:7")
    await connection.execute("select 1")
    assert heard == [""]
    await connection.close()


async def test_many_changes_of_one_act_are_told_together(address: str, caller: Caller, database_url: str) -> None:
    heard: list[str] = []
    connection = await asyncpg.connect(database_url)
    await connection.add_listener("tallycard_act", lambda *found: heard.append(found[3]))
    async with listening(address, "card:7", "card:9", "party:3") as events:
        await hear(events)
        await connection.execute("select 1")
        heard.clear()
        act = Act("user:bob", datetime.now(UTC))
        await caller.service.database.run(
            record_activities, act=act, what="card.changed", cards=[(7, {}), (8, {})], parties=[(3, {})]
        )
        assert (await hear(events))[1] == ["card:7", "party:3"]
    await connection.execute("select 1")
    assert heard == [""]
    await connection.close()


@pytest.mark.parametrize("query", ["", "of=task%207", "of=task:x/y", "&".join(["of=task:1"] * 21)])
async def test_topic_that_is_none_is_refused(caller: Caller, query: str) -> None:
    clerk = await caller.as_role("clerk")
    assert (await clerk.get(f"/v1/live?{query}")).status_code == 400


async def test_tills_follow_nothing(caller: Caller) -> None:
    till = await caller.as_role("till", store="0001", till="1")
    assert (await till.get("/v1/live?of=task")).status_code == 403
