"""Several servers on one database are one service: what one of them learns, the others know."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from api.auth.tokens import create_token
from api.state import Service
from tests.api.people import add_person, sign_in
from tests.conftest import ACT
from tests.factories import make_calculation, make_line, make_receipt
from tests.faults.shop import Program, count_differences, free_port, wait_until_up

SERIES = {"name": "Gold", "kind": "discount", "number_template": "290%09[1..500000]^", "discount_percent": "10.00"}
HEARD_SECONDS = 30

Two = tuple[httpx.AsyncClient, httpx.AsyncClient]


@pytest.fixture
async def two(service: Service, database_url: str, tmp_path: Path) -> AsyncIterator[Two]:
    """Give an administrator's clients of two server processes."""
    token = await service.database.run(create_token, role="admin", act=ACT)
    ports = free_port(), free_port()
    async with AsyncExitStack() as stack:
        clients = []
        for port in ports:
            server = Program(database_url, "serve", "--port", str(port), log=tmp_path / f"{port}.log")
            stack.callback(server.end)
            headers = {"Authorization": f"Bearer {token}"}
            address = f"http://127.0.0.1:{port}"
            client = httpx.AsyncClient(base_url=address, headers=headers, timeout=60, trust_env=False)
            clients.append(await stack.enter_async_context(client))
        for client in clients:
            await wait_until_up(client)
        yield clients[0], clients[1]


async def test_servers_on_one_database_are_one_service(two: Two, service: Service, database_url: str) -> None:
    await _share_receipts_and_prices(two, database_url)
    await _tell_pages(*two)
    await _know_people(*two, service)
    await _refuse_void_tokens(*two)


async def _share_receipts_and_prices(two: Two, database_url: str) -> None:
    one, other = two
    assert (await one.put("/v1/series/GOLD", json=SERIES)).is_success
    card = (await other.post("/v1/series/GOLD/cards", json={"count": 1})).json()["cards"][0]
    number = {"number": card["number"]}

    receipts = [make_receipt(card=number) for _ in range(30)]
    sent = [client.post("/v1/receipts", json=receipt) for receipt in receipts for client in two]
    answers = sorted(answer.status_code for answer in await asyncio.gather(*sent))
    assert answers == [200] * 30 + [201] * 30
    assert not {name: found for name, found in (await count_differences(database_url)).items() if found}

    assert (await one.put("/v1/series/GOLD", json=SERIES | {"discount_percent": "25.00"})).is_success
    for client in two:
        priced = await client.post("/v1/receipts/calculate", json=make_calculation(make_line(), card=number))
        assert priced.json()["total"] == "7.50"
    figures = [(await client.get("/metrics")).text for client in two]
    kept = [line.rpartition(" ")[2] for text in figures for line in text.splitlines() if 'outcome="kept"' in line]
    assert sum(map(float, kept)) == 60


async def _refuse_void_tokens(one: httpx.AsyncClient, other: httpx.AsyncClient) -> None:
    made = await one.post("/v1/tokens", json={"role": "clerk"})
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    assert (await other.get("/v1/jobs", headers=headers)).is_success
    tokens = (await one.get("/v1/tokens")).json()["tokens"]
    newest = max(token["token_id"] for token in tokens)
    assert (await one.delete(f"/v1/tokens/{newest}")).is_success
    async with asyncio.timeout(HEARD_SECONDS):
        while True:
            if (await other.get("/v1/jobs", headers=headers)).status_code == 401:
                return
            await asyncio.sleep(0.5)


async def _tell_pages(one: httpx.AsyncClient, other: httpx.AsyncClient) -> None:
    async with (
        asyncio.timeout(HEARD_SECONDS),
        other.stream("GET", "/v1/live", params={"of": "series", "after": "0"}) as followed,
    ):
        told = followed.aiter_text()
        heard = await anext(told)
        assert (await one.put("/v1/series/LIVE", json=SERIES | {"number_template": "291%09^"})).is_success
        while '"series"' not in heard:
            heard += await anext(told)


async def _know_people(here: httpx.AsyncClient, there: httpx.AsyncClient, service: Service) -> None:
    await add_person(service.database)
    one, other = [httpx.AsyncClient(base_url=client.base_url, timeout=60, trust_env=False) for client in (here, there)]
    async with one, other:
        stranger = await other.get("/cards")
        assert (await sign_in(one)).status_code == 303
        other.cookies.update(one.cookies)
        assert (stranger.status_code, (await other.get("/cards")).status_code) == (303, 200)
