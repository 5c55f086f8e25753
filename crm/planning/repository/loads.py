"""The SQL of the workload: the tasks and events that lie in a period, of some colleagues.

Its conditions are those of the indexes `task_planned` and `task_undated`, written as they stand there: however many
tasks were planned before and behind a period, only its own are read.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import convert
from sqlalchemy import Integer, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.events.model import MOST_SPAN
from crm.events.tables import event
from crm.planning.model import PlannedEvent, PlannedTask
from crm.tasks.tables import task, task_state

_NOTHING: Final = literal_column("0", Integer)


async def list_tasks(
    connection: AsyncConnection, user_ids: Sequence[int], *, since: datetime, until: datetime, most: int
) -> list[PlannedTask]:
    """List the tasks with planned time whose days, from beginning to due, meet a period; dropped ones left out."""
    kept = task.c
    first, last = func.coalesce(kept.starts_at, kept.due_at), func.coalesce(kept.due_at, kept.starts_at)
    days = func.tstzrange(first, last, literal_column("'[]'"))
    planned = (kept.planned_minutes > _NOTHING, kept.archived_at.is_(None), last.is_not(None))
    meets = (days.op("&&")(func.tstzrange(since, until)), kept.executor_id.in_(user_ids))
    columns = kept.executor_id.label("user_id"), kept.planned_minutes.label("minutes")
    query = (
        select(*columns, kept.starts_at, kept.due_at, kept.closed_at)
        .join_from(task, task_state, task_state.c.id == kept.state_id)
        .where(*planned, *meets, task_state.c.stage != "dropped")
    )
    rows = await connection.execute(query.order_by(kept.id).limit(most))
    return [convert(row, PlannedTask, from_attributes=True) for row in rows]


async def list_events(
    connection: AsyncConnection, user_ids: Sequence[int], *, since: datetime, until: datetime, most: int
) -> list[PlannedEvent]:
    """List the events with a beginning and an end that meet a period; cancelled ones left out.

    No event lasts longer than `MOST_SPAN`, so none is looked for that began earlier than that.
    """
    kept = event.c
    alive = (kept.archived_at.is_(None), kept.cancelled_at.is_(None), kept.responsible_id.in_(user_ids))
    meets = (kept.starts_at >= since - MOST_SPAN, kept.starts_at < until, kept.ends_at > since)
    columns = kept.responsible_id.label("user_id"), kept.starts_at, kept.ends_at, kept.is_all_day, kept.zone
    rows = await connection.execute(select(*columns).where(*alive, *meets).order_by(kept.id).limit(most))
    return [convert(row, PlannedEvent, from_attributes=True) for row in rows]


async def sum_undated(connection: AsyncConnection, user_ids: Sequence[int]) -> dict[int, int]:
    """Sum the planned minutes of the open tasks of each that have neither a beginning nor a due time."""
    kept = task.c
    is_open = (kept.closed_at.is_(None), kept.archived_at.is_(None), kept.executor_id.in_(user_ids))
    undated = (kept.starts_at.is_(None), kept.due_at.is_(None), kept.planned_minutes > _NOTHING)
    query = select(kept.executor_id, func.sum(kept.planned_minutes)).where(*is_open, *undated)
    return {row[0]: row[1] for row in await connection.execute(query.group_by(kept.executor_id))}
