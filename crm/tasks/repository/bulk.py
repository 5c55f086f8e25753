"""The SQL of acts on many tasks at once, each kept with what was before."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import convert, to_builtins
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.tasks.model import Bulk, BulkAct, Kept
from crm.tasks.tables import task_bulk

_bulk = task_bulk.c


async def insert_bulk(
    connection: AsyncConnection, what: BulkAct, kept: Sequence[Kept], *, user_id: int, refused: int, now: datetime
) -> int:
    """Keep an act on many tasks and give its identifier."""
    values = {"user_id": user_id, "act": what, "at": now, "refused": refused, "kept": to_builtins(kept)}
    return int((await connection.execute(insert(task_bulk).values(values).returning(_bulk.id))).scalar_one())


async def find_bulk(connection: AsyncConnection, bulk_id: int, user_id: int, *, is_locked: bool = False) -> Bulk | None:
    """Find an act on many tasks that somebody did."""
    columns = [_bulk[name] for name in Bulk.__struct_fields__]
    query = select(*columns).where(_bulk.id == bulk_id, _bulk.user_id == user_id)
    row = (await connection.execute(query.with_for_update() if is_locked else query)).one_or_none()
    return None if row is None else convert(row, Bulk, from_attributes=True)


async def put_undone(connection: AsyncConnection, bulk_id: int, *, now: datetime) -> None:
    """Note that an act was taken back."""
    await connection.execute(update(task_bulk).where(_bulk.id == bulk_id).values(undone_at=now))
