"""The command `python -m benchmarks.mailings`: messages a second with their states kept, beside the ceiling without.

Key idea: as many messages of the same bytes over as many connections to the same sink, once by the sender with claims,
marks and answers in PostgreSQL, once with no database at all; so the ratio says what the truth costs, whatever else the
machine does. The sink is a process of its own; the sender's is read for its memory, before and behind the mailing.
"""

import asyncio
import multiprocessing
import resource
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import asyncpg
import click
from msgspec import Struct

from api.mailing.office import office_of
from api.mailing.posting import Line
from api.mailing.running import send_mailings_once
from api.settings import load_settings
from api.state import read_clock, running_service
from benchmarks.mail_sink import TAKEN, sinking
from benchmarks.mailing_people import make_mailing
from crm.mailboxes.model import Server
from crm.mailings.service import prepare
from database.activity import Act
from database.embedded import running
from database.migrate import migrate

MARK_PER_SECOND: Final = 833
"""What listmonk publishes: 50,000 a minute."""
MOST_GROWTH_MB: Final = 32


class Measured(Struct, frozen=True):
    """What a run came to; rates are messages a second, memory is resident megabytes."""

    prepared: float
    sent: float
    ceiling: float
    memory_before: float
    memory_after: float

    @property
    def is_met(self) -> bool:
        """Whether the mark is passed and memory is flat."""
        return self.sent >= MARK_PER_SECOND and self.memory_after - self.memory_before <= MOST_GROWTH_MB


async def measure(dsn: str, *, recipients: int, connections: int) -> Measured:
    """Send a mailing on an empty database, and the same bytes without one."""
    await migrate(dsn)
    ours, theirs = multiprocessing.Pipe()
    sink = multiprocessing.get_context("spawn").Process(target=_sink, args=(theirs,), daemon=True)
    sink.start()
    port = await asyncio.to_thread(ours.recv)
    settings = load_settings(
        {"TALLYCARD_MAIL_KEY": "a key of the benchmark", "TALLYCARD_PUBLIC_URL": "https://shop.example"}
    )
    connection = await asyncpg.connect(dsn)
    mailing = await make_mailing(connection, recipients=recipients, port=port, connections=connections)
    async with running_service(settings, dsn) as service:
        before = _memory()
        start = time.perf_counter()
        while await service.database.run(prepare, mailing, office_of(service), act=Act("benchmark", read_clock())):
            continue
        prepared, start = time.perf_counter() - start, time.perf_counter()
        await send_mailings_once(service)
        sent = time.perf_counter() - start
        after = _memory()
    states = await connection.fetch("select state, count(*) from mailing_recipient group by state")
    assert [tuple(row) for row in states] == [("sent", recipients)], states
    await connection.close()
    ours.send("message")
    message = await asyncio.to_thread(ours.recv)
    ceiling = await _post(message, port, messages=recipients, connections=connections)
    sink.terminate()
    return Measured(recipients / prepared, recipients / sent, recipients / ceiling, before, after)


async def _post(message: bytes, port: int, *, messages: int, connections: int) -> float:
    """Send a message so often without any database; gives the seconds."""
    start = time.perf_counter()

    async def send(count: int) -> None:
        line = Line(Server("127.0.0.1", port, "none", None, None), most_messages=1_000)
        for _ in range(count):
            assert (await line.post(message, sender="offers@shop.example", recipient="p1@example.com")).is_taken
        await line.close()

    await asyncio.gather(*(send(messages // connections) for _ in range(connections)))
    return time.perf_counter() - start


def _sink(pipe: Connection) -> None:
    """Take messages, and give the last one when somebody asks."""
    last = [b""]

    def keep(_: str, message: bytes) -> str:
        last[0] = message
        return TAKEN

    async def serve() -> None:
        async with sinking(keep) as port:
            pipe.send(port)
            await asyncio.to_thread(pipe.recv)
            pipe.send(last[0] + b"\r\n")
            await asyncio.Event().wait()

    asyncio.run(serve())


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@click.command()
@click.option("--recipients", type=click.IntRange(100), default=20_000, show_default=True)
@click.option("--connections", type=click.IntRange(1, 50), default=8, show_default=True)
def main(recipients: int, connections: int) -> None:
    """Measure a mailing."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # root's PostgreSQL runs under another account, which must be able to enter
        with running(folder / "data") as server:
            found = asyncio.run(measure(server.dsn, recipients=recipients, connections=connections))
    click.echo(f"{recipients:,} recipients over {connections} connections")
    click.echo(f"prepared {found.prepared:12,.0f} a second")
    click.echo(f"sent     {found.sent:12,.0f} a second, mark {MARK_PER_SECOND:,}")
    click.echo(f"ceiling  {found.ceiling:12,.0f} a second, so the states cost {1 - found.sent / found.ceiling:.0%}")
    click.echo(f"memory   {found.memory_before:12,.0f} MB before, {found.memory_after:,.0f} MB at most")
    sys.exit(0 if found.is_met else 1)


if __name__ == "__main__":
    main()
