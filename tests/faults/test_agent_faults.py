"""The campaign against the till agent in its short form; `python -m tests.faults.agent_faults` is the whole of it."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from random import Random

import asyncpg
import pytest

from database.embedded import Server, database_dsn
from tests.faults.agent_parts import fail_network, fill_disk, kill_agent
from tests.faults.campaign import Campaign
from tests.faults.disk_trace import Act, Files, build_trace, power_cuts, read_trace, traced
from tests.faults.full_disk import LimitedFiles, full_disk
from tests.faults.invariants.receipts import most_at_once
from tests.faults.network import FAULTS
from tests.faults.power import Run, cut_power
from tests.faults.till import Shop, open_shop, open_till
from tests.faults.till_proofs import Proofs

CUTS = 60
WRITER = """
import os, sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("pragma journal_mode = wal")
connection.execute(f"pragma synchronous = {sys.argv[2]}")
for number in range(60):
    connection.execute("insert into entry values ('receipt', ?, '', 'queued')", (str(number),))
    print(number, time.monotonic_ns(), flush=True)
os._exit(0)
"""


class AllSpoilt(Random):
    """Chance by which every reading is a spoilt one."""

    def random(self) -> float:
        """Give the least."""
        return 0.0


@pytest.fixture(scope="module")
async def shop(postgres: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """Run one server for all parts, as the whole campaign does."""
    connection = await asyncpg.connect(postgres.dsn)
    await connection.execute(f"create database agent_faults template {template}")
    async with open_shop(database_dsn(postgres, "agent_faults"), tmp_path_factory.mktemp("shop")) as shop:
        yield shop
    await connection.execute("drop database agent_faults with (force)")
    await connection.close()


@pytest.fixture
def campaign(shop: Shop, tmp_path: Path, rng: Random) -> Campaign:
    return Campaign(shop, tmp_path, rng, print)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    found = build_trace(tmp_path)
    if found is None:
        pytest.skip("there is no C compiler, or no preloading")
    return found


def assert_whole(proofs: Proofs, *counted: str) -> None:
    assert not proofs.broken
    assert all(proofs[name] > 0 for name in ("acknowledged", *counted))


async def test_agent_that_is_killed_loses_no_receipt_and_no_reading(campaign: Campaign) -> None:
    """I2, I3, I5, I9, I14."""
    assert_whole(await kill_agent(campaign, 3), "readings heard")


async def test_network_that_fails_loses_and_doubles_nothing(campaign: Campaign) -> None:
    """I2, I3, I5, I9, I14, I15."""
    assert_whole(await fail_network(campaign, len(FAULTS)), "readings heard", "granted offline, cents")


async def test_power_cut_leaves_every_receipt_that_was_promised(campaign: Campaign, library: Path) -> None:
    """I2, I3."""
    proofs = await cut_power(campaign, CUTS, library=library, receipts=60, starts=1)
    assert_whole(proofs, "power cuts: promises looked for")


async def test_full_disk_is_refused_and_nothing_is_lost(campaign: Campaign) -> None:
    """I2, I3, I15."""
    with full_disk(campaign.room("full")) as disk:
        assert_whole(await fill_disk(campaign, 4, disk=disk), "refused with journal_unavailable")


async def test_files_that_may_not_grow_are_a_full_disk_too(campaign: Campaign) -> None:
    """I2, I3."""
    assert_whole(await fill_disk(campaign, 1, disk=LimitedFiles(campaign.room("limited")), shift=5))


async def test_cashier_scans_only_while_a_program_listens(campaign: Campaign) -> None:
    """I9: what tells of a spoilt reading reaches no program that comes later."""
    async with open_till(campaign.shop, AllSpoilt(), shift=6, folder=campaign.room("spoilt")) as till:
        for _ in range(3):
            async with till.cashier.scanning():
                await till.cashier.wait_for_more(1)
    assert (till.cashier.lost, till.cashier.spoilt) == ([], till.cashier.scanned)


@pytest.mark.parametrize(("synchronous", "is_lost"), [("full", False), ("normal", True), ("off", True)])
def test_power_cut_finds_a_journal_that_is_not_flushed(
    library: Path, tmp_path: Path, rng: Random, synchronous: str, *, is_lost: bool
) -> None:
    run = _write(library, tmp_path, synchronous)
    cuts = power_cuts(run.before, run.acts, places := sorted(rng.choices(range(1, len(run.acts) + 1), k=CUTS)), rng)
    kept = [_read(tmp_path / "cut.db", files) for files in cuts]
    lost = [run.promised(run.receipts, place) - uids for place, uids in zip(places, kept, strict=True)]
    assert any(lost) == is_lost


def _write(library: Path, folder: Path, synchronous: str) -> Run:
    """Write some rows to a database, tracing what reaches the disk."""
    database = folder / "some.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("create table entry (kind text, uid text, receipt_uid text, state text)")
    before = {"": database.read_bytes()}
    said = subprocess.run(
        [sys.executable, "-c", WRITER, database, synchronous],
        env=os.environ | traced(library, database, folder / "trace"),
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    told = {number: int(at) for number, at in map(str.split, said.splitlines())}
    return Run(before, read_trace(folder / "trace"), told, {})


def _read(database: Path, files: Files) -> set[str]:
    for name in ("", "-wal"):
        database.with_name(f"{database.name}{name}").write_bytes(files.get(name, b""))
    with closing(sqlite3.connect(database)) as connection:
        return {uid for (uid,) in connection.execute("select uid from entry")}


def test_what_was_flushed_outlives_every_cut(rng: Random) -> None:
    acts = [Act(1, "", "w", 0, b"kept"), Act(2, "", "s", 0, b""), Act(3, "", "w", 0, b"gone"), Act(4, "", "t", 2, b"")]
    flushed = {files[""] for files in power_cuts({"": b""}, acts, [2] * 50, rng)}
    later = {files[""] for files in power_cuts({"": b""}, acts, [4] * 200, rng)}
    assert flushed == {b"kept"}
    assert {b"kept", b"gone", b"ke", b"go"} < later


@pytest.mark.parametrize(
    ("grants", "most"),
    [
        ([], 0),
        ([(5, "a", None), (7, "b", None)], 12),
        ([(5, "a", "b"), (7, "b", None)], 7),
        ([(5, "a", "c"), (7, "b", "d"), (1, "c", None)], 12),
    ],
)
def test_money_that_is_granted_counts_until_it_has_ended(grants: list[tuple[int, str, str | None]], most: int) -> None:
    assert most_at_once(grants) == most
