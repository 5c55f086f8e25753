"""A campaign: a shop at work, faults by plan until the time is up, then quiet, and the proofs by a program of their own.

Key idea: each fault is undone by nobody but the shop itself. A recovery that takes longer than patience ends the
campaign; after the last fault everything drains by itself, and only then is anything looked at.
"""

import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random
from typing import Final

import asyncpg
from msgspec import Struct

from tests.faults.full_disk import SmallDisk
from tests.faults.whole.findings import Miscounted, write_evidence
from tests.faults.whole.plan import Moment, Strike, plan
from tests.faults.whole.strikes import NotWellError, do_strike
from tests.faults.whole.world import World, open_world

ROOT: Final = Path(__file__).parents[3]
DRAIN_SECONDS: Final = 180.0
PROOF_SECONDS: Final = 900
LETTERS_A_MINUTE: Final = 60
LOOK_SECONDS: Final = 0.5
LAST_RUN: Final = {"period": "current"}
_WAITING: Final = """
    select (select count(*) from mailing where state <> 'sent') + (select count(*) from awaited_original)
        + (select count(*) from job where state in ('queued', 'running'))
        + (not exists (select from activity_seal))::int"""
_COME_SOON: Final = "update mailing_recipient set due_at = now() where state = 'deferred' and due_at > now()"


class Orders(Struct, frozen=True):
    """What a campaign is: its seed, how many tills, and for how many seconds or, if it is a short one, moments."""

    seed: int
    tills: int = 3
    seconds: float = 0.0
    moments: int = 0


class Report(Struct, frozen=True):
    """What came of it: what was done, what struck, how long recoveries took, and the problems of each invariant."""

    seed: int
    seconds: float
    operations: dict[str, int]
    faults: dict[str, int]
    recoveries: dict[str, list[float]]
    restarts: dict[str, int]
    drained: dict[str, float]
    verdicts: dict[str, list[str]]

    @property
    def is_well(self) -> bool:
        """Whether everything held."""
        return not any(self.verdicts.values())


@asynccontextmanager
async def campaign(folder: Path, orders: Orders, say: Callable[[str], None]) -> AsyncIterator[tuple[Report, Path]]:
    """Run a campaign in an empty folder that other accounts may enter; gives its report and the file of its evidence.

    The database that the evidence names is there as long as the context lasts. Raises NotWellError.
    """
    began, rng = time.monotonic(), Random(orders.seed)
    faults: Counter[str] = Counter()
    recoveries: defaultdict[str, list[float]] = defaultdict(list)
    letters = max(10, int(LETTERS_A_MINUTE * orders.seconds / 120))
    async with open_world(folder, rng, tills=orders.tills, letters=letters, per_minute=LETTERS_A_MINUTE) as world:
        say(f"the shop is open after {time.monotonic() - began:.1f} s")
        async with _busy(world):
            for number, moment in enumerate(_moments(orders, world)):
                for strike, seconds in await _go_through(world, moment, rng):
                    faults[strike.name] += 1
                    recoveries[strike.name].append(seconds)
                    say(f"{strike.name} ({strike.target}), {strike.seconds:.1f} s: well again after {seconds:.1f} s")
                if number == 0:
                    await world.office.erase(world.stock.person)
        drained, miscounted = await _drain(world), await _miscounted(world)
        await world.work.aclose()
        evidence = write_evidence(world, miscounted, folder / "evidence.json")
        say("quiet; now the proofs")
        verdicts = await asyncio.to_thread(_prove, evidence)
        report = Report(
            seed=orders.seed,
            seconds=time.monotonic() - began,
            operations=_operations(world),
            faults=dict(faults),
            recoveries=dict(recoveries),
            restarts=dict(world.starts),
            drained=drained,
            verdicts=verdicts,
        )
        yield report, evidence


def _moments(orders: Orders, world: World) -> Iterator[Moment]:
    """Give the moments of the plan, until the time or their number is up."""
    endless = plan(orders.seed, tills=list(world.places), fills_database=isinstance(world.data_disk, SmallDisk))
    if orders.moments:
        return itertools.islice(endless, orders.moments)
    end = time.monotonic() + orders.seconds
    return itertools.takewhile(lambda _: time.monotonic() < end, endless)


@asynccontextmanager
async def _busy(world: World) -> AsyncIterator[None]:
    """Let everybody work."""
    async with AsyncExitStack() as stack:
        for place in world.places.values():
            await stack.enter_async_context(place.till.register.selling())
            await stack.enter_async_context(place.till.cashier.scanning())
        await stack.enter_async_context(world.office.working())
        yield


async def _go_through(world: World, moment: Moment, rng: Random) -> list[tuple[Strike, float]]:
    """Strike, one or two at once, and wait until all works again."""
    await asyncio.sleep(moment.calm_seconds)
    seconds = await asyncio.gather(*(do_strike(world, strike, rng) for strike in moment.strikes))
    return list(zip(moment.strikes, seconds, strict=True))


async def _drain(world: World) -> dict[str, float]:
    """Wait until nothing waits anywhere, and let the rules run once more; gives the seconds that each took.

    Raises NotWellError.
    """
    began = time.monotonic()
    try:
        drained = {name: await place.till.drain() for name, place in world.places.items()}
        drained["jobs and mail"] = await _drain_database(world)
    except TimeoutError as error:
        raise NotWellError("receipts, jobs or mail wait and do not come to an end") from error
    ran = await world.office.do_job("/v1/series/GOLD/rule-runs", LAST_RUN)
    assert ran["state"] == "done", ran
    return drained | {"everything": time.monotonic() - began}


async def _drain_database(world: World) -> float:
    """Wait for jobs and mail; the pause before a letter is tried again is let pass at once."""
    began = time.monotonic()
    connection = await asyncpg.connect(world.dsn)
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while await connection.fetchval(_WAITING):
                await connection.execute(_COME_SOON)
                await asyncio.sleep(LOOK_SECONDS)
    finally:
        await connection.close()
    return time.monotonic() - began


async def _miscounted(world: World) -> Miscounted:
    """Ask each agent what it counted of readings since it began, and name what differs."""
    return {name: await place.till.cashier.count_differences() for name, place in world.places.items()}


def _prove(evidence: Path) -> dict[str, list[str]]:
    """Let the independent program look at it all."""
    command = [sys.executable, "-m", "tests.faults.invariants", str(evidence)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PROOF_SECONDS, check=False)
    assert done.stdout, done.stderr
    verdicts: dict[str, list[str]] = json.loads(done.stdout)
    return verdicts


def _operations(world: World) -> dict[str, int]:
    """Count what was done in all."""
    tills = [place.till for place in world.places.values()]
    receipts = [receipt for till in tills for receipt in till.register.sent.values()]
    counts = Counter({
        "receipts": len(receipts),
        "returns": sum(receipt["kind"] == "return" for receipt in receipts),
        "top-ups": sum(bool(receipt["lines"][0].get("top_up")) for receipt in receipts),
        "paid by card": sum(receipt["payments"][0]["kind"] == "card" for receipt in receipts),
        "voids": sum(len(till.register.voided) for till in tills),
        "readings": sum(till.cashier.scanned for till in tills),
        "letters": world.post.got.total(),
    })  # fmt: skip
    for till in tills:
        counts.update({f"register: {code}": number for code, number in till.register.refusals.items()})
    counts.update({f"office: {what}": number for what, number in world.office.done.items()})
    counts.update({f"answers {status}": number for status, number in world.watch.statuses.items()})
    return dict(counts)
