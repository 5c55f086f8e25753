"""Reports are read from a real streaming replica, and from the primary where that is away or behind."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from database.embedded import Server, running
from database.embedded.launcher import stop
from database.engine import Database
from database.reading import LOOK_SECONDS, MOST_LAG_SECONDS, Reading
from tests.conftest import in_memory

QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Clock:
    """Seconds that go on when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Give the time."""
        return self.now


class Pair:
    """A primary and its replica."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        rules = folder / "rules.conf"
        rules.write_text("local all all trust\nlocal replication all trust\n")
        rules.chmod(0o644)
        self._folder, self._stack = folder, stack
        self._settings = QUICK | {"hba_file": str(rules)}
        self.primary = self._start("primary")
        self._copy()
        self.replica = self._start("replica")

    def stop_replica(self) -> None:
        """Let the replica end."""
        assert stop(self._folder / "replica")

    def _start(self, name: str) -> Server:
        return self._stack.enter_context(running(self._folder / name, settings=self._settings, shared_buffers_mb=32))

    def _copy(self) -> None:
        """Copy the primary as PostgreSQL's own program does; the folder belongs to the account it runs under."""
        data, owner = self._folder / "replica", (self._folder / "primary" / "pg").stat()
        data.mkdir(mode=0o755)
        program = self.primary.binaries / "pg_basebackup"
        source = ["-h", str(self.primary.socket_folder), "-U", "postgres"]
        subprocess.run([program, *source, "-D", data / "pg", "-R", "-c", "fast"], check=True)
        if os.geteuid() == 0:
            for path in (data / "pg", *(data / "pg").rglob("*")):
                shutil.chown(path, owner.st_uid, owner.st_gid)


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with TemporaryDirectory(dir=in_memory(), ignore_cleanup_errors=True) as name, ExitStack() as stack:
        Path(name).chmod(0o755)
        yield Pair(Path(name), stack)


async def is_replica(connection: AsyncConnection) -> bool:
    return bool((await connection.execute(text("select pg_is_in_recovery()"))).scalar_one())


async def do(connection: AsyncConnection, statement: str) -> None:
    await connection.execute(text(statement))


async def pause(connection: AsyncConnection) -> None:
    """Let the replica stand still, and wait until it does."""
    await do(connection, "select pg_wal_replay_pause()")
    while (await connection.execute(text("select pg_get_wal_replay_pause_state()"))).scalar_one() != "paused":
        await connection.execute(text("select pg_sleep(0.01)"))


async def has_table(connection: AsyncConnection, name: str) -> bool:
    return (await connection.execute(text("select to_regclass(:name)"), {"name": name})).scalar() is not None


async def settle(reading: Reading, clock: Clock) -> None:
    """Look again and again, with time going on, until the replica is known to be near."""
    for _ in range(1_000):
        clock.now += LOOK_SECONDS
        if await reading.is_fresh():
            return
        await asyncio.sleep(0.02)  # its receiver may wait for seconds before it asks for the log again
    raise AssertionError("the replica does not follow")


async def test_replica_is_read_while_it_is_near_and_the_primary_else(pair: Pair) -> None:
    clock = Clock()
    primary, replica = Database(pair.primary.dsn, role=None), Database(pair.replica.dsn, role=None)
    reading = Reading(primary, replica, clock=clock)
    await settle(reading, clock)
    assert await reading.run(is_replica)

    await replica.run(pause)
    await primary.run(do, "create table late (id int)")
    places = []
    for _ in range(MOST_LAG_SECONDS // LOOK_SECONDS + 2):
        clock.now += LOOK_SECONDS
        places.append(await reading.run(is_replica))
    assert (places[0], places[-1]) == (True, False), "what is a little behind is read, what is far behind is not"

    await replica.run(do, "select pg_wal_replay_resume()")
    await settle(reading, clock)
    assert await reading.run(is_replica)
    await reading.run(do, "create table mine (id int)")
    assert await primary.run(has_table, "mine"), "what writes after all goes to the primary"

    await settle(reading, clock)
    pair.stop_replica()
    assert not await reading.run(is_replica), "the answer comes all the same"
    clock.now += LOOK_SECONDS
    assert not await reading.run(is_replica)
    await reading.close()
    await primary.close()


async def test_server_that_is_no_replica_is_never_read(database_url: str) -> None:
    clock, primary, other = Clock(), Database(database_url), Database(database_url)
    reading = Reading(primary, other, clock=clock)
    for _ in range(3):
        clock.now += LOOK_SECONDS
        assert not await reading.is_fresh()
    assert not await Reading(primary, None).is_fresh()
    await reading.close()
    await primary.close()
