"""The SQL of the ways that tasks went through their cycles."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.changes import Change
from crm.tasks.tables import task_change, task_state, task_state_change

MOST_SHOWN = 500
"""The states and the changes that a history shows, the newest."""


class Passed(Struct, frozen=True):
    """A task came into a state, by whom and why; `source` is None where it began."""

    source: str | None
    target: str
    at: datetime
    actor: str
    comment: str | None


async def insert_passed(
    connection: AsyncConnection,
    task_id: int,
    *,
    from_id: int | None,
    to_id: int,
    comment: str | None,
    actor: str,
    now: datetime,
) -> None:
    """Keep that a task came into a state."""
    values = {"task_id": task_id, "from_id": from_id, "to_id": to_id, "at": now, "actor": actor, "comment": comment}
    await connection.execute(insert(task_state_change).values(values))


async def list_passed(connection: AsyncConnection, task_id: int) -> Sequence[Passed]:
    """List the states that a task came through, the oldest first; of very many the newest."""
    source, target = task_state.alias("source"), task_state.alias("target")
    kept = task_state_change.c
    query = (
        select(source.c.code.label("source"), target.c.code.label("target"), kept.at, kept.actor, kept.comment)
        .select_from(
            task_state_change.join(target, target.c.id == kept.to_id).outerjoin(source, source.c.id == kept.from_id)
        )
        .where(kept.task_id == task_id)
    )
    rows = await connection.execute(query.order_by(kept.id.desc()).limit(MOST_SHOWN))
    return [convert(row, Passed, from_attributes=True) for row in rows][::-1]


async def list_changes(connection: AsyncConnection, task_id: int) -> Sequence[Change]:
    """List what was changed about a task, the newest first."""
    columns = (task_change.c[name] for name in Change.__struct_fields__)
    query = select(*columns).where(task_change.c.task_id == task_id).order_by(task_change.c.id.desc())
    rows = await connection.execute(query.limit(MOST_SHOWN))
    return [convert(row, Change, from_attributes=True) for row in rows]
