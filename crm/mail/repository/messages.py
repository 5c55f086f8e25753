"""The SQL of messages themselves and of their files."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import convert
from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.files.tables import file_content
from crm.mail.model import File, Message
from crm.mail.tables import mail_file, mail_message

Values = Mapping[str, object]
MOST_IN_THREAD = 200
_kept = mail_message.c
_file = mail_file.c


async def find_message(connection: AsyncConnection, message_id: int, *, is_locked: bool = False) -> Message | None:
    """Find a message, and if asked for let nobody else change it until the transaction ends."""
    query = _messages().where(_kept.id == message_id)
    row = (await connection.execute(query.with_for_update(key_share=True) if is_locked else query)).one_or_none()
    return None if row is None else convert(row, Message, from_attributes=True)


async def insert_message(connection: AsyncConnection, values: Values) -> int:
    """Add a message and give its identifier; one of no thread begins its own."""
    message_id = int((await connection.execute(insert(mail_message).values(values).returning(_kept.id))).scalar_one())
    if values.get("thread_id") is None:
        await update_message(connection, message_id, {"thread_id": message_id})
    return message_id


async def update_message(connection: AsyncConnection, message_id: int, values: Values) -> None:
    """Change columns of a message."""
    await connection.execute(update(mail_message).where(_kept.id == message_id).values(values))


async def delete_message(connection: AsyncConnection, message_id: int) -> None:
    """Delete a draft with what it says; others stand in its thread at most behind it."""
    await connection.execute(delete(mail_message).where(_kept.id == message_id))


async def list_thread(connection: AsyncConnection, thread_id: int) -> list[Message]:
    """List the messages of a thread, the oldest first, the newest of a bounded number."""
    newest = _messages().where(_kept.thread_id == thread_id).order_by(_kept.at.desc(), _kept.id.desc())
    rows = (await connection.execute(newest.limit(MOST_IN_THREAD))).all()
    return [convert(row, Message, from_attributes=True) for row in reversed(rows)]


async def find_blank_draft(connection: AsyncConnection, author_id: int | None) -> int | None:
    """Find a draft of somebody in which nothing stands yet."""
    empty = (_kept.subject == "", _kept.text == "", func.cardinality(_kept.to_addresses) == 0)
    has_file = select(_file.id).where(_file.message_id == _kept.id).exists()
    query = select(_kept.id).where(_kept.state == "draft", _kept.author_id == author_id, *empty, ~has_file)
    query = query.where(_kept.party_id.is_(None), _kept.in_reply_to.is_(None), _kept.flow == "outgoing")
    return (await connection.execute(query.order_by(_kept.id).limit(1))).scalar_one_or_none()


async def insert_files(connection: AsyncConnection, message_id: int, files: Sequence[Values]) -> None:
    """Let a message have files whose contents are kept, behind those that it has."""
    if files:
        last = select(func.coalesce(func.max(_file.position), 0)).where(_file.message_id == message_id)
        behind = int((await connection.execute(last)).scalar_one())
        rows = [{**one, "message_id": message_id, "position": behind + place} for place, one in enumerate(files, 1)]
        await connection.execute(insert(mail_file), rows)


async def list_files(connection: AsyncConnection, message_ids: Collection[int]) -> list[File]:
    """List the files of messages, each message's in their order."""
    query = _files().where(_file.message_id.in_(message_ids)).order_by(_file.message_id, _file.position, _file.id)
    return [convert(row, File, from_attributes=True) for row in await connection.execute(query)]


async def find_file(connection: AsyncConnection, message_id: int, file_id: int) -> File | None:
    """Find a file of a message."""
    query = _files().where(_file.message_id == message_id, _file.id == file_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else convert(row, File, from_attributes=True)


async def delete_file(connection: AsyncConnection, file_id: int) -> None:
    """Take a file off its message; its content stays."""
    await connection.execute(delete(mail_file).where(_file.id == file_id))


async def mark_read(connection: AsyncConnection, ids: Collection[int], *, now: datetime | None) -> int:
    """Note that incoming messages were read, or that they are unread again; tells how many were not so before."""
    other = _kept.read_at.is_not(None) if now is None else _kept.read_at.is_(None)
    changed = update(mail_message).where(_kept.id.in_(ids), _kept.flow == "incoming", other)
    return (await connection.execute(changed.values(read_at=now))).rowcount


def _messages() -> Select[*tuple[object, ...]]:
    return select(*(_kept[name] for name in Message.__struct_fields__))


def _files() -> Select[*tuple[object, ...]]:
    own = (_file[name] for name in File.__struct_fields__ if name != "size")
    return select(*own, file_content.c.size).join_from(mail_file, file_content)
