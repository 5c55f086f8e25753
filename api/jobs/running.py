"""Runs a claimed job to its end: heartbeat beside it, portions inside it, and what becomes of it afterwards.

A handler is `async def work(service, running) -> result`; `api.jobs` says how to write one.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Concatenate, ParamSpec, TypeAlias

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from api.errors import is_away
from api.state import Service, read_clock
from database.activity import Act
from database.engine import Database
from database.hot import UNREACHABLE
from database.jobs import (
    MOST_TRIES,
    Job,
    JobLostError,
    Progress,
    fail_job,
    finish_job,
    keep_alive,
    release_job,
    save_progress,
)
from loyalty.errors import LoyaltyError

HEARTBEAT_SECONDS = 3

P = ParamSpec("P")
log = structlog.get_logger()


class JobStoppedError(Exception):
    """The worker was asked to end: the job goes back into the queue with the progress it made."""


class RunningJob:
    """A claimed job in its handler's hands; `job` is as its last portion left it."""

    def __init__(self, service: Service, job: Job, is_stopped: Callable[[], bool]) -> None:
        self.job = job
        self._service = service
        self._is_stopped = is_stopped

    async def portion(
        self,
        do_portion: Callable[Concatenate[AsyncConnection, Job, P], Awaitable[Progress]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Job:
        """Do a portion and save its progress in one transaction; gives the job as it is then.

        Raises JobLostError and JobStoppedError, which the handler lets pass; then nothing of the portion was done.
        """
        if self._is_stopped():
            raise JobStoppedError
        job = self.job

        async def work(connection: AsyncConnection) -> Job:
            return await save_progress(connection, job, await do_portion(connection, job, *args, **kwargs))

        self.job = await self._service.database.run(work)
        return self.job

    def act(self) -> Act:
        """Give the act of a portion that is done now: who asked for the job did it."""
        return Act(self.job.actor, read_clock())


Result: TypeAlias = Mapping[str, object]
Handler: TypeAlias = Callable[[Service, RunningJob], Awaitable[Result]]


async def run_job(service: Service, job: Job, handler: Handler, *, is_stopped: Callable[[], bool]) -> None:
    """Run a claimed job until it ends, is lost or goes back into the queue. A database that is away is raised."""
    log.info("job runs", job=job.id, kind=job.kind, tries=job.tries, done=job.done)
    running = RunningJob(service, job, is_stopped)
    try:
        async with _beating(service.database, job):
            await _run_to_its_end(service, running, handler)
    except JobLostError:
        log.info("job was cancelled, or is another worker's", job=job.id)


async def _run_to_its_end(service: Service, running: RunningJob, handler: Handler) -> None:
    try:
        result = await handler(service, running)
        await service.database.run(finish_job, running.job, result)
    except JobLostError:
        raise
    except JobStoppedError:
        await service.database.run(release_job, running.job)
    except LoyaltyError as refusal:
        await service.database.run(fail_job, running.job, refusal.detail)
    except Exception as error:
        if is_away(error):
            raise
        log.exception("job met a fault", job=running.job.id, kind=running.job.kind)
        await service.database.run(_try_again, running.job)


async def _try_again(connection: AsyncConnection, job: Job) -> None:
    """Put a job that met a fault of ours back, as often as one whose worker was lost."""
    if job.tries < MOST_TRIES:
        await release_job(connection, job)
    else:
        await fail_job(connection, job, "a fault of the server stopped it; it was logged")


@asynccontextmanager
async def _beating(database: Database, job: Job) -> AsyncIterator[None]:
    """Say that the worker lives as long as the context lasts; where that fails, silence says enough."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                await database.run(keep_alive, job)
            except JobLostError:
                return
            except (DBAPIError, *UNREACHABLE) as error:
                log.warning("no heartbeat of a job", job=job.id, error=type(error).__name__)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
