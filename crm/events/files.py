"""Use cases of files of events: photos, sheets and recordings of talks.

Key idea: a recording is told by what its bytes are, whoever sends it. It is heard by those who hold a right of its own,
every time somebody asks for bytes of it stands in the journal, and after a time that a setting gives it is gone.
"""

from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.events.errors import EventFileUnknownError, EventRefusedError
from crm.events.keeping import load_event, lock_event, tell
from crm.events.repository import files as repository
from crm.events.repository.files import EventFile
from crm.events.repository.series import detach
from crm.files.model import NewFile
from crm.files.repository import drop_content, load_content, put_content
from database.activity import Act
from database.identifiers import MOST_ID

MOST_FILES: Final = 50
RECORDINGS_AT_ONCE: Final = 200

list_files = repository.list_files


async def add_file(connection: AsyncConnection, event_id: int, file: NewFile, *, act: Act) -> EventFile:
    """Keep a file with an event. Raises EventUnknownError, EventRefusedError."""
    event = await lock_event(connection, event_id)
    if await repository.count_files(connection, event_id) >= MOST_FILES:
        raise EventRefusedError(f"an event has at most {MOST_FILES} files", field="file")
    await put_content(connection, file, now=act.at)
    is_recording = file.media_type.startswith("audio/")
    file_id = await repository.insert_file(
        connection, event_id, file, is_recording=is_recording, actor=act.actor, now=act.at
    )
    await detach(connection, event_id)
    what = "recording_added" if is_recording else "file_added"
    await tell(connection, what, event, act=act, data={"file": file_id, "size": len(file.content)})
    return await load_file(connection, event_id, file_id)


async def remove_file(connection: AsyncConnection, event_id: int, file_id: int, *, act: Act) -> None:
    """Take a file off an event; its content goes with the last who has it.

    Raises EventUnknownError, EventFileUnknownError.
    """
    event = await lock_event(connection, event_id)
    file = await load_file(connection, event_id, file_id)
    await repository.delete_file(connection, file_id)
    await drop_content(connection, file.hash)
    await tell(connection, "file_removed", event, act=act, data={"file": file_id, "size": file.size})


async def load_file(connection: AsyncConnection, event_id: int, file_id: int) -> EventFile:
    """Load what is known of a file. Raises EventFileUnknownError."""
    known = 0 < event_id <= MOST_ID and 0 < file_id <= MOST_ID
    file = await repository.find_file(connection, event_id, file_id) if known else None
    if file is None:
        raise EventFileUnknownError("the event has no such file: it may have been removed meanwhile")
    return file


async def open_file(connection: AsyncConnection, event_id: int, file_id: int) -> tuple[EventFile, bytes]:
    """Load a file that is no recording, with what it holds. Raises EventFileUnknownError."""
    file = await load_file(connection, event_id, file_id)
    if file.is_recording:
        raise EventFileUnknownError("a recording is played, by those who may")
    return file, await load_content(connection, file.hash)


async def play_recording(
    connection: AsyncConnection, event_id: int, file_id: int, *, start: int, length: int, act: Act
) -> tuple[EventFile, bytes]:
    """Load bytes of a recording from a place on, and tell who asked.

    Raises EventUnknownError, EventFileUnknownError.
    """
    event = await load_event(connection, event_id)
    file = await load_file(connection, event_id, file_id)
    if not file.is_recording:
        raise EventFileUnknownError("the file is no recording")
    content = await repository.load_bytes(connection, file.hash, start=start, length=length)
    await tell(connection, "recording_played", event, act=act, data={"file": file_id, "from": start})
    return file, content


async def forget_recordings(connection: AsyncConnection, *, before: datetime, act: Act) -> int:
    """Remove some recordings that were kept before a moment, and tell how many."""
    old = await repository.list_old_recordings(connection, before=before, limit=RECORDINGS_AT_ONCE)
    for file in old:
        await repository.delete_file(connection, file.id)
        await drop_content(connection, file.hash)
        event = await load_event(connection, file.event_id)
        await tell(connection, "recording_expired", event, act=act, data={"file": file.id})
    return len(old)
