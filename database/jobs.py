"""Jobs: work that outlives a call. The table is the queue.

A job is put into the table in the transaction of the act that asks for it, so that it is there exactly if the act is.
The key idea: a portion of the work and the progress that it made are one transaction, and only the worker that holds
the job's last claim may save progress. So a worker that is killed leaves no half of a portion, the next one goes on
where the progress ends, and one that was only thought dead does nothing twice: its portion is rolled back.

Nothing here knows what a job does; `api.jobs` runs them. Times are the database's own, so that the clocks of several
machines need not agree.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Identity,
    Integer,
    RowMapping,
    Table,
    Text,
    Update,
    and_,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from database.identifiers import MOST_ID
from database.metadata import metadata

JobState = Literal["queued", "running", "done", "failed", "cancelled"]

QUEUED_CHANNEL = "tallycard_job_queued"
"""Told the identifier of each new job."""

CHANGED_CHANNEL = "tallycard_job_changed"
"""Told the identifier of each job whose state or progress changed."""

STALE_SECONDS = 15
"""A running job that was silent for so long has lost its worker, and is taken up again."""

MOST_TRIES = 5
"""So often a job is taken up without getting any further; then it has failed."""

MOST_LISTED = 50
ENDED: frozenset[JobState] = frozenset({"done", "failed", "cancelled"})

job_table = Table(
    "job",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("arguments", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger),
    Column("progress", JSONB(none_as_null=True)),
    Column("result", JSONB(none_as_null=True)),
    Column("error", Text),
    Column("actor", Text, nullable=False),
    Column("claim", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("heartbeat_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
)


class JobLostError(Exception):
    """The job is no longer this worker's: it was cancelled, or given to another one. Roll back and leave it."""


class Progress(Struct, frozen=True):
    """How far a job has come: so much done of a total (None: not known yet), and `state`, from which it goes on."""

    done: int
    total: int | None = None
    state: Mapping[str, object] = {}


class Job(Struct, frozen=True):
    """A job as it was read. `progress` is the state that its last portion saved, empty before the first.

    `claim` counts how often it was taken up and tells one worker's hold of it from the next one's; `tries` counts that
    since it last got further.
    """

    id: int
    kind: str
    arguments: dict[str, object]
    state: JobState
    done: int
    total: int | None
    progress: dict[str, object]
    result: dict[str, object] | None
    error: str | None
    actor: str
    claim: int
    tries: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def has_ended(self) -> bool:
        """Whether nothing will change about it any more."""
        return self.state in ENDED


async def enqueue_job(
    connection: AsyncConnection, kind: str, arguments: Mapping[str, object], *, act: Act, total: int | None = None
) -> int:
    """Put a job into the queue; a worker hears of it when the transaction commits. Gives its identifier.

    `arguments` are plain JSON values and hold no card number.
    """
    row = {
        "kind": kind,
        "arguments": arguments,
        "state": "queued",
        "done": 0,
        "total": total,
        "actor": act.actor,
        "claim": 0,
        "tries": 0,
        "created_at": act.at,
    }
    job_id = int((await connection.execute(insert(job_table).values(row).returning(job_table.c.id))).scalar_one())
    await record_activity(
        connection, act=act, what="job.queued", record=f"job:{job_id}", data={"kind": kind, "arguments": arguments}
    )
    await _tell(connection, QUEUED_CHANNEL, job_id)
    return job_id


async def find_job(connection: AsyncConnection, job_id: int) -> Job | None:
    """Find a job. An identifier beyond its column's range names none."""
    if abs(job_id) > MOST_ID:
        return None
    row = (await connection.execute(select(job_table).where(job_table.c.id == job_id))).mappings().one_or_none()
    return None if row is None else _job(row)


async def list_jobs(connection: AsyncConnection, *, before: int | None = None, limit: int = MOST_LISTED) -> list[Job]:
    """List jobs, the newest first, those before one of them."""
    query = select(job_table).order_by(job_table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(job_table.c.id < before)
    return [_job(row) for row in (await connection.execute(query)).mappings()]


async def find_newest_job(connection: AsyncConnection, kind: str) -> Job | None:
    """Find the job of a kind that was asked for last; None where there was none."""
    query = select(job_table).where(job_table.c.kind == kind).order_by(job_table.c.id.desc()).limit(1)
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else _job(row)


async def claim_job(connection: AsyncConnection, kinds: Collection[str], *, job_id: int | None = None) -> Job | None:
    """Take the oldest job that waits, or whose worker is gone, of the kinds that the caller knows; or that one job.

    Several workers never get the same: a job in another's hands is passed over.
    """
    await _give_up(connection)
    waiting = or_(job_table.c.state == "queued", and_(job_table.c.state == "running", _is_stale()))
    query = select(job_table.c.id).where(waiting, job_table.c.kind.in_(kinds)).order_by(job_table.c.id).limit(1)
    if job_id is not None:
        query = query.where(job_table.c.id == job_id)
    taken = {
        "state": "running",
        "claim": job_table.c.claim + 1,
        "tries": job_table.c.tries + 1,
        "started_at": func.coalesce(job_table.c.started_at, func.now()),
        "heartbeat_at": func.now(),
    }
    chosen = query.with_for_update(skip_locked=True).scalar_subquery()
    return await _change(connection, update(job_table).where(job_table.c.id == chosen).values(taken))


async def _give_up(connection: AsyncConnection) -> None:
    """End jobs that lost worker after worker without getting any further."""
    lost = and_(job_table.c.state == "running", _is_stale(), job_table.c.tries >= MOST_TRIES)
    error = f"its worker was lost {MOST_TRIES} times without getting any further"
    query = select(job_table.c.id).where(lost).with_for_update(skip_locked=True)
    ended = {"state": "failed", "error": error, "finished_at": func.now()}
    await connection.execute(update(job_table).where(job_table.c.id.in_(query)).values(ended))


def _is_stale() -> ColumnElement[bool]:
    return job_table.c.heartbeat_at < func.now() - text(f"interval '{STALE_SECONDS} seconds'")


async def list_heartbeats(connection: AsyncConnection, kinds: Collection[str]) -> dict[int, datetime]:
    """Give when the workers of running jobs were last heard of, by job."""
    is_running = and_(job_table.c.state == "running", job_table.c.kind.in_(kinds))
    rows = await connection.execute(select(job_table.c.id, job_table.c.heartbeat_at).where(is_running))
    return {row.id: row.heartbeat_at for row in rows}


async def keep_alive(connection: AsyncConnection, job: Job) -> None:
    """Say that the job's worker lives. Raises JobLostError."""
    own = update(job_table).where(_is_own(job)).values(heartbeat_at=func.now())
    if (await connection.execute(own)).rowcount == 0:
        raise JobLostError(job.id)


async def save_progress(connection: AsyncConnection, job: Job, progress: Progress) -> Job:
    """Save what a portion did, as the last statement of the portion's own transaction. Raises JobLostError."""
    values = {"done": progress.done, "total": progress.total, "progress": progress.state, "tries": 0}
    return await _change_own(connection, job, values | {"heartbeat_at": func.now()})


async def finish_job(connection: AsyncConnection, job: Job, result: Mapping[str, object]) -> Job:
    """End a job whose work is done. Raises JobLostError."""
    return await _change_own(connection, job, {"state": "done", "result": result, "finished_at": func.now()})


async def fail_job(connection: AsyncConnection, job: Job, error: str) -> Job:
    """End a job that cannot be done; `error` is for the person who has to act on it. Raises JobLostError."""
    return await _change_own(connection, job, {"state": "failed", "error": error, "finished_at": func.now()})


async def release_job(connection: AsyncConnection, job: Job) -> Job:
    """Put a job back into the queue, with the progress it made. Raises JobLostError."""
    released = await _change_own(connection, job, {"state": "queued"})
    await _tell(connection, QUEUED_CHANNEL, job.id)
    return released


async def cancel_job(connection: AsyncConnection, job_id: int, *, act: Act) -> Job | None:
    """End a job that waits or runs; what its portions did stays done. None if there is none that has not ended."""
    if abs(job_id) > MOST_ID:
        return None
    is_open = and_(job_table.c.id == job_id, job_table.c.state.not_in(ENDED))
    values = {"state": "cancelled", "finished_at": func.now()}
    cancelled = await _change(connection, update(job_table).where(is_open).values(values))
    if cancelled is not None:
        await record_activity(connection, act=act, what="job.cancelled", record=f"job:{job_id}")
    return cancelled


async def _change_own(connection: AsyncConnection, job: Job, values: Mapping[str, object]) -> Job:
    changed = await _change(connection, update(job_table).where(_is_own(job)).values(values))
    if changed is None:
        raise JobLostError(job.id)
    return changed


def _is_own(job: Job) -> ColumnElement[bool]:
    return and_(job_table.c.id == job.id, job_table.c.claim == job.claim, job_table.c.state == "running")


async def _change(connection: AsyncConnection, change: Update) -> Job | None:
    """Change at most one job, and tell those who watch it."""
    row = (await connection.execute(change.returning(job_table))).mappings().one_or_none()
    if row is None:
        return None
    await _tell(connection, CHANGED_CHANNEL, row["id"])
    return _job(row)


def _job(row: RowMapping) -> Job:
    known = {name: row[name] for name in Job.__struct_fields__}
    return Job(**known | {"progress": row["progress"] or {}})


async def _tell(connection: AsyncConnection, channel: str, job_id: int) -> None:
    await connection.execute(select(func.pg_notify(channel, str(job_id))))
