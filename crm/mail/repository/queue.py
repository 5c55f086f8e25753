"""The SQL of messages that go out: claimed, marked before their bytes go, answered behind the server's word.

Key idea: as with recipients of mailings the row is the queue, and the number of the try tells claims apart: who lost
one neither marks nor answers. A claim that nobody answered in time is somebody's again; where the message was marked
it may come twice, under one name, and says so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import convert
from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.files.model import NewFile
from crm.files.tables import file_content
from crm.mail.model import Message
from crm.mail.tables import mail_file, mail_message

AT_ONCE: Final = 5
CLAIMED_FOR: Final = timedelta(minutes=15)
"""Longer than so many messages take on the slowest server."""
DOUBTFUL: Final = "the sender ended while it was being sent: it may have come twice"
_kept = mail_message.c


async def claim(connection: AsyncConnection, *, now: datetime) -> list[Message]:
    """Claim messages that are due, the longest due first; what was in hand and never answered is due too."""
    due = select(_kept.id).where(_kept.state.in_(("queued", "sending")), _kept.due_at <= now)
    chosen = due.order_by(_kept.due_at, _kept.id).limit(AT_ONCE).with_for_update(skip_locked=True)
    columns = [_kept[name] for name in Message.__struct_fields__]
    marked = update(mail_message).where(_kept.id.in_(chosen)).returning(*columns)
    values = {
        "state": "sending",
        "due_at": now + CLAIMED_FOR,
        "tries": _kept.tries + 1,
        "problem": case((_kept.data_at.is_not(None), DOUBTFUL), else_=_kept.problem),
        "data_at": None,
    }
    rows = await connection.execute(marked.values(values))
    return sorted((convert(row, Message, from_attributes=True) for row in rows), key=lambda one: one.id)


async def mark(connection: AsyncConnection, message: Message, *, now: datetime) -> bool:
    """Write down that the bytes of a claimed message go out now; False where the claim had ended."""
    marked = update(mail_message).where(*_own(message)).values(data_at=now, due_at=now + CLAIMED_FOR)
    return bool((await connection.execute(marked)).rowcount)


async def answer(connection: AsyncConnection, message: Message, values: dict[str, object]) -> bool:
    """Write down what became of a claimed message; False where the claim had ended and somebody else has it."""
    return bool((await connection.execute(update(mail_message).where(*_own(message)).values(values))).rowcount)


async def list_names(connection: AsyncConnection, thread_id: int, *, before: int) -> Sequence[str]:
    """List the names of the messages of a thread that stand before one, the oldest first."""
    query = select(_kept.message_id).where(
        _kept.thread_id == thread_id, _kept.id != before, _kept.message_id.is_not(None), _kept.state != "draft"
    )
    return list((await connection.execute(query.order_by(_kept.at, _kept.id))).scalars())


async def load_files(connection: AsyncConnection, message_id: int) -> list[NewFile]:
    """Load the files of a message with what they hold."""
    columns = (mail_file.c.name, mail_file.c.media_type, file_content.c.content, mail_file.c.hash)
    query = select(*columns).join_from(mail_file, file_content).where(mail_file.c.message_id == message_id)
    rows = await connection.execute(query.order_by(mail_file.c.position, mail_file.c.id))
    return [NewFile(row.name, row.media_type, bytes(row.content), bytes(row.hash)) for row in rows]


async def count_bytes(connection: AsyncConnection, message_id: int) -> tuple[int, int]:
    """Count the files of a message and what they hold."""
    query = select(func.count(), func.coalesce(func.sum(file_content.c.size), 0)).join_from(mail_file, file_content)
    row = (await connection.execute(query.where(mail_file.c.message_id == message_id))).one()
    return int(row[0]), int(row[1])


def _own(message: Message) -> tuple[ColumnElement[bool], ...]:
    """Say that a claim is still the one by which somebody has a message."""
    return _kept.id == message.id, _kept.state == "sending", _kept.tries == message.tries
