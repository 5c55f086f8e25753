"""A till under fire: a real server on a real database, a network that fails, a real agent with a reader, and its users.

The agent is a process that is killed and started again; nothing of the product is touched but over HTTP, over its
reader's line, and, when it is dead, by reading a copy of its files.
"""

import asyncio
import shutil
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
from msgspec import Struct

from api.auth.tokens import create_token
from api.commands.running import command_act
from database.engine import Database
from database.migrate import migrate
from devices.simulator import SimulatedReader
from loyalty.installation import ensure_installation
from loyalty.money import Currency
from tests.faults.cashier import Cashier
from tests.faults.network import Network, network
from tests.faults.register import Register
from tests.faults.shop import Program, free_port, wait_until_up

STORE, TILL = "0007", "3"
GOLD_CARDS, PURSES = 10, 10
PURSE_MONEY: Final = "25.00"
PER_TILL: Final = 40_00
CREDIT: Final = '[offline_credit]\nper_receipt = "10.00"\nper_card = "15.00"\nper_till = "40.00"\n'
WAIT_SECONDS: Final = 120.0
LOOK_SECONDS: Final = 0.05


class Shop(Struct, frozen=True):
    """A server that runs on a database, the token of its till, and its cards."""

    dsn: str
    port: int
    till_token: str
    gold: list[str]
    purses: list[str]
    folder: Path


@asynccontextmanager
async def open_shop(dsn: str, folder: Path) -> AsyncIterator[Shop]:
    """Run a server on a database, with cards of discount and cards with money on them."""
    admin, till = await _prepare(dsn)
    port = free_port()
    server = Program(dsn, "serve", "--port", str(port), log=folder / "server.log")
    try:
        headers = {"Authorization": f"Bearer {admin}"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as http:
            await wait_until_up(http)
            gold = await _make_cards(http, "GOLD", GOLD_CARDS, kind="discount", discount_percent="10.00")
            purses = await _make_cards(http, "PURSE", PURSES, kind="credit", credit_limit="0.00")
            for number in purses:
                await _fill_purse(http, number)
            yield Shop(dsn, port, till, gold, purses, folder)
    finally:
        server.end()


class Till:
    """A till of the shop: its agent, its network, its register and its cashier; `folder` holds the agent's files."""

    def __init__(
        self, folder: Path, agent: Program, way: Network, register: Register, cashier: Cashier, http: httpx.AsyncClient
    ) -> None:
        self.folder = folder
        self.agent = agent
        self.network = way
        self.register = register
        self.cashier = cashier
        self._http = http

    def die(self) -> None:
        """Kill the agent."""
        self.cashier.life += 1
        self.agent.die()

    async def wait_until_up(self) -> float:
        """Wait until the agent answers, and start it again where it has ended, as a supervisor does; gives the seconds."""
        return await self._wait_until(lambda _: True)

    async def drain(self) -> float:
        """Wait until nothing waits for the server any more; gives the seconds."""
        return await self._wait_until(lambda health: not health["journal"]["queued"])

    async def wait_for_snapshot(self) -> None:
        """Wait until the agent can price without the server."""
        await self._wait_until(lambda health: health["snapshot_at"] is not None)

    async def _wait_until(self, is_so: Callable[[dict[str, Any]], bool]) -> float:
        began = time.monotonic()
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                health = await self._health()
                if health is not None and is_so(health):
                    return time.monotonic() - began
                if self.agent.has_ended:
                    self.agent.start()
                await asyncio.sleep(LOOK_SECONDS)

    async def _health(self) -> dict[str, Any] | None:
        try:
            answer = await self._http.get("/v1/health")
        except httpx.HTTPError:
            return None
        found: dict[str, Any] = answer.json()
        return found if answer.is_success else None


@asynccontextmanager
async def open_till(shop: Shop, rng: Random, *, shift: int, folder: Path, **environment: str) -> AsyncIterator[Till]:
    """Run a till in a folder; each part of a campaign is a shift of its own."""
    local_port, way_port = free_port(), free_port()
    async with AsyncExitStack() as stack:
        way = await stack.enter_async_context(network(way_port, shop.port, rng))
        scanner = stack.enter_context(SimulatedReader(baud_rate=0))
        config = _write_settings(folder, shop, port=local_port, server_port=way_port, reader=scanner.port)
        agent = Program(shop.dsn, "till", "--config", str(config), log=shop.folder / f"till-{shift}.log", **environment)
        stack.callback(agent.end)
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{local_port}", trust_env=False)
        )
        register = Register(http, rng, shift=shift, gold=shop.gold, purses=shop.purses)
        till = Till(folder, agent, way, register, Cashier(http, scanner, rng), http)
        await till.wait_until_up()
        http.headers["Authorization"] = f"Bearer {(folder / 'local.token').read_text().strip()}"
        await till.wait_for_snapshot()
        yield till


@contextmanager
def copied_journal(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open a copy of the journal of an agent that is dead; the original stays as it was."""
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for file in folder.glob("journal.db*"):
            shutil.copy(file, place)
        connection = sqlite3.connect(place / "journal.db")
        stack.callback(connection.close)
        yield connection


def _write_settings(folder: Path, shop: Shop, *, port: int, server_port: int, reader: str) -> Path:
    token_file = folder / "server.token"
    token_file.touch(mode=0o600)
    token_file.write_text(shop.till_token)
    path = folder / "till.toml"
    path.write_text(
        f'server = "http://127.0.0.1:{server_port}"\nstore = "{STORE}"\ntill = "{TILL}"\n'
        f'token_file = "server.token"\nport = {port}\nown_prefixes = ["290"]\n{CREDIT}'
        f'[[readers]]\nid = "scanner"\nport = "{reader}"\nprofile = "scanner-cr"\n'
    )
    return path


async def _prepare(dsn: str) -> tuple[str, str]:
    await migrate(dsn)
    database, act = Database(dsn), command_act()
    try:
        await database.run(ensure_installation, currency=Currency("EUR", 2), timezone="UTC")
        admin = await database.run(create_token, role="admin", act=act)
        return admin, await database.run(create_token, role="till", store=STORE, till=TILL, act=act)
    finally:
        await database.close()


async def _make_cards(http: httpx.AsyncClient, code: str, count: int, **settings: str) -> list[str]:
    series = {"name": code.title(), "number_template": f"290{len(code)}%08^"} | settings
    assert (await http.put(f"/v1/series/{code}", json=series)).is_success
    made = await http.post(f"/v1/series/{code}/cards", json={"count": count})
    return [card["number"] for card in made.json()["cards"]]


async def _fill_purse(http: httpx.AsyncClient, number: str) -> None:
    found = (await http.post("/v1/cards/lookup", json={"number": number})).json()
    filling = {"amount": PURSE_MONEY, "operation_uid": f"00000000-0000-4000-8000-{int(found['card_id']):012}"}
    answer = await http.post(f"/v1/cards/{found['card_id']}/top-up", json=filling)
    assert answer.is_success, answer.text
