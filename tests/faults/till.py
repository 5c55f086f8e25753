"""A till under fire: a real server on a real database, a network that fails, a real agent with a reader, and its users.

The agent is a process that is killed and started again; nothing of the product is touched but over HTTP, over its
reader's line, and, when it is dead, by reading a copy of its files.
"""

import asyncio
import shutil
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from random import Random
from types import MappingProxyType
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
from tests.faults.clock import TillClock, now
from tests.faults.network import Network, network
from tests.faults.register import Cards, Habits, Register
from tests.faults.shop import Program, free_port, wait_until_up

STORE, TILL = "0007", "3"
GOLD_CARDS, PURSES = 10, 10
PURSE_MONEY: Final = "25.00"
PER_TILL: Final = 40_00
CREDIT: Final = '[offline_credit]\nper_receipt = "10.00"\nper_card = "15.00"\nper_till = "40.00"\n'
WAIT_SECONDS: Final = 120.0
LOOK_SECONDS: Final = 0.05


class Shop(Struct, frozen=True):
    """A server that runs on a database, the tokens of its tills, and its cards."""

    dsn: str
    port: int
    till_tokens: dict[str, str]
    cards: Cards
    folder: Path


@asynccontextmanager
async def open_shop(dsn: str, folder: Path) -> AsyncIterator[Shop]:
    """Run a server on a database, with cards of discount and cards with money on them."""
    admin, tokens = await prepare_shop(dsn, tills=[TILL])
    port = free_port()
    server = Program(dsn, "serve", "--port", str(port), log=folder / "server.log")
    try:
        headers = {"Authorization": f"Bearer {admin}"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as http:
            await wait_until_up(http)
            yield Shop(dsn, port, tokens, await make_cards_of_shop(http), folder)
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
        self.is_supervised = False
        """Whether somebody else starts the agent again when it has ended."""
        self._http = http

    def die(self) -> None:
        """Kill the agent."""
        self.cashier.life += 1
        self.agent.die()

    async def wait_until_up(self) -> float:
        """Wait until the agent answers, starting it again where it has ended and nobody else does; gives the seconds."""
        return await self._wait_until(lambda _: True)

    async def drain(self) -> float:
        """Wait until nothing waits for the server any more; gives the seconds."""
        return await self._wait_until(lambda health: not health["journal"]["queued"])

    async def wait_until_linked(self, *, most_queued: int) -> float:
        """Wait until the agent has heard of its server anew, and hardly anything waits for it; gives the seconds."""
        seen: str | None = None

        def is_so(health: dict[str, Any]) -> bool:
            nonlocal seen
            seen = seen or health["server_seen_at"] or "never"
            has_heard = health["server_seen_at"] not in {None, seen}
            return has_heard and health["status"] != "offline" and health["journal"]["queued"] <= most_queued

        return await self._wait_until(is_so)

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
                if not self.is_supervised and self.agent.has_ended:
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
async def open_till(
    shop: Shop,
    rng: Random,
    *,
    shift: int,
    folder: Path,
    code: str = TILL,
    habits: Habits = Habits(),  # noqa: B008 - a frozen value
    clock: TillClock | None = None,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Till]:
    """Run a till in a folder; each part of a campaign is a shift of its own."""
    local_port, way_port = free_port(), free_port()
    async with AsyncExitStack() as stack:
        way = await stack.enter_async_context(network(way_port, shop.port, rng))
        scanner = stack.enter_context(SimulatedReader(baud_rate=0))
        config = _write_settings(folder, shop, code, port=local_port, server_port=way_port, reader=scanner.port)
        surroundings = {**environment, **({} if clock is None else clock.environment)}
        log = shop.folder / f"till-{code}-{shift}.log"
        agent = Program(shop.dsn, "till", "--config", str(config), log=log, **surroundings)
        stack.callback(agent.end)
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{local_port}", trust_env=False)
        )
        read_clock = now if clock is None else clock.read
        register = Register(http, rng, till=code, shift=shift, cards=shop.cards, habits=habits, read_clock=read_clock)
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


def _write_settings(folder: Path, shop: Shop, code: str, *, port: int, server_port: int, reader: str) -> Path:
    token_file = folder / "server.token"
    token_file.touch(mode=0o600)
    token_file.write_text(shop.till_tokens[code])
    path = folder / "till.toml"
    path.write_text(
        f'server = "http://127.0.0.1:{server_port}"\nstore = "{STORE}"\ntill = "{code}"\n'
        f'token_file = "server.token"\nport = {port}\nown_prefixes = ["290"]\n{CREDIT}'
        f'[[readers]]\nid = "scanner"\nport = "{reader}"\nprofile = "scanner-cr"\n'
    )
    return path


async def prepare_shop(dsn: str, *, tills: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Make the schema, and give the token of an administrator and those of the tills."""
    await migrate(dsn)
    database, act = Database(dsn), command_act()
    try:
        await database.run(ensure_installation, currency=Currency("EUR", 2), timezone="UTC")
        admin = await database.run(create_token, role="admin", act=act)
        tokens = {
            code: await database.run(create_token, role="till", store=STORE, till=code, act=act) for code in tills
        }
        return admin, tokens
    finally:
        await database.close()


async def make_cards_of_shop(http: httpx.AsyncClient, *, gold: int = GOLD_CARDS, purses: int = PURSES) -> Cards:
    """Make cards of discount, and cards with money on them."""
    found = Cards(
        await make_cards(http, "GOLD", gold, kind="discount", discount_percent="10.00"),
        await make_cards(http, "PURSE", purses, kind="credit", credit_limit="0.00"),
    )
    for number in found.purses:
        await fill_card(http, number, "top-up", amount=PURSE_MONEY)
    return found


async def make_cards(http: httpx.AsyncClient, code: str, count: int, **settings: object) -> list[str]:
    """Make a series and cards of it; gives their numbers."""
    series = {"name": code.title(), "number_template": f"290{len(code)}%08^"} | settings
    assert (await http.put(f"/v1/series/{code}", json=series)).is_success
    made = await http.post(f"/v1/series/{code}/cards", json={"count": count})
    return [card["number"] for card in made.json()["cards"]]


async def fill_card(http: httpx.AsyncClient, number: str, how: str, **filling: str) -> None:
    """Put money or points on a card."""
    found = (await http.post("/v1/cards/lookup", json={"number": number})).json()
    operation = {"operation_uid": f"00000000-0000-4000-8000-{int(found['card_id']):012}"}
    answer = await http.post(f"/v1/cards/{found['card_id']}/{how}", json=filling | operation)
    assert answer.is_success, answer.text
