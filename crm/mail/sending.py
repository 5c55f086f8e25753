"""Use cases of messages that go out: their bytes are made once, and what the server said is written down.

Key idea: nothing counts as sent before the server's 250. What the server puts off is tried later and later; what it
refuses fails with its own words; where the connection ended behind the bytes it may have come, and goes out once more
under the same name. A message goes to all of its recipients at once, so that one answer is true of them all; whom the
server refuses is named.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.files.model import NewFile
from crm.files.repository import load_content, put_content
from crm.mail.mime import Address
from crm.mail.model import MOST_PROBLEM, Message, address_of
from crm.mail.receiving import MESSAGE_TYPE, load
from crm.mail.registering import Surroundings, record, register
from crm.mail.repository import messages as repository
from crm.mail.repository import queue
from crm.mail.tying import find_party
from crm.mail.writing import write_message
from crm.mailboxes.model import MailboxDetails
from crm.recipients.model import PERMANENT, WAITS, Said
from database.activity import Act

DOUBTFUL = "the connection ended in the middle: it may have come already"
claim, mark = queue.claim, queue.mark


class Told(Struct, frozen=True):
    """What a server said to a message, and to recipients whom it refused, by address."""

    said: Said
    refused: Mapping[str, Said] = {}


async def load_bytes(connection: AsyncConnection, message: Message, details: MailboxDetails, *, now: datetime) -> bytes:
    """Give the bytes of a message, made and kept when they are first asked for."""
    if message.raw is not None:
        return await load_content(connection, message.raw)
    assert message.thread_id is not None, "every message has a thread"
    written = write_message(
        message,
        sender=Address(details.address, details.from_name),
        thread=await queue.list_names(connection, message.thread_id, before=message.id),
        files=await queue.load_files(connection, message.id),
        at=now,
    )
    source = NewFile("", MESSAGE_TYPE, written, sha256(written).digest())
    await put_content(connection, source, now=now)
    await repository.update_message(connection, message.id, {"raw": source.hash})
    return written


async def answer(connection: AsyncConnection, message: Message, told: Told, *, around: Surroundings, act: Act) -> None:
    """Write down what became of a message; what was sent is tied to its party and registered."""
    values = judge(message.tries, told, now=act.at)
    if not await queue.answer(connection, message, values):
        return
    after = await load(connection, message.id)
    if after.state == "failed":
        await record(connection, after, "failed", act=act)
    elif after.state == "sent":
        await _register_sent(connection, after, around=around, act=act)


async def fail(connection: AsyncConnection, message: Message, reason: str, *, act: Act) -> None:
    """Give a message up that cannot be tried, with the reason."""
    if await queue.answer(connection, message, {"state": "failed", "problem": reason[:MOST_PROBLEM], "due_at": None}):
        await record(connection, await load(connection, message.id), "failed", act=act)


def judge(tries: int, told: Told, *, now: datetime) -> dict[str, object]:
    """Decide what follows from what a server said to a try. Pure."""
    said, words = told.said, _words(told)
    if said.is_taken:
        return {"state": "sent", "at": now, "due_at": None, "problem": _refusals(told.refused)}
    if said.code in PERMANENT:
        return {"state": "failed", "due_at": None, "problem": words}
    if tries > len(WAITS):
        return {"state": "failed", "due_at": None, "problem": f"given up after {tries} tries: {words}"[:MOST_PROBLEM]}
    in_doubt = said.step == "data" and said.code is None
    again = {"state": "queued", "due_at": now + WAITS[min(tries, len(WAITS)) - 1]}
    problem = f"{DOUBTFUL}: {words}"[:MOST_PROBLEM] if in_doubt else words
    return again | {"problem": problem} if in_doubt else again | {"problem": problem, "data_at": None}


async def _register_sent(connection: AsyncConnection, message: Message, *, around: Surroundings, act: Act) -> None:
    if message.party_id is None:
        party_id = await _find_recipient(connection, message)
        await repository.update_message(connection, message.id, {"party_id": party_id})
        message = structs.replace(message, party_id=party_id)
    files = await repository.list_files(connection, [message.id])
    await register(connection, message, files, what="sent", written_at=act.at, around=around, act=act)


async def _find_recipient(connection: AsyncConnection, message: Message) -> int | None:
    """Find the party that a message goes to, where there is one and no other among its recipients."""
    found = {await find_party(connection, address_of(one), ()) for one in message.recipients} - {None}
    return found.pop() if len(found) == 1 else None


def _refusals(refused: Mapping[str, Said]) -> str | None:
    told = "; ".join(f"{address}: {said.code} {said.text}" for address, said in sorted(refused.items()))
    return told[:MOST_PROBLEM] or None


def _words(told: Told) -> str:
    said = f"{told.said.code} {told.said.text}" if told.said.code else told.said.text
    return (_refusals(told.refused) or said)[:MOST_PROBLEM]
