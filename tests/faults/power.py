"""Power cuts of a till: one real run of the agent is traced, and cut off at as many places of it as are wanted.

Key idea: what a program was told by a moment must stand in the journal that a cut at that moment leaves, whatever the
disk did with what was not flushed. Each journal is opened by the product, then read by plain SQL; with some of them an
agent is started, and sends what waits there to the server.
"""

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import asyncpg
from msgspec import Struct

from pos_adapter.journal.journal import JournalError, open_journal
from tests.faults.campaign import Campaign, end_of_part
from tests.faults.disk_trace import Act, Files, power_cuts, read_trace, traced
from tests.faults.till import TILL, Till, open_till
from tests.faults.till_proofs import KEPT, Proofs

CHANGES: Final = 10
"""How often the server comes or goes during the run; it is away when the agent dies."""
_DATABASE: Final = "journal.db"
_VOIDS: Final = "select receipt_uid from entry where kind = 'void' and state in ('queued', 'taken')"
_STORED: Final = "select uid::text from receipt where till = $1 and shift = $2"


class Run(Struct, frozen=True):
    """A traced run: the files before it, each act on them, and what was acknowledged when, up to its end."""

    before: Files
    acts: list[Act]
    receipts: dict[str, int]
    voids: dict[str, int]

    def promised(self, moments: Mapping[str, int], place: int) -> set[str]:
        """Give what of all was acknowledged before an act."""
        return {uid for uid, at in moments.items() if place == len(self.acts) or at < self.acts[place].at}


async def cut_power(
    campaign: Campaign, count: int, *, library: Path, receipts: int, starts: int, shift: int = 3
) -> Proofs:
    """Cut the power at so many places of a run of so many receipts, and start the agent after some of the cuts."""
    rng, room = campaign.rng, campaign.room("unplugged")
    async with open_till(campaign.shop, rng, shift=shift, folder=room) as till:
        await till.drain()
    before = {"": (room / _DATABASE).read_bytes()}
    environment = traced(library, room / _DATABASE, room / "trace")
    async with open_till(campaign.shop, rng, shift=shift, folder=room, environment=environment) as till:
        run = await _trace(till, before, room / "trace", receipts)
        places = sorted(rng.randrange(1, len(run.acts) + 1) for _ in range(count))
        cuts = list(zip(places, power_cuts(before, run.acts, places, rng), strict=True))
        found = await asyncio.to_thread(count_broken, run, cuts)
        chosen = sorted(rng.sample(cuts, starts), key=lambda cut: cut[0])
        for place, files in chosen:
            found["lost after a start"] += await _start_after(campaign, run, place, files, shift=shift)
        await till.network.heal()
        drained = await till.drain()
    proofs = await end_of_part(campaign, till, room)
    for name in ("not opened", "damaged", "lost", "twice", "lost after a start"):
        proofs.must_be_nothing(f"power cuts: {name}", found[name])
    proofs["power cuts: promises looked for"] = found["promised"]
    acts = Counter(act.kind for act in run.acts)
    campaign.say(f"  {count} cuts of a run of {len(run.receipts)} receipts: {acts['w']} writes, {acts['s']} flushes")
    campaign.say(f"  {starts} agents started after a cut; the queue was empty after {drained:.2f} s")
    return proofs


def count_broken(run: Run, cuts: Iterable[tuple[int, Files]]) -> Counter[str]:
    """Open each journal that a cut left, and count what it promised, what of it is lost, and what is there twice."""
    counts: Counter[str] = Counter()
    for place, files in cuts:
        with TemporaryDirectory() as folder:
            journal = _lay_out(files, Path(folder))
            try:
                open_journal(journal, new_instance="made anew").close()
            except JournalError:
                counts["not opened"] += 1
                continue
            with closing(sqlite3.connect(journal)) as connection:
                _count(counts, run, place, connection)
    return counts


def _count(counts: Counter[str], run: Run, place: int, connection: sqlite3.Connection) -> None:
    is_whole = connection.execute("pragma integrity_check").fetchone() == ("ok",)
    is_same_till = connection.execute(
        "select value <> 'made anew' from setting where name = 'till_instance'"
    ).fetchone()
    counts["damaged"] += not (is_whole and is_same_till == (1,))
    for query, moments in ((KEPT, run.receipts), (_VOIDS, run.voids)):
        kept = [uid for (uid,) in connection.execute(query)]
        promised = run.promised(moments, place)
        counts["promised"] += len(promised)
        counts["lost"] += len(promised - set(kept))
        counts["twice"] += len(kept) - len(set(kept))


async def _trace(till: Till, before: Files, trace: Path, receipts: int) -> Run:
    """Sell so much while the server comes and goes, and kill the agent; it is started again without the server."""
    register = till.register
    async with register.selling():
        for change in range(CHANGES):
            await (till.network.strike("refuse") if change % 2 else till.network.heal())
            await register.wait_for_more(receipts // CHANGES)
        told = dict(register.acknowledged), dict(register.voided)
        till.die()
        run = Run(before, read_trace(trace), *told)
        till.agent.start()
        await till.wait_until_up()
    return run


async def _start_after(campaign: Campaign, run: Run, place: int, files: Files, *, shift: int) -> int:
    """Start an agent on the journal that a cut left, let it send what waits, and count what the server lacks then."""
    room = campaign.room(f"restarted-{place}-{time.monotonic_ns()}")
    _lay_out(files, room)
    async with open_till(campaign.shop, campaign.rng, shift=shift, folder=room) as till:
        await till.drain()
    connection = await asyncpg.connect(campaign.shop.dsn)
    try:
        stored = {row["uid"] for row in await connection.fetch(_STORED, TILL, shift)}
    finally:
        await connection.close()
    return len(run.promised(run.receipts, place) - stored)


def _lay_out(files: Files, folder: Path) -> Path:
    for name, content in files.items():
        (folder / f"{_DATABASE}{name}").write_bytes(content)
    return folder / _DATABASE
