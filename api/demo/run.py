"""Starts everything that the demonstration shows, lets the story happen, and takes everything down again."""

import asyncio
import fcntl
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click
import httpx

from api.auth.passwords import hash_password
from api.auth.tokens import create_token
from api.auth.users import create_user
from api.commands.running import command_act
from api.commands.saying import Failure
from api.demo.processes import program
from api.demo.shop import PREFIXES, STORE, TILL, fill_shop
from api.demo.story import EVENT_SECONDS, Cashier, read_events, tell_story
from database.embedded import default_data_folder, running, stop
from database.engine import Database
from database.migrate import migrate
from devices.simulator import SimulatedReader
from loyalty.accounts.verify import verify_ledgers
from loyalty.installation import ensure_installation
from loyalty.money import Currency

MOST_AT_ONCE = 8
LOGIN = "owner"
CURRENCY = Currency("EUR", 2)
TIMEZONE = "Europe/Sofia"
HTTP_SECONDS = 30


class _Keys:
    """What lets the demonstration's own programs in; made for one run."""

    def __init__(self, admin: str, till: str, password: str) -> None:
        self.admin = admin
        self.till = till
        self.password = password


def run_demo(*, once: bool) -> None:
    """Show the main job; then stay up until Ctrl-C, or end after the story."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        with ExitStack() as stack:
            folder = stack.enter_context(_folder())
            _show(stack, folder)
            if not once:
                click.echo("It stays up until you press Ctrl-C.")
                signal.sigwait({signal.SIGINT, signal.SIGTERM})
    except KeyboardInterrupt:
        click.echo()
    click.echo("The demonstration has ended; nothing is left running.")


@contextmanager
def _folder() -> Iterator[Path]:
    """Take a folder of the demonstration's own, emptied; what a killed one left running in it is stopped first."""
    base = default_data_folder(Path(".data").absolute())
    base.mkdir(parents=True, exist_ok=True)
    for place in range(1, MOST_AT_ONCE + 1):
        folder = base / f"demo-{place}"
        with (base / f"demo-{place}.lock").open("w") as lock:
            if not _locked(lock):
                continue
            stop(folder / "postgres")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            yield folder
            return
    raise Failure(f"{MOST_AT_ONCE} demonstrations run in {base} already")


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _show(stack: ExitStack, folder: Path) -> None:
    click.echo("Starting a PostgreSQL of our own, the server, the worker and a till with two readers ...")
    postgres = stack.enter_context(running(folder / "postgres"))
    keys = asyncio.run(_prepare(postgres.dsn))
    environment = {"TALLYCARD_DATABASE_URL": postgres.dsn, "TALLYCARD_TIMEZONE": TIMEZONE, "TALLYCARD_CURRENCY": "EUR"}
    private = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    server = stack.enter_context(program("server", "serve", "--port", "0", folder=private, environment=environment))
    stack.enter_context(program("worker", "worker", folder=private, environment=environment))
    with _client(server, keys.admin) as http:
        shop = fill_shop(http, now=datetime.now(UTC))
    scanner, stripe = stack.enter_context(SimulatedReader()), stack.enter_context(SimulatedReader())
    config = _write_till(private, server=server, keys=keys, scanner=scanner, stripe=stripe)
    agent = stack.enter_context(
        program("till agent", "till", "--config", str(config), folder=private, environment=environment)
    )
    token = (private / "local.token").read_text(encoding="utf-8").strip()
    with _client(agent, token) as http, http.stream("GET", "/v1/events", timeout=EVENT_SECONDS) as stream:
        tell_story(Cashier(http, read_events(stream.iter_lines()), _Teller()), shop, scanner, stripe)
    _prove(postgres.dsn)
    click.echo(f"\nPages: {server}/sign-in   login: {LOGIN}   password: {keys.password}")
    click.echo(f"Till's own page: {agent}   token: {token}")
    click.echo(f"Till agent: {agent}/v1/health   server: {server}/v1/health   OpenAPI: {server}/schema/openapi.json")


class _Teller:
    """Tells the story in numbered lines."""

    def __init__(self) -> None:
        self._number = 0

    def __call__(self, line: str) -> None:
        self._number += 1
        click.echo(f"{self._number:3}. {line}")


async def _prepare(url: str) -> _Keys:
    await migrate(url)
    database = Database(url)
    act, password = command_act(), secrets.token_urlsafe(9)
    try:
        await database.run(ensure_installation, currency=CURRENCY, timezone=TIMEZONE)
        hashed = hash_password(password)
        await database.run(create_user, login=LOGIN, name="Demo Owner", role="admin", password_hash=hashed, act=act)
        admin = await database.run(create_token, role="admin", act=act)
        till = await database.run(create_token, role="till", store=STORE, till=TILL, act=act)
    finally:
        await database.close()
    return _Keys(admin, till, password)


def _client(address: str, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=address, headers=headers, timeout=HTTP_SECONDS, trust_env=False)


def _write_till(folder: Path, *, server: str, keys: _Keys, scanner: SimulatedReader, stripe: SimulatedReader) -> Path:
    token_file = folder / "server.token"
    token_file.touch(mode=0o600)
    token_file.write_text(keys.till, encoding="utf-8")
    prefixes = ", ".join(f'"{prefix}"' for prefix in PREFIXES)
    readers = "".join(
        f'[[readers]]\nid = "{name}"\nport = "{reader.port}"\nprofile = "{profile}"\n'
        for name, reader, profile in (("scanner", scanner, "scanner-cr"), ("stripe", stripe, "msr-cr"))
    )
    config = folder / "till.toml"
    config.write_text(
        f'server = "{server}"\nstore = "{STORE}"\ntill = "{TILL}"\ntoken_file = "server.token"\nport = 0\n'
        f"own_prefixes = [{prefixes}]\n\n{readers}",
        encoding="utf-8",
    )
    return config


def _prove(url: str) -> None:
    async def verify() -> None:
        database = Database(url)
        try:
            verified = await database.run(verify_ledgers)
        finally:
            await database.close()
        assert not verified.differences, verified.differences
        click.echo(f"     All {verified.entries:,} ledger entries agree with {verified.receipts:,} receipts.")

    asyncio.run(verify())
