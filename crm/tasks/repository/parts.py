"""The SQL of what is kept with a task: comments, entries of time, resources, files by version, and tied documents."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

from msgspec import Struct, convert
from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_keep
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.files.tables import file_content
from crm.tasks.tables import task_comment, task_document, task_file, task_resource, task_time

MOST_SHOWN = 1_000
"""No task has more of anything, see `crm.tasks.parts`."""
T = TypeVar("T", bound=Struct)


class Comment(Struct, frozen=True):
    """What somebody said about a task, and the users whom it names."""

    id: int
    actor: str
    at: datetime
    text: str
    mentions: tuple[int, ...]


class TimeEntry(Struct, frozen=True):
    """Work on a task: so many minutes of somebody's on a day."""

    id: int
    user_id: int
    on_date: date
    minutes: int
    note: str | None


class Resource(Struct, frozen=True):
    """Something that a task takes: planned and actual quantity in millionths of its unit."""

    id: int
    name: str
    unit: str
    planned: int
    actual: int

    @property
    def difference(self) -> int:
        """How much more was taken than was planned; negative where it was less."""
        return self.actual - self.planned


class TaskFile(Struct, frozen=True):
    """A version of a file of a task; its content is found by its hash."""

    id: int
    name: str
    version: int
    media_type: str
    size: int
    hash: bytes
    actor: str
    at: datetime


async def list_comments(connection: AsyncConnection, task_id: int) -> Sequence[Comment]:
    """List what was said about a task, the oldest first."""
    return await _list(connection, Comment, task_comment, task_id, task_comment.c.id)


async def list_times(connection: AsyncConnection, task_id: int) -> Sequence[TimeEntry]:
    """List the work on a task, the newest day first."""
    return await _list(connection, TimeEntry, task_time, task_id, task_time.c.on_date.desc(), task_time.c.id.desc())


async def list_resources(connection: AsyncConnection, task_id: int) -> Sequence[Resource]:
    """List what a task takes, as it was put."""
    return await _list(connection, Resource, task_resource, task_id, task_resource.c.position, task_resource.c.id)


async def _list(
    connection: AsyncConnection, row_type: type[T], table: Table, task_id: int, *order: object
) -> Sequence[T]:
    query = select(*(table.c[name] for name in row_type.__struct_fields__)).where(table.c.task_id == task_id)
    rows = await connection.execute(query.order_by(*order).limit(MOST_SHOWN))  # type: ignore[arg-type] # columns and their orders
    return [convert(row, row_type, from_attributes=True) for row in rows]


async def count_parts(connection: AsyncConnection, table: Table, task_id: int) -> int:
    """Count what a task has of something."""
    query = select(func.count()).select_from(table).where(table.c.task_id == task_id)
    return int((await connection.execute(query)).scalar_one())


async def insert_part(connection: AsyncConnection, table: Table, values: Mapping[str, object]) -> int:
    """Give a task something, and give its identifier."""
    return int((await connection.execute(insert(table).values(values).returning(table.c.id))).scalar_one())


async def update_resource(connection: AsyncConnection, resource_id: int, values: Mapping[str, object]) -> None:
    """Write a resource anew."""
    await connection.execute(update(task_resource).where(task_resource.c.id == resource_id).values(values))


async def next_position(connection: AsyncConnection, task_id: int) -> int:
    """Give the place behind a task's resources."""
    query = select(func.coalesce(func.max(task_resource.c.position), 0) + 1)
    return int((await connection.execute(query.where(task_resource.c.task_id == task_id))).scalar_one())


async def delete_part(connection: AsyncConnection, table: Table, part_id: int) -> None:
    """Take something off its task."""
    await connection.execute(delete(table).where(table.c.id == part_id))


async def list_files(connection: AsyncConnection, task_id: int) -> Sequence[TaskFile]:
    """List the files of a task by name, the newest version of each first."""
    columns = [file_content.c.size if name == "size" else task_file.c[name] for name in TaskFile.__struct_fields__]
    query = select(*columns).join_from(task_file, file_content).where(task_file.c.task_id == task_id)
    rows = await connection.execute(query.order_by(func.sort_key(task_file.c.name), task_file.c.version.desc()))
    return [convert(row, TaskFile, from_attributes=True) for row in rows]


async def insert_document(connection: AsyncConnection, values: Mapping[str, object]) -> bool:
    """Tie a document to a task, and tell whether it was not yet."""
    tied = await connection.execute(insert_or_keep(task_document).values(values).on_conflict_do_nothing())
    return bool(tied.rowcount)


async def delete_document(connection: AsyncConnection, task_id: int, record: str) -> bool:
    """Untie a document from a task, and tell whether it was tied."""
    tied = task_document.c.task_id == task_id, task_document.c.record == record
    return bool((await connection.execute(delete(task_document).where(*tied))).rowcount)


async def list_documents(connection: AsyncConnection, task_id: int) -> list[str]:
    """List the documents that are tied to a task, the first tied first."""
    query = select(task_document.c.record).where(task_document.c.task_id == task_id)
    rows = await connection.execute(query.order_by(task_document.c.at, task_document.c.record).limit(MOST_SHOWN))
    return list(rows.scalars())
