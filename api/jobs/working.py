"""The worker's part that does jobs: takes them up as they come, several side by side, until it is asked to end."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping

import structlog
from sqlalchemy.exc import DBAPIError

from api.errors import UNAVAILABLE, is_away
from api.jobs.handlers import HANDLERS
from api.jobs.running import HEARTBEAT_SECONDS, Handler, run_job
from api.state import Service
from database.jobs import QUEUED_CHANNEL, STALE_SECONDS, claim_job, list_heartbeats

JOBS_AT_ONCE = 2
"""So many jobs one worker does side by side: a short one need not wait for a long one."""

LOOK_SECONDS = STALE_SECONDS
"""Without any news a worker looks so often, also for jobs whose workers are gone."""

AWAY = (DBAPIError, *UNAVAILABLE)

log = structlog.get_logger()


async def do_jobs(service: Service, stopped: asyncio.Event, *, handlers: Mapping[str, Handler] = HANDLERS) -> None:
    """Do jobs as they come until the event is set. A database that is away is waited for."""
    async with asyncio.TaskGroup() as lanes:
        for _ in range(JOBS_AT_ONCE):
            lanes.create_task(_do_one_by_one(service, stopped, handlers))


async def _do_one_by_one(service: Service, stopped: asyncio.Event, handlers: Mapping[str, Handler]) -> None:
    with service.listener.watching(QUEUED_CHANNEL) as watch:
        while not stopped.is_set():
            watch.rest()
            try:
                await do_queued_jobs(service, is_stopped=stopped.is_set, handlers=handlers)
            except AWAY as error:
                if not is_away(error):
                    raise
                log.warning("the database is away; jobs go on when it is back", error=type(error).__name__)
            await _wait_for_either(watch.wait(LOOK_SECONDS), stopped.wait())


async def _wait_for_either(*waits: Coroutine[None, None, bool]) -> None:
    tasks = [asyncio.create_task(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


async def do_all_jobs(service: Service, stopped: asyncio.Event, *, handlers: Mapping[str, Handler] = HANDLERS) -> None:
    """Do the jobs that wait, and those whose workers are gone; what a living worker has in hand is left to it.

    A job that is silent is waited for until its worker is heard of or counts as gone.
    """
    while not stopped.is_set():
        await do_queued_jobs(service, is_stopped=stopped.is_set, handlers=handlers)
        before = await service.database.run(list_heartbeats, tuple(handlers))
        if not before:
            return
        await _wait_for_either(stopped.wait(), _pass(2 * HEARTBEAT_SECONDS))
        after = await service.database.run(list_heartbeats, tuple(handlers))
        if before.items().isdisjoint(after.items()):
            return


async def _pass(seconds: int) -> bool:
    await asyncio.sleep(seconds)
    return True


async def do_queued_jobs(
    service: Service, *, is_stopped: Callable[[], bool], handlers: Mapping[str, Handler] = HANDLERS
) -> None:
    """Do the jobs that wait, one after the other, until none is left."""
    while not is_stopped():
        job = await service.database.run(claim_job, tuple(handlers))
        if job is None:
            return
        await run_job(service, job, handlers[job.kind], is_stopped=is_stopped)
