"""What tests share: one real PostgreSQL for the run, a fresh migrated database for a test, the service and its API."""

import asyncio
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import httpx
import hypothesis
import pytest
from litestar import Litestar

from api.app import make_app
from api.auth.model import TokenRole
from api.auth.tokens import create_token
from api.rest.calendar_feed import FeedReads
from api.settings import Settings, load_settings
from api.state import Service, running_service
from database.activity import Act
from database.embedded import Server, database_dsn, running
from database.migrate import migrate

TEMPLATE = "tallycard_template"
MEMORY_BYTES = 3 * 1024**3
ACT = Act("test", datetime(2026, 11, 22, 10, tzinfo=UTC))
REPOSITORY = Path(__file__).parent.parent
LONGEST = {"benchmarks", "browser", "docs", "faults", "simulation"}
"""Folders and marks of the tests that take longest."""
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


hypothesis.settings.register_profile("tallycard", deadline=None, print_blob=True)  # machines are noisy
hypothesis.settings.load_profile("tallycard")


def pytest_configure() -> None:
    """Let Ctrl-C and a hangup reach what tests start: a run in the background ignores them, and its children would too."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_xdist_auto_num_workers() -> int:
    """Give work to one process more than there are processors: a third of the time tests wait for something."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process works on at the end while the others have nothing to do."""
    items.sort(key=lambda item: not LONGEST & {*item.path.parts, *(mark.name for mark in item.iter_markers())})


def pytest_report_header() -> str:
    """Print the seed of everything random, so that a failure can be met again (TEST_SEED)."""
    return f"TEST_SEED={SEED}"


SEED = int(os.environ.setdefault("TEST_SEED", str(secrets.randbelow(1_000_000))))
"""One for the run: processes that share the tests inherit it."""


@pytest.fixture
def rng() -> random.Random:
    """Randomness of this run's seed."""
    return random.Random(SEED)  # tests want repeatable numbers, not secrets


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Start the run's PostgreSQL; without durability, which the fault tests ask of a server of their own."""
    settings = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
    with TemporaryDirectory(dir=in_memory(), ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # root's PostgreSQL runs under another account, which must be able to enter
        with running(Path(folder) / "data", settings=settings, shared_buffers_mb=128) as server:
            yield server


def in_memory() -> Path | None:
    """Give a folder that is memory, where a database is copied in a quarter of the time; None where there is none."""
    memory = Path("/dev/shm")  # noqa: S108 # what is made there has a name of its own
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > MEMORY_BYTES else None


@pytest.fixture(scope="session")
async def template(postgres: Server) -> str:
    """Migrate a database once, to be copied for each test."""
    await _execute(postgres, f"create database {TEMPLATE}")
    await migrate(database_dsn(postgres, TEMPLATE))
    return TEMPLATE


@pytest.fixture
async def database_url(postgres: Server, template: str) -> AsyncIterator[str]:
    """Give the address of a fresh, migrated database."""
    name = f"test_{secrets.token_hex(6)}"
    await _execute(postgres, f"create database {name} template {template} strategy file_copy")
    yield database_dsn(postgres, name)
    await _execute(postgres, f"drop database {name} with (force)")


async def _execute(server: Server, statement: str) -> None:
    connection = await asyncpg.connect(server.dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def settings() -> Settings:
    """Give the settings that tests run with."""
    return load_settings({"TALLYCARD_CURRENCY": "EUR", "TALLYCARD_TIMEZONE": "Europe/Sofia"})


@pytest.fixture
async def service(settings: Settings, database_url: str) -> AsyncIterator[Service]:
    """Give the use cases' surroundings on a fresh database."""
    async with running_service(settings, database_url) as running_one:
        yield running_one


class Caller:
    """Calls the API of an application as one of its roles."""

    def __init__(self, http: httpx.AsyncClient, service: Service) -> None:
        self.http = http
        self.service = service

    async def as_role(self, role: TokenRole, *, store: str | None = None, till: str | None = None) -> httpx.AsyncClient:
        """Give a client with a new token of a role."""
        token = await self.service.database.run(create_token, role=role, store=store, till=till, act=ACT)
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(transport=self.http._transport, base_url=self.http.base_url, headers=headers)


_idle: list[Litestar] = []


@contextmanager
def an_app(settings: Settings, url: str) -> Iterator[Litestar]:
    """Give the application on a database: one that no test uses, for to lay all routes takes longer than most tests."""
    app = _idle.pop() if _idle else make_app(settings, url)
    app.state.update({"settings": settings, "database_url": url, "feed_reads": FeedReads()})
    yield app
    _idle.append(app)


@asynccontextmanager
async def calling(settings: Settings, url: str) -> AsyncIterator[Caller]:
    """Run the application on a database and call it over its ASGI interface."""
    with an_app(settings, url) as app:
        async with living(app):
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type] # two spellings of ASGI
            async with httpx.AsyncClient(transport=transport, base_url="http://tallycard.test") as http:
                yield Caller(http, app.state["service"])


@asynccontextmanager
async def living(app: Litestar) -> AsyncIterator[None]:
    """Start an application and stop it."""
    started, stopping = asyncio.Event(), asyncio.Event()

    async def live() -> None:  # a task of its own: the application's lifespan must end where it began
        async with app.lifespan():
            started.set()
            await stopping.wait()

    life = asyncio.create_task(live())
    await asyncio.wait([life, asyncio.create_task(started.wait())], return_when=asyncio.FIRST_COMPLETED)
    try:
        yield
    finally:
        stopping.set()
        await life


@pytest.fixture
async def caller(settings: Settings, database_url: str) -> AsyncIterator[Caller]:
    """Give the API on a fresh database."""
    async with calling(settings, database_url) as found:
        yield found


@pytest.fixture
async def admin(caller: Caller) -> httpx.AsyncClient:
    """Give an administrator's client of the API."""
    return await caller.as_role("admin")


@pytest.fixture
def shared_data() -> Path:
    """Give the folder of the shop data sets; tests that need it are skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the shop data sets are not here")
    return SHARED_DATA


@pytest.fixture
def tallycard() -> list[str]:
    """Give the command line as its users start it."""
    return [str(Path(sys.executable).with_name("tallycard"))]


def run_command(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command with settings of its own and take what it says."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TALLYCARD_")}
    return subprocess.run(command, env=clean | environment, capture_output=True, text=True, check=False, timeout=120)
