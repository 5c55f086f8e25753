"""Use cases of drafts: begun, answered with, saved as somebody types, sent, thrown away.

Key idea: a draft is saved again and again while it is written, by whoever has it open, from the version that they saw;
the journal has that it was begun, sent or thrown away, and not every word. Sending puts it into the queue in the same
transaction that checks it; the worker does the rest.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.files.model import NewFile
from crm.files.repository import drop_content, put_content
from crm.mail.errors import MailChangedError, MailFileUnknownError, MailRefusedError, MailStateError
from crm.mail.model import MOST_FILE_BYTES, MOST_FILES, Draft, Message, begin_answer, check_draft
from crm.mail.registering import record
from crm.mail.repository import messages as repository
from crm.mail.repository.queue import count_bytes
from crm.mail.service import load_message
from crm.mail.tying import holds
from crm.mailboxes.errors import MailboxUnknownError
from crm.mailboxes.model import Mailbox
from crm.mailboxes.service import load_mailbox
from crm.parties.reaching import list_contacts
from database.activity import Act

_SENT_AGAIN: Final = frozenset({"draft", "failed"})


async def begin_draft(connection: AsyncConnection, draft: Draft, *, author_id: int | None, act: Act) -> Message:
    """Begin a draft; an empty one that its author has already is taken up. Raises MailRefusedError."""
    clean, box = await _check(connection, draft, is_ready=False)
    is_empty = clean == Draft(mailbox_id=clean.mailbox_id)
    blank = await repository.find_blank_draft(connection, author_id) if is_empty else None
    if blank is not None:
        return await load_message(connection, blank)
    return await _insert(connection, clean, box, {"author_id": author_id}, act=act)


async def begin_reply(
    connection: AsyncConnection, message_id: int, *, to_all: bool, said: str, author_id: int | None, act: Act
) -> Message:
    """Begin an answer to a message, to its writer or to all; `said` is the line above what is quoted.

    Raises MailNotFoundError, MailStateError for one that has not gone or come.
    """
    message = await load_message(connection, message_id)
    if message.state not in {"received", "sent", "failed"}:
        raise MailStateError("what has not gone out yet is not answered")
    own = (await load_mailbox(connection, message.mailbox_id)).details.address
    begun = begin_answer(message, own=own, to_all=to_all, said=said)
    draft = Draft(
        mailbox_id=message.mailbox_id,
        to=begun.to,
        cc=begun.cc,
        subject=begun.subject,
        text=begun.text,
        party_id=message.party_id,
    )
    clean, box = await _check(connection, draft, is_ready=False)
    more = {"author_id": author_id, "in_reply_to": message.message_id, "thread_id": message.thread_id}
    return await _insert(connection, clean, box, more, act=act)


async def save_draft(connection: AsyncConnection, message_id: int, draft: Draft, *, seen: int, act: Act) -> Message:
    """Save a draft from the version that somebody saw.

    Raises MailNotFoundError, MailStateError, MailChangedError, MailRefusedError.
    """
    before = await _lock(connection, message_id, seen=seen)
    clean, box = await _check(connection, draft, is_ready=False)
    if clean == before.draft:
        return before
    values = _columns(clean, box) | {"version": before.version + 1, "at": act.at}
    await repository.update_message(connection, message_id, values)
    return await load_message(connection, message_id)


async def send_draft(
    connection: AsyncConnection, message_id: int, *, seen: int, author_id: int | None, new_name: str, act: Act
) -> Message:
    """Put a draft, or a message that failed, into the queue; `new_name` is what nobody else calls a message.

    It goes out of a mailbox that is in use, under one name however often it is tried. Raises what saving raises.
    """
    before = await _lock(connection, message_id, seen=seen)
    clean, box = await _check(connection, before.draft, is_ready=True)
    domain = box.details.address.rpartition("@")[2]
    queued: dict[str, object] = {
        "state": "queued",
        "message_id": before.message_id or f"{new_name}@{domain}",
        "author_id": author_id or before.author_id,
        "due_at": act.at,
        "data_at": None,
        "tries": 0,
        "problem": None,
        "raw": None,
        "at": act.at,
        "version": before.version + 1,
    }
    await repository.update_message(connection, message_id, _columns(clean, box) | queued)
    if before.raw is not None:
        await drop_content(connection, before.raw)
    after = await load_message(connection, message_id)
    await record(connection, after, "queued", act=act, is_shown=False)
    return after


async def discard_draft(connection: AsyncConnection, message_id: int, *, act: Act) -> None:
    """Throw a draft away with its files. Raises MailNotFoundError, MailStateError."""
    message = await load_message(connection, message_id, is_locked=True)
    if message.state != "draft":
        raise MailStateError("only a draft is thrown away")
    files = await repository.list_files(connection, [message_id])
    await repository.delete_message(connection, message_id)
    for file in files:
        await drop_content(connection, file.hash)
    await record(connection, message, "discarded", act=act, is_shown=False)


async def add_file(connection: AsyncConnection, message_id: int, file: NewFile, *, act: Act) -> None:
    """Let a file go with a draft. Raises MailNotFoundError, MailStateError, MailRefusedError."""
    message = await _lock(connection, message_id)
    count, size = await count_bytes(connection, message_id)
    if count >= MOST_FILES or size + len(file.content) > MOST_FILE_BYTES:
        most = MOST_FILE_BYTES // 2**20
        raise MailRefusedError(f"a message takes {MOST_FILES} files of {most} MiB together", field="file")
    await put_content(connection, file, now=act.at)
    row = {"name": file.name, "media_type": file.media_type, "hash": file.hash, "content_id": None}
    await repository.insert_files(connection, message_id, [row])
    await record(connection, message, "file_added", act=act, is_shown=False)


async def remove_file(connection: AsyncConnection, message_id: int, file_id: int, *, act: Act) -> None:
    """Take a file off a draft. Raises MailNotFoundError, MailStateError, MailFileUnknownError."""
    message = await _lock(connection, message_id)
    file = await repository.find_file(connection, message_id, file_id)
    if file is None:
        raise MailFileUnknownError("the message has no such file: it may have been removed meanwhile")
    await repository.delete_file(connection, file_id)
    await drop_content(connection, file.hash)
    await record(connection, message, "file_removed", act=act, is_shown=False)


async def find_address(connection: AsyncConnection, party_id: int) -> str | None:
    """Find the address of a party that is used first."""
    contacts = [one.contact.value for one in await list_contacts(connection, party_id) if one.contact.kind == "email"]
    return contacts[0] if contacts else None


async def _lock(connection: AsyncConnection, message_id: int, *, seen: int | None = None) -> Message:
    """Load a message that may still change, alone until the transaction ends."""
    message = await load_message(connection, message_id, is_locked=True)
    if message.flow != "outgoing" or message.state not in _SENT_AGAIN:
        raise MailStateError("it has gone out or is about to: it is changed no more")
    if seen is not None and message.version != seen:
        raise MailChangedError("somebody else changed it meanwhile", field="version")
    return message


async def _check(connection: AsyncConnection, draft: Draft, *, is_ready: bool) -> tuple[Draft, Mailbox]:
    """Give a draft as it is kept, and the mailbox that it goes out of."""
    clean = check_draft(draft, is_ready=is_ready)
    try:
        box = await load_mailbox(connection, clean.mailbox_id)
    except MailboxUnknownError as error:
        raise MailRefusedError("there is no such mailbox", field="mailbox_id") from error
    if box.archived_at is not None:
        raise MailRefusedError("the mailbox is put away: choose another one", field="mailbox_id")
    if clean.party_id is not None and not await holds(connection, clean.party_id, may_be_archived=True):
        raise MailRefusedError("there is no such party", field="party_id")
    return clean, box


async def _insert(
    connection: AsyncConnection, draft: Draft, box: Mailbox, more: Mapping[str, object], *, act: Act
) -> Message:
    values: dict[str, object] = {"flow": "outgoing", "state": "draft", "at": act.at, "tries": 0, "version": 1}
    columns = values | _columns(draft, box) | dict(more)
    made = await load_message(connection, await repository.insert_message(connection, columns))
    await record(connection, made, "drafted", act=act, is_shown=False)
    return made


def _columns(draft: Draft, box: Mailbox) -> dict[str, object]:
    own = structs.asdict(draft)
    lists = {f"{name}_addresses": list(own.pop(name)) for name in ("to", "cc", "bcc")}
    return own | lists | {"from_address": box.details.address, "from_name": box.details.from_name}
