"""The whole shop under fire: PostgreSQL, two servers and a worker as processes, tills with agents and readers, an office.

Key idea: everything is the product as it is shipped, started by its own command. PostgreSQL is kept by the product's
keeper, the rest by a supervisor that does what the systemd units say. Each part of it can be killed, stopped and
started; nothing else is done to it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random
from typing import Final

import asyncpg
import httpx
from msgspec import Struct

from benchmarks.mail_sink import CUT, TAKEN, sinking
from database.embedded import kept_running
from tests.faults.clock import TillClock, build_clock
from tests.faults.full_disk import FullDisk, full_disk
from tests.faults.register import Habits
from tests.faults.shop import Program, free_port, wait_until_up
from tests.faults.till import Shop, Till, open_till, prepare_shop
from tests.faults.whole.office import Office
from tests.faults.whole.plan import SERVERS, WORKER
from tests.faults.whole.stock import GOLD, Stock, lay_in
from tests.faults.whole.supervising import supervised
from tests.faults.whole.watching import Watch

DISK_MEGABYTES: Final = 1024
BANKS: Final = ("4539578763621486", "5555555555554444", "378282246310005")
MAIL_KEY: Final = "a key of the faults, which is long"
UNSURE_SHARE: Final = 0.02
HABITS: Final = Habits(pause_seconds=0.4, returned=0.06, topped_up=0.06, of_banks=0.03)
SHIFT: Final = 1


class Post:
    """The mail server's own count; now and then it takes a message and hangs up without a word."""

    def __init__(self, rng: Random) -> None:
        self.got: Counter[str] = Counter()
        self.taken: set[str] = set()
        self._rng = rng

    def decide(self, recipient: str, _: bytes) -> str:
        """Take a message."""
        self.got[recipient] += 1
        if self._rng.random() < UNSURE_SHARE:
            return CUT
        self.taken.add(recipient)
        return TAKEN


class Place(Struct, frozen=True):
    """A till with what can be done to its machine: its clock, and its disk."""

    till: Till
    clock: TillClock
    disk: FullDisk


class World(Struct, frozen=True):
    """All that runs, by name, and who looks at it.

    `starts` counts what was started again, `missing` receipts that were promised and not in a killed till's journal;
    closing `work` ends the tills and the servers.
    """

    dsn: str
    folder: Path
    programs: dict[str, Program]
    servers: dict[str, httpx.AsyncClient]
    places: dict[str, Place]
    data_disk: FullDisk
    office: Office
    stock: Stock
    post: Post
    watch: Watch
    starts: Counter[str]
    tokens: Sequence[str]
    missing: Counter[str]
    work: AsyncExitStack

    def postmaster(self) -> int | None:
        """Find PostgreSQL's main process; None while there is none."""
        try:
            return int((self.data_disk.folder / "data" / "pg" / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError):
            return None


@asynccontextmanager
async def open_world(folder: Path, rng: Random, *, tills: int, letters: int, per_minute: int) -> AsyncIterator[World]:
    """Run everything in a folder; at the end all of it has ended."""
    async with AsyncExitStack() as stack:
        data_disk = stack.enter_context(full_disk(_make(folder, "database"), megabytes=DISK_MEGABYTES))
        dsn = _run_postgres(stack, data_disk.folder, folder / "postgres.said")
        await _write_plainly(dsn)
        codes = [str(number) for number in range(1, tills + 1)]
        admin, tokens = await prepare_shop(dsn, tills=codes)
        post, watch = Post(rng), Watch()
        mail_port = await stack.enter_async_context(sinking(post.decide))
        work = await stack.enter_async_context(AsyncExitStack())
        ports = {name: free_port() for name in SERVERS}
        programs = _start_programs(work, dsn, ports, folder)
        servers = {name: await stack.enter_async_context(_client(port, admin, watch)) for name, port in ports.items()}
        await asyncio.gather(*map(wait_until_up, servers.values()))
        first, second = servers.values()
        stock = await lay_in(first, dsn, banks=BANKS, mail_port=mail_port, letters=letters, per_minute=per_minute)
        clerk = (await first.post("/v1/tokens", json={"role": "clerk"})).json()["token"]
        by_clerk = await stack.enter_async_context(_client(ports[SERVERS[1]], clerk, watch))
        shops = [Shop(dsn, ports[SERVERS[number % 2]], tokens, stock.cards, folder) for number in range(tills)]
        opened = (_open_place(stack, work, *one, rng=rng, watch=watch) for one in zip(shops, codes, strict=True))
        places = {f"till-{place.till.register.till}": place for place in await asyncio.gather(*opened)}
        yield World(
            dsn=dsn,
            folder=folder,
            programs=programs,
            servers=servers,
            places=places,
            data_disk=data_disk,
            office=Office(second, by_clerk, rng, lost=stock.lost, spares=stock.spares, gold=GOLD),
            stock=stock,
            post=post,
            watch=watch,
            starts=await work.enter_async_context(supervised(_units(programs, places))),
            tokens=[admin, clerk, *tokens.values()],
            missing=Counter(),
            work=work,
        )


def _make(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir(mode=0o755)
    return made


def _start_programs(work: AsyncExitStack, dsn: str, ports: Mapping[str, int], folder: Path) -> dict[str, Program]:
    """Start the servers and the worker; they end with `work`."""
    programs = {
        name: Program(dsn, "serve", "--port", str(port), log=folder / f"{name}.log") for name, port in ports.items()
    }
    mail = {"TALLYCARD_MAIL_KEY": MAIL_KEY, "TALLYCARD_PUBLIC_URL": "https://shop.example"}
    programs[WORKER] = Program(dsn, "worker", log=folder / "worker.log", **mail)
    for program in programs.values():
        work.callback(program.end)
    return programs


def _units(programs: Mapping[str, Program], places: Mapping[str, Place]) -> dict[str, tuple[Program, str]]:
    """Name the unit that starts each program again."""
    units = {name: (program, "tallycard") for name, program in programs.items()}
    units[WORKER] = (programs[WORKER], "tallycard-worker")
    return units | {name: (place.till.agent, "tallycard-till") for name, place in places.items()}


def _run_postgres(stack: AsyncExitStack, folder: Path, said: Path) -> str:
    """Run PostgreSQL as the product does for who has none."""
    log = stack.enter_context(said.open("a", buffering=1))
    server = stack.enter_context(kept_running(folder / "data", say=lambda line: print(line, file=log)))
    return server.dsn


async def _write_plainly(dsn: str) -> None:
    """Let the database's log stand as it is, not compressed, so that it can be searched for secrets."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("alter database tallycard set wal_compression = off")
    await connection.close()


@asynccontextmanager
async def _client(port: int, token: str, watch: Watch) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {token}"}
    hooks = {"response": [watch.see]}
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, event_hooks=hooks) as http:
        yield http


async def _open_place(
    disks: AsyncExitStack, work: AsyncExitStack, shop: Shop, code: str, *, rng: Random, watch: Watch
) -> Place:
    """Open a till; its disk stays when the till is closed."""
    disk = disks.enter_context(full_disk(_make(shop.folder, f"till-{code}")))
    clocks = _make(shop.folder, f"clock-{code}")
    clock = TillClock(clocks, build_clock(clocks))
    opened = open_till(shop, rng, shift=SHIFT, folder=disk.folder, code=code, habits=HABITS, clock=clock)
    till = await work.enter_async_context(opened)
    till.is_supervised = True
    till.network.see = watch.see_bytes
    disk.watch(till.agent)
    return Place(till, clock, disk)
