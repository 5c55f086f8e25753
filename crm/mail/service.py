"""Use cases of messages that stand: read, opened, put away, their files and their source."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.files.repository import load_content
from crm.mail.errors import MailFileUnknownError, MailNotFoundError, MailRefusedError
from crm.mail.model import File, Message
from crm.mail.registering import record
from crm.mail.repository import messages as repository
from database.activity import Act
from database.identifiers import MOST_ID

MOST_AT_ONCE: Final = 200
list_files = repository.list_files


class Thread(Struct, frozen=True):
    """A message with all of its thread, the oldest first, and the files of each."""

    message: Message
    messages: Sequence[Message]
    files: dict[int, list[File]]


async def load_message(connection: AsyncConnection, message_id: int, *, is_locked: bool = False) -> Message:
    """Load a message. Raises MailNotFoundError."""
    known = 0 < message_id <= MOST_ID
    found = await repository.find_message(connection, message_id, is_locked=is_locked) if known else None
    if found is None:
        raise MailNotFoundError("there is no such message")
    return found


async def load_thread(connection: AsyncConnection, message_id: int) -> Thread:
    """Load a message with its thread. Raises MailNotFoundError."""
    message = await load_message(connection, message_id)
    assert message.thread_id is not None, "every message has a thread"
    messages = await repository.list_thread(connection, message.thread_id)
    files: dict[int, list[File]] = {one.id: [] for one in messages}
    for file in await repository.list_files(connection, list(files)):
        files[file.message_id].append(file)
    return Thread(message, messages, files)


async def note_read(connection: AsyncConnection, ids: Sequence[int], *, is_read: bool, act: Act) -> int:
    """Note that messages were read by somebody here, or that they are to be read again; tells how many changed."""
    wanted = [one for one in ids if 0 < one <= MOST_ID][:MOST_AT_ONCE]
    changed = await repository.mark_read(connection, wanted, now=act.at if is_read else None)
    if changed:
        await record(connection, await load_message(connection, wanted[0]), _READ[is_read], act=act, is_shown=False)
    return changed


async def archive_threads(connection: AsyncConnection, ids: Sequence[int], *, is_archived: bool, act: Act) -> int:
    """Put the threads of messages away, or take them up again; tells how many messages moved.

    Raises MailNotFoundError, MailRefusedError for too many.
    """
    if not 0 < len(ids) <= MOST_AT_ONCE:
        raise MailRefusedError(f"name 1 to {MOST_AT_ONCE} messages at once", field="messages")
    moved = 0
    for message_id in sorted(set(ids)):
        thread = await load_thread(connection, message_id)
        for one in thread.messages:
            if one.state != "draft" and (one.archived_at is not None) != is_archived:
                await repository.update_message(connection, one.id, {"archived_at": act.at if is_archived else None})
                moved += 1
        await record(connection, thread.message, "archived" if is_archived else "restored", act=act, is_shown=False)
    return moved


async def open_file(connection: AsyncConnection, message_id: int, file_id: int) -> tuple[File, bytes]:
    """Load a file of a message with what it holds. Raises MailFileUnknownError."""
    known = 0 < message_id <= MOST_ID and 0 < file_id <= MOST_ID
    file = await repository.find_file(connection, message_id, file_id) if known else None
    if file is None:
        raise MailFileUnknownError("the message has no such file: it may have been removed meanwhile")
    return file, await load_content(connection, file.hash)


async def open_source(connection: AsyncConnection, message_id: int) -> bytes:
    """Load the bytes of a message as they came or went. Raises MailNotFoundError, MailFileUnknownError for a draft."""
    message = await load_message(connection, message_id)
    if message.raw is None:
        raise MailFileUnknownError("the message has no source: it has not gone out yet")
    return await load_content(connection, message.raw)


_READ: Final = {True: "read", False: "unread"}
