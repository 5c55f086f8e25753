"""The webhook of telephone exchanges, and the live stream to the page of whom a call rings for."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.settings import Settings
from crm.calls.service import make_caller
from crm.parties.model import PartyDetails
from database.engine import Database
from tests.api.pages.conftest import serving
from tests.api.people import add_person, sign_in
from tests.api.rest.shop import refusal
from tests.conftest import ACT, Caller

SECONDS = 10  # far more than it takes; a stream that says nothing fails the test instead of hanging it


async def set_extension(database: Database, login: str, extension: str) -> None:
    async def change(connection: AsyncConnection) -> None:
        values = {"login": login, "extension": extension}
        await connection.execute(text("update app_user set extension = :extension where login = :login"), values)

    await database.run(change)


@pytest.fixture
async def address(settings: Settings, database_url: str, caller: Caller) -> AsyncIterator[str]:
    """Give the address of a server with one clerk at extension 101, and a caller who is known."""
    await add_person(caller.service.database)
    await set_extension(caller.service.database, "nora", "101")
    anna = PartyDetails(name="Anna Marsh", legal_status="natural_person")
    await caller.service.database.run(make_caller, anna, "+359 2 123 45 67", country="BG", act=ACT)
    async with serving(settings, database_url) as found:
        yield found


@asynccontextmanager
async def listening(address: str, **more: str) -> AsyncIterator[AsyncIterator[str]]:
    """Open the stream as the clerk's browser does; gives its lines."""
    async with httpx.AsyncClient(base_url=address, timeout=SECONDS) as http:
        await sign_in(http)
        params, headers = {"after": more.get("after", "0")}, {"Accept": "text/event-stream"}
        if "last" in more:
            headers["Last-Event-ID"] = more["last"]
        async with http.stream("GET", "/v1/calls/events", params=params, headers=headers) as answer:
            assert answer.status_code == 200
            yield answer.aiter_lines()


async def next_call(lines: AsyncIterator[str]) -> dict[str, object]:
    async with asyncio.timeout(SECONDS):
        async for line in lines:
            if line.startswith("data: "):
                event: dict[str, object] = json.loads(line.removeprefix("data: "))
                return event
    raise AssertionError("the stream ended")


async def next_line(lines: AsyncIterator[str], start: str) -> None:
    async with asyncio.timeout(SECONDS):
        async for line in lines:
            if line.startswith(start):
                return


async def test_call_shows_on_the_open_page_of_its_extension_at_once(address: str, admin: httpx.AsyncClient) -> None:
    """C77-24, BG-01: nobody asks, the page is told."""
    async with listening(address) as lines:
        await next_line(lines, ":")
        await admin.post("/v1/calls", json={"number": "02 999 99 99", "extension": "102"})
        told = await admin.post("/v1/calls", json={"number": "02/123 45 67", "extension": "101"})
        assert told.status_code == 201
        expected = {"call_id": told.json()["call_id"], "number": "02/123 45 67", "names": ["Anna Marsh"]}
        assert await next_call(lines) == expected


async def test_page_that_was_away_catches_up_behind_the_last_call_it_knew(
    address: str, admin: httpx.AsyncClient
) -> None:
    first, second = [
        (await admin.post("/v1/calls", json={"number": number, "extension": "101"})).json()["call_id"]
        for number in ("0888 111 111", "0888 222 222")
    ]
    async with listening(address) as lines:
        assert (await next_call(lines))["call_id"] == first
    async with listening(address, last=str(first)) as lines:
        assert (await next_call(lines))["call_id"] == second
    async with listening(address, after=str(first)) as lines:
        assert (await next_call(lines))["call_id"] == second


async def test_stream_goes_on_when_the_listeners_connection_was_lost(
    address: str, admin: httpx.AsyncClient, database_url: str
) -> None:
    async with listening(address) as lines:
        await next_line(lines, ":")
        connection = await asyncpg.connect(database_url)
        lost = await connection.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'tallycard listener' and datname = current_database()"
        )
        await connection.close()
        assert lost
        told = await admin.post("/v1/calls", json={"number": "02 123 45 67", "extension": "101"})
        assert (await next_call(lines))["call_id"] == told.json()["call_id"]


async def test_who_has_no_extension_is_told_not_to_ask_again(address: str, caller: Caller) -> None:
    await add_person(caller.service.database, login="tom")
    async with httpx.AsyncClient(base_url=address) as http:
        await sign_in(http, login="tom")
        assert (await http.get("/v1/calls/events")).status_code == 204
    assert (await (await caller.as_role("clerk")).get("/v1/calls/events")).status_code == 204


async def test_who_may_not_take_calls_hears_and_tells_none(address: str, caller: Caller) -> None:
    await add_person(caller.service.database, login="tom", role="cashier_supervisor")
    async with httpx.AsyncClient(base_url=address) as http:
        await sign_in(http, login="tom")
        assert (await http.get("/v1/calls/events")).status_code == 403
    till = await caller.as_role("till", store="0001", till="1")
    assert (await till.post("/v1/calls", json={"number": "02 123 45 67"})).status_code == 403


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"number": "anonymous"}, "call_refused"),
        ({"number": "1" * 20}, "call_refused"),
        ({"number": ""}, "invalid_body"),
        ({"extension": "101"}, "invalid_body"),
        ({"number": "02 123 45 67", "line": 3}, "invalid_body"),
    ],
)
async def test_call_that_is_none_is_refused(admin: httpx.AsyncClient, body: dict[str, object], code: str) -> None:
    assert refusal(await admin.post("/v1/calls", json=body))[1] == code


async def test_phone_that_looks_like_a_payment_card_is_a_phone(admin: httpx.AsyncClient) -> None:
    assert (await admin.post("/v1/calls", json={"number": "+411111111111111"})).status_code == 201


async def test_search_finds_a_party_and_a_card(caller: Caller, admin: httpx.AsyncClient) -> None:
    """BG-33, PAP-01."""
    anna = PartyDetails(name="Anna Marsh", legal_status="natural_person")
    party = await caller.service.database.run(make_caller, anna, "+359 2 123 45 67", country="BG", act=ACT)
    clerk = await caller.as_role("clerk")
    for typed in ("anna", "Ana Marsch", "00359 2 123-45-67"):
        found = (await clerk.post("/v1/search", json={"text": typed})).json()
        assert [one["party_id"] for one in found["parties"]] == [party.id], typed
    await admin.put("/v1/series/G", json={"name": "Gold", "kind": "discount", "number_template": "290%09^"})
    made = (await admin.post("/v1/series/G/cards", json={"count": 1})).json()["cards"][0]
    found = (await clerk.post("/v1/search", json={"text": made["number"]})).json()
    assert found["card_id"] == made["card_id"]
    assert made["number"] not in str(found)
    assert (await clerk.post("/v1/search", json={"text": ""})).status_code == 400
    till = await caller.as_role("till", store="0001", till="1")
    assert (await till.post("/v1/search", json={"text": "anna"})).status_code == 403
