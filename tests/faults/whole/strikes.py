"""Doing a fault, undoing it, and waiting until what it struck works again; how long that took is what is told of it."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Final, cast

import asyncpg
import httpx

from tests.faults.network import Fault
from tests.faults.register import WORKERS
from tests.faults.till_proofs import kept_in
from tests.faults.whole.plan import BACKEND, POSTGRES, WORKER, Strike
from tests.faults.whole.world import Place, World

PATIENCE_SECONDS: Final = 180.0
LOOK_SECONDS: Final = 0.1
SLACK_BYTES: Final = 64 * 1024
MOST_SEGMENTS: Final = 64
PREVIEW: Final = {"period": "current", "preview": True}


class NotWellError(Exception):
    """What was struck does not work again, so nothing more can be proven (I14)."""


async def do_strike(world: World, strike: Strike, rng: Random) -> float:
    """Do a fault for as long as it lasts, end it, and wait until all is well; gives the seconds from its end to then.

    Raises NotWellError.
    """
    before = _acknowledged(world, strike)
    async with _struck(world, strike, rng):
        if strike.kind != "kill":  # whoever was killed recovers from that moment on
            await asyncio.sleep(strike.seconds)
    began = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await _recover(world, strike.target, before)
    except TimeoutError as error:
        raise NotWellError(f"{strike.name} ({strike.target}): not well again after {PATIENCE_SECONDS:.0f} s") from error
    return time.monotonic() - began


@asynccontextmanager
async def _struck(world: World, strike: Strike, rng: Random) -> AsyncIterator[None]:
    """Do a fault that lasts as long as the context; a kill is over at once."""
    place = world.places.get(strike.target)
    match strike.kind:
        case "kill":
            _kill(world, strike.target)
            yield
        case "stop":
            pids = _processes(world, strike.target)
            _signal(pids, signal.SIGSTOP)
            try:
                yield
            finally:
                _signal(pids, signal.SIGCONT)
        case "network":
            assert place is not None, "networks are the tills'"
            await place.till.network.strike(cast("Fault", strike.how))  # one of the plan, which takes it from there
            try:
                yield
            finally:
                await place.till.network.heal()
        case "disk":
            disk = world.data_disk if place is None else place.disk
            await asyncio.to_thread(disk.fill, slack=rng.randrange(SLACK_BYTES))
            if place is None:
                await _use_up_log(world.dsn)
            try:
                yield
            finally:
                disk.free()
        case "clock":
            assert place is not None, "clocks are the tills'"
            place.clock.jump(timedelta(seconds=int(strike.how)))
            yield


async def _use_up_log(dsn: str) -> None:
    """Use up what room the database's log had before the disk was full, as a shop that sells more would."""
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        connection = await asyncpg.connect(dsn)
        try:
            for _ in range(MOST_SEGMENTS):
                await connection.execute("select pg_logical_emit_message(false, '', 'full'), pg_switch_wal()")
        finally:
            connection.terminate()


def _kill(world: World, target: str) -> None:
    """Kill without a word; a till's cashier knows that its agent goes."""
    if target in world.places:
        till = world.places[target].till
        till.die()
        world.missing[target] += len(till.register.acknowledged.keys() - kept_in(till.folder))
    elif target in world.programs:
        world.programs[target].die()
    elif target == POSTGRES:
        _signal(_processes(world, POSTGRES)[:1], signal.SIGKILL)
    elif target == BACKEND:
        _signal(_processes(world, POSTGRES)[-1:], signal.SIGKILL)


def _processes(world: World, target: str) -> list[int]:
    """Give the processes of a part, the main one first; of PostgreSQL, those that serve it too, the youngest last."""
    if target in world.places:
        return [world.places[target].till.agent.pid]
    if target in world.programs:
        return [world.programs[target].pid]
    main = world.postmaster()
    if main is None:
        return []
    children = Path(f"/proc/{main}/task/{main}/children")
    return [main, *map(int, children.read_text().split())] if children.exists() else []


def _signal(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _acknowledged(world: World, strike: Strike) -> int:
    place = world.places.get(strike.target)
    return 0 if place is None else len(place.till.register.acknowledged)


async def _recover(world: World, target: str, before: int) -> None:
    """Wait until what was struck does its work again."""
    if (place := world.places.get(target)) is not None:
        await place.till.wait_until_linked(most_queued=WORKERS)
        await _wait_for_receipt(place, before)
    elif target == WORKER:
        done = await world.office.do_job("/v1/series/GOLD/rule-runs", PREVIEW)
        assert done["state"] == "done", done
    else:
        names = [target] if target in world.servers else list(world.servers)
        await asyncio.gather(*(_wait_until_well(world.servers[name]) for name in names))
        linked = [place.till.wait_until_linked(most_queued=WORKERS) for place in world.places.values()]
        await asyncio.gather(*linked)


async def _wait_for_receipt(place: Place, before: int) -> None:
    if len(place.till.register.acknowledged) <= before:
        await place.till.register.wait_for_more(1)


async def _wait_until_well(http: httpx.AsyncClient) -> None:
    """Wait until a server says that it and its database are there."""
    while True:
        with suppress(httpx.HTTPError, ValueError):
            if (await http.get("/v1/health", timeout=PATIENCE_SECONDS)).json()["status"] == "ok":
                return
        await asyncio.sleep(LOOK_SECONDS)
