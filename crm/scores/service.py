"""Use cases of scores: all parties are scored by a job, each day by itself and whenever somebody asks."""

from datetime import date

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.scores import repository
from database.activity import Act
from database.jobs import Job, Progress, enqueue_job

KIND = "parties.score"

load_scores = repository.load_scores


class Wanted(Struct, frozen=True):
    """The day up to which a job looks at the year; None where somebody asked, for the day on which it runs."""

    day: date | None = None


async def schedule_scoring(connection: AsyncConnection, *, today: date, act: Act) -> int | None:
    """Put a day's scoring into the queue, unless it was; gives the job's identifier."""
    plain = msgspec.to_builtins(Wanted(today))
    if await repository.was_asked_for(connection, KIND, plain):
        return None
    return await enqueue_job(connection, KIND, plain, act=act, total=1)


async def ask_for_scoring(connection: AsyncConnection, *, act: Act) -> int:
    """Put a scoring into the queue, or find the one that waits or runs; gives the job's identifier."""
    waiting = await repository.find_open(connection, KIND)
    if waiting is not None:
        return waiting
    return await enqueue_job(connection, KIND, msgspec.to_builtins(Wanted()), act=act, total=1)


async def score_parties(connection: AsyncConnection, job: Job, *, today: date) -> Progress:
    """Score all parties, in one piece: a class is a place among all of them."""
    wanted = msgspec.convert(job.arguments, Wanted)
    scored = await repository.score_all(connection, today=wanted.day or today)
    return Progress(1, 1, {"scored": scored})
