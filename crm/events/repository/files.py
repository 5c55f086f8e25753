"""The SQL of files of events."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.events.tables import event_file
from crm.files.model import NewFile
from crm.files.tables import file_content

_file = event_file.c


class EventFile(Struct, frozen=True):
    """What is known of a file of an event; a recording is played by right and kept for a time only."""

    id: int
    event_id: int
    name: str
    media_type: str
    is_recording: bool
    size: int
    hash: bytes
    actor: str
    at: datetime


_COLUMNS = (*(_file[name] for name in EventFile.__struct_fields__ if name != "size"), file_content.c.size)


async def list_files(connection: AsyncConnection, event_id: int) -> list[EventFile]:
    """List the files of an event, the first that was kept first."""
    query = select(*_COLUMNS).join_from(event_file, file_content).where(_file.event_id == event_id).order_by(_file.id)
    return [convert(row, EventFile, from_attributes=True) for row in await connection.execute(query)]


async def find_file(connection: AsyncConnection, event_id: int, file_id: int) -> EventFile | None:
    """Find a file of an event."""
    query = select(*_COLUMNS).join_from(event_file, file_content)
    row = (await connection.execute(query.where(_file.event_id == event_id, _file.id == file_id))).one_or_none()
    return None if row is None else convert(row, EventFile, from_attributes=True)


async def count_files(connection: AsyncConnection, event_id: int) -> int:
    """Count the files of an event."""
    query = select(func.count()).select_from(event_file).where(_file.event_id == event_id)
    return int((await connection.execute(query)).scalar_one())


async def insert_file(
    connection: AsyncConnection, event_id: int, file: NewFile, *, is_recording: bool, actor: str, now: datetime
) -> int:
    """Let an event have a file whose content is kept, and give its identifier."""
    values = {
        "event_id": event_id,
        "name": file.name,
        "media_type": file.media_type,
        "is_recording": is_recording,
        "hash": file.hash,
        "actor": actor,
        "at": now,
    }
    return int((await connection.execute(insert(event_file).values(values).returning(_file.id))).scalar_one())


async def delete_file(connection: AsyncConnection, file_id: int) -> None:
    """Take a file off its event; its content stays."""
    await connection.execute(delete(event_file).where(_file.id == file_id))


async def list_old_recordings(connection: AsyncConnection, *, before: datetime, limit: int) -> Sequence[EventFile]:
    """List recordings that were kept before a moment, the oldest first, passing over those that others work at."""
    query = select(*_COLUMNS).join_from(event_file, file_content).where(_file.is_recording, _file.at < before)
    rows = await connection.execute(
        query.order_by(_file.at).limit(limit).with_for_update(of=event_file, skip_locked=True)
    )
    return [convert(row, EventFile, from_attributes=True) for row in rows]


async def load_bytes(connection: AsyncConnection, content_hash: bytes, *, start: int, length: int) -> bytes:
    """Load so many bytes of a content from a place on; the first byte is at 0."""
    part = func.substring(file_content.c.content, start + 1, length)
    return bytes((await connection.execute(select(part).where(file_content.c.hash == content_hash))).scalar_one())
