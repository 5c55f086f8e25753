"""Use case of a message that came: kept, put into its thread, tied to its party, registered; a report is acted on.

Key idea: the message and the mark of how far the mailbox was read are saved in one transaction, under the mailbox's
lock and by the server's own count. So whoever reads at the same time, and whoever is killed, loses and doubles nothing.
Where the server begins to count anew, all is read again, and what is there already is known by its name.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.files.model import NewFile
from crm.files.repository import put_content
from crm.mail.bounces import Bounce, read_bounce
from crm.mail.mime import parse_tree
from crm.mail.model import Message
from crm.mail.reading import Read, read_message
from crm.mail.registering import Surroundings, register
from crm.mail.repository import arriving
from crm.mail.repository import messages as repository
from crm.mail.repository.arriving import Followed
from crm.mail.returning import take_bounce
from crm.mail.tying import find_party, holds
from crm.mailboxes.repository import lock_mark, put_mark
from crm.recipients.model import read_message_name
from crm.recipients.repository import Written, find_written, note_reply
from database.activity import Act

MESSAGE_TYPE: Final = "message/rfc822"
CUT: Final = "It was too large: what stands here is its beginning."


class Arrived(Struct, frozen=True):
    """A message as the server gives it: its number in the count, its bytes, when it came, whether somebody read it."""

    validity: int
    uid: int
    raw: bytes
    at: datetime
    is_seen: bool
    is_cut: bool


class Understood(Struct, frozen=True):
    """A message with what it says, and what it reports to have come back where it does."""

    arrived: Arrived
    read: Read
    bounce: Bounce | None


def understand(arrived: Arrived, *, now: datetime) -> Understood:
    """Read a message; this takes time with large ones and touches nothing."""
    tree = parse_tree(arrived.raw)
    return Understood(arrived, read_message(tree, now=now), read_bounce(tree))


async def begin_count(connection: AsyncConnection, mailbox_id: int, validity: int) -> int:
    """Give behind which number of the server's count a mailbox is to be read; a new count begins at the beginning."""
    known, last_uid = await lock_mark(connection, mailbox_id)
    if known == validity:
        return last_uid
    await arriving.forget_numbers(connection, mailbox_id)
    await put_mark(connection, mailbox_id, validity, 0)
    return 0


async def take_message(
    connection: AsyncConnection, mailbox_id: int, came: Understood, *, around: Surroundings, act: Act
) -> int | None:
    """Keep a message, and that the mailbox was read up to it; None for one that somebody else took already."""
    arrived = came.arrived
    validity, last_uid = await lock_mark(connection, mailbox_id)
    if validity != arrived.validity or arrived.uid <= last_uid:
        return None
    await put_mark(connection, mailbox_id, validity, arrived.uid)
    source = NewFile("", MESSAGE_TYPE, arrived.raw, sha256(arrived.raw).digest())
    left = await arriving.find_left(connection, mailbox_id, came.read.message_id, source.hash)
    if left is not None:
        await repository.update_message(connection, left, {"imap_uid": arrived.uid})
        return left
    await put_content(connection, source, now=act.at)
    return await _keep(connection, mailbox_id, came, source.hash, around=around, act=act)


async def _keep(
    connection: AsyncConnection, mailbox_id: int, came: Understood, raw: bytes, *, around: Surroundings, act: Act
) -> int:
    """Keep a new message. A report of what we sent acts, and does not stand among what people read."""
    is_report = came.bounce is not None and await take_bounce(connection, mailbox_id, came.bounce, act=act)
    followed = await arriving.list_followed(connection, mailbox_id, came.read.answers)
    answered = None if is_report else await _find_answered(connection, came.read)
    party_id = None if is_report else await _find_party(connection, came.read, answered, followed)
    values = _values(came, raw, is_report=is_report, act=act) | {"mailbox_id": mailbox_id, "party_id": party_id}
    thread_id = followed[0].thread_id if followed else None
    message_id = await repository.insert_message(connection, values | {"thread_id": thread_id})
    await _join(connection, mailbox_id, message_id, came.read.message_id)
    await _keep_files(connection, message_id, came.read, act=act)
    if answered is not None and not came.read.is_automatic:
        await note_reply(connection, answered.id, now=act.at)
    if not is_report:
        message = await load(connection, message_id)
        files = await repository.list_files(connection, [message_id])
        written_at = came.read.written_at
        await register(connection, message, files, what="received", written_at=written_at, around=around, act=act)
    return message_id


async def load(connection: AsyncConnection, message_id: int) -> Message:
    """Load a message that was just kept."""
    message = await repository.find_message(connection, message_id)
    assert message is not None, "the transaction made it"
    return message


async def _find_answered(connection: AsyncConnection, read: Read) -> Written | None:
    """Find the recipient of a mailing whose message is answered."""
    names = [found for one in read.answers if (found := read_message_name(one)) is not None]
    for mailing_id, recipient_id in names:
        written = await find_written(connection, mailing_id, recipient_id)
        if written is not None:
            return written
    return None


async def _find_party(
    connection: AsyncConnection, read: Read, answered: Written | None, followed: Sequence[Followed]
) -> int | None:
    """Find whose a message is; an answer to a mailing is its recipient's, from whichever address it comes."""
    party_id = None if answered is None else answered.party_id
    if party_id is not None and await holds(connection, party_id, may_be_archived=True):
        return party_id
    return await find_party(connection, read.sender.address, [one.party_id for one in followed])


async def _join(connection: AsyncConnection, mailbox_id: int, message_id: int, name: str | None) -> None:
    """Put together what waited for this message in other threads, for it came before."""
    waiting = [] if name is None else await arriving.list_waiting_threads(connection, mailbox_id, name)
    own = (await load(connection, message_id)).thread_id
    assert own is not None, "every message has a thread"
    threads: Sequence[int] = sorted({own, *waiting})
    if len(threads) > 1:
        await arriving.join_threads(connection, threads[0], threads[1:])


async def _keep_files(connection: AsyncConnection, message_id: int, read: Read, *, act: Act) -> None:
    for one in read.files:
        await put_content(connection, one.file, now=act.at)
    rows = [
        {
            "name": one.file.name,
            "media_type": one.file.media_type,
            "hash": one.file.hash,
            "content_id": one.content_id,
        }
        for one in read.files
    ]
    await repository.insert_files(connection, message_id, rows)


def _values(came: Understood, raw: bytes, *, is_report: bool, act: Act) -> dict[str, object]:
    read, arrived = came.read, came.arrived
    return {
        "flow": "incoming",
        "state": "received",
        "message_id": read.message_id,
        "in_reply_to": read.answers[0] if read.answers else None,
        "from_address": read.sender.address,
        "from_name": read.sender.name,
        "reply_to": read.reply_to,
        "to_addresses": list(read.to),
        "cc_addresses": list(read.cc),
        "bcc_addresses": [],
        "subject": read.subject,
        "text": read.text,
        "html": read.html,
        "raw": raw,
        "imap_uid": arrived.uid,
        "at": min(arrived.at, act.at),
        "read_at": act.at if arrived.is_seen or is_report else None,
        "tries": 0,
        "problem": CUT if arrived.is_cut else None,
        "version": 1,
        "archived_at": act.at if is_report else None,
    }
