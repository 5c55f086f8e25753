"""The command `python -m tests.faults.mailing_faults`: a mailing whose sender is killed again and again.

Key idea: the mail server alone knows who got what. It takes, puts off, refuses, hangs, cuts behind a message and loses
one, each by a seeded draw, while the worker is killed. In the end nobody is missing, nobody is there without a 250, who
got a message more than once has a counted doubt for each, and whom the server refused for good got none.
"""

import asyncio
import random
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import asyncpg
import click
from msgspec import Struct

from benchmarks.mail_sink import CUT, HANG, LOSE, TAKEN, sinking
from benchmarks.mailing_people import make_mailing
from database.embedded import running
from database.migrate import migrate
from tests.faults.shop import Program

PATIENCE_SECONDS: Final = 600
FAULTS: Final = (("451 4.3.0 busy", 0.02), (HANG, 0.0005), (CUT, 0.005), (LOSE, 0.005))
REFUSED_OF: Final = 97
"""Of so many recipients the server refuses one for good."""
DUE: Final = "update mailing_recipient set due_at = now() where state = 'deferred' and due_at > now()"


class Proof(Struct, frozen=True):
    """What came of a mailing: by the mail server's count and by the rows."""

    recipients: int
    kills: int
    states: Counter[str]
    twice: int
    doubts: int
    wrongs: list[str]
    seconds: float


class Server:
    """The mail server's own count, and its ill will."""

    def __init__(self, rng: random.Random) -> None:
        self.got: Counter[str] = Counter()
        self.said_taken: set[str] = set()
        self._rng = rng
        self._goal = 0
        self._reached = asyncio.Event()

    @property
    def count(self) -> int:
        """How many messages came."""
        return self.got.total()

    async def get_more(self, messages: int) -> None:
        """Wait until so many more messages came."""
        self._goal = self.count + messages
        self._reached.clear()
        await self._reached.wait()

    def decide(self, recipient: str, _: bytes) -> str:
        """Take a message or do it some harm; the same recipients are refused for good each time."""
        if self.count >= self._goal:
            self._reached.set()
        if int(recipient[1:].partition("@")[0]) % REFUSED_OF == 0:
            return "550 5.1.1 no such user"
        drawn = self._rng.random()
        for fault, share in FAULTS:
            drawn -= share
            if drawn < 0:
                self.got[recipient] += fault == CUT
                return fault
        self.got[recipient] += 1
        self.said_taken.add(recipient)
        return TAKEN


async def torment(dsn: str, *, recipients: int, kills: int, seed: int, log: Path) -> Proof:
    """Send a mailing on a migrated database while its sender is killed, and prove what came of it."""
    rng, started = random.Random(seed), time.monotonic()
    server = Server(rng)
    connection = await asyncpg.connect(dsn)
    async with sinking(server.decide) as port:
        mailing = await make_mailing(connection, recipients=recipients, port=port)
        environment = {
            "TALLYCARD_MAIL_KEY": "a key of the faults, long",
            "TALLYCARD_PUBLIC_URL": "https://shop.example",
        }
        worker = Program(dsn, "worker", log=log, **environment)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS + 30 * kills):
                done = await _kill(connection, worker, server, rng, kills=kills, upto=recipients * 9 // 10)
                await _let_end(connection, mailing)
        finally:
            worker.end()
    try:
        return await _prove(connection, server, recipients, done, time.monotonic() - started)
    finally:
        await connection.close()


async def _kill(
    connection: asyncpg.Connection, worker: Program, server: Server, rng: random.Random, *, kills: int, upto: int
) -> int:
    """Kill the worker each time when it sent some more; those put off are due at once, so that all goes on."""
    step = upto // kills
    for number in range(kills):
        await server.get_more(rng.randint(1, step))
        worker.kill()
        await connection.execute(DUE)
        if server.count > upto:
            return number + 1
    return kills


async def _let_end(connection: asyncpg.Connection, mailing: int) -> None:
    while (state := await connection.fetchval("select state from mailing where id = $1", mailing)) != "sent":
        if state == "paused":
            await connection.execute(
                "update mailing set state = 'sending', version = version + 1 where id = $1", mailing
            )
        await connection.execute(DUE)
        await asyncio.sleep(0.5)


async def _prove(connection: asyncpg.Connection, server: Server, recipients: int, kills: int, seconds: float) -> Proof:
    rows = await connection.fetch("select address, state, doubts from mailing_recipient order by id")
    wrongs = [] if len(rows) == recipients else [f"{len(rows)} recipients of {recipients}"]
    for row in rows:
        address, got = row["address"], server.got[row["address"]]
        if row["state"] == "sent" and address not in server.said_taken:
            wrongs.append(f"{address} is sent without a 250")
        if row["state"] != "sent" and int(address[1:].partition("@")[0]) % REFUSED_OF:
            wrongs.append(f"{address} is missing: {row['state']}")
        if got > 1 + row["doubts"]:
            wrongs.append(f"{address} got {got} with {row['doubts']} doubts")
    states = Counter(row["state"] for row in rows)
    twice = sum(1 for count in server.got.values() if count > 1)
    return Proof(recipients, kills, states, twice, sum(row["doubts"] for row in rows), wrongs, seconds)


@click.command()
@click.option("--recipients", type=click.IntRange(100), default=20_000, show_default=True)
@click.option("--kills", type=click.IntRange(1), default=50, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the faults and the moments of kills.")
def main(recipients: int, kills: int, seed: int) -> None:
    """Kill the sender of a mailing again and again, and count who got what."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # root's PostgreSQL runs under another account, which must be able to enter
        with running(folder / "data") as server:
            proof = asyncio.run(_whole(server.dsn, recipients, kills, seed, folder / "worker.log"))
    click.echo(
        f"{proof.recipients:,} recipients, {proof.kills} kills, {proof.seconds:.0f} s: {dict(proof.states)},"
        f" {proof.twice} got it more than once, {proof.doubts} doubts counted"
    )
    for wrong in proof.wrongs[:20]:
        click.echo(wrong)
    sys.exit(1 if proof.wrongs else 0)


async def _whole(dsn: str, recipients: int, kills: int, seed: int, log: Path) -> Proof:
    await migrate(dsn)
    return await torment(dsn, recipients=recipients, kills=kills, seed=seed, log=log)


if __name__ == "__main__":
    main()
