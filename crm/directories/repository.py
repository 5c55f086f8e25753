"""All SQL of directories."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import convert
from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.model import Directory, Entry, PartyKind
from crm.directories.tables import directory_entry

_COLUMNS = tuple(
    directory_entry.c[name] for name in ("id", "directory", "code", "names", "position", "party_kind", "version")
)
_IS_ARCHIVED = directory_entry.c.archived_at.is_not(None).label("is_archived")


async def list_entries(connection: AsyncConnection, directory: Directory) -> list[Entry]:
    """List a directory in its order, archived entries at their places."""
    query = _entries().where(directory_entry.c.directory == directory)
    rows = await connection.execute(query.order_by(directory_entry.c.position, directory_entry.c.id))
    return [convert(row, Entry, from_attributes=True) for row in rows]


async def find_entry(connection: AsyncConnection, directory: Directory, code: str) -> Entry | None:
    """Find an entry by its code."""
    query = _entries().where(directory_entry.c.directory == directory, directory_entry.c.code == code)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else convert(row, Entry, from_attributes=True)


def _entries() -> Select[*tuple[object, ...]]:
    return select(*_COLUMNS, _IS_ARCHIVED)


async def insert_entry(
    connection: AsyncConnection,
    directory: Directory,
    code: str,
    *,
    names: Mapping[str, str],
    party_kind: PartyKind | None,
    position: int,
) -> int:
    """Make an entry and give its identifier."""
    values = {"directory": directory, "code": code, "names": names, "party_kind": party_kind, "position": position}
    made = await connection.execute(insert(directory_entry).values(values).returning(directory_entry.c.id))
    return int(made.scalar_one())


async def update_entry(
    connection: AsyncConnection, entry_id: int, *, names: Mapping[str, str], archived_at: datetime | None
) -> None:
    """Give an entry its names and say since when it is archived; its version is the next one."""
    values = {"names": names, "archived_at": archived_at, "version": directory_entry.c.version + 1}
    await connection.execute(update(directory_entry).where(directory_entry.c.id == entry_id).values(values))


async def update_positions(connection: AsyncConnection, ids: Iterable[int]) -> None:
    """Let entries stand in this order, from 1 on."""
    for position, entry_id in enumerate(ids, 1):
        where = (directory_entry.c.id == entry_id, directory_entry.c.position != position)
        await connection.execute(update(directory_entry).where(*where).values(position=position))


async def delete_entry(connection: AsyncConnection, entry_id: int) -> bool:
    """Delete an entry, and tell whether it could be: one that anything refers to stays."""
    try:
        async with connection.begin_nested():
            await connection.execute(delete(directory_entry).where(directory_entry.c.id == entry_id))
    except IntegrityError:
        return False
    return True
