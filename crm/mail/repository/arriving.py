"""The SQL of messages that come: what they follow, whose they are, and what is left of a server's earlier count."""

from collections.abc import Collection, Sequence
from hashlib import sha256

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mail.tables import mail_message
from crm.parties.tables import party, party_contact

MOST_OWNERS = 20
_kept = mail_message.c


class Followed(Struct, frozen=True):
    """A message that another one follows: its thread, and the party that it is tied to."""

    message_id: str
    thread_id: int
    party_id: int | None


async def list_followed(connection: AsyncConnection, mailbox_id: int, names: Sequence[str]) -> list[Followed]:
    """List the messages of a mailbox that have these names, in the order of the names."""
    query = select(_kept.message_id, _kept.thread_id, _kept.party_id).where(
        _kept.mailbox_id == mailbox_id, _kept.message_id.in_(names), _kept.thread_id.is_not(None)
    )
    found = [Followed(*row) for row in await connection.execute(query.order_by(_kept.id))]
    return sorted(found, key=lambda one: names.index(one.message_id))


async def list_waiting_threads(connection: AsyncConnection, mailbox_id: int, name: str) -> list[int]:
    """List the threads of a mailbox that answer a message which had not come before, the oldest first."""
    query = select(_kept.thread_id).where(_kept.mailbox_id == mailbox_id, _kept.in_reply_to == name)
    return sorted({one for one in (await connection.execute(query)).scalars() if one is not None})


async def join_threads(connection: AsyncConnection, kept: int, others: Collection[int]) -> None:
    """Let threads that turned out to be one be one."""
    await connection.execute(update(mail_message).where(_kept.thread_id.in_(others)).values(thread_id=kept))


async def list_owners(connection: AsyncConnection, canonical: str) -> list[int]:
    """List the parties that stand for themselves and have an address, archived ones behind all others."""
    contact = party_contact.c
    query = (
        select(party.c.id, party.c.archived_at.is_not(None))
        .join_from(party_contact, party, party.c.id == contact.party_id)
        .where(contact.kind == "email", contact.canonical == canonical)
        .where(party.c.merged_into.is_(None), party.c.erased_at.is_(None))
        .distinct()
        .limit(MOST_OWNERS)
    )
    rows = (await connection.execute(query)).all()
    active = [one.id for one in rows if not one[1]]
    return sorted(int(one) for one in active or [one.id for one in rows])


async def find_left(connection: AsyncConnection, mailbox_id: int, name: str | None, raw: bytes) -> int | None:
    """Find a message that came under an earlier count of the server and has no number yet, by its name or source."""
    same: ColumnElement[bool] = _kept.raw == raw
    if name is not None:
        same = or_(_kept.message_id.in_((name, erased_name(name))), and_(_kept.message_id.is_(None), same))
    query = select(_kept.id).where(
        _kept.mailbox_id == mailbox_id, _kept.flow == "incoming", _kept.imap_uid.is_(None), same
    )
    exact_first = query.order_by((_kept.raw == raw).is_not(True), _kept.id).limit(1)
    return (await connection.execute(exact_first)).scalar_one_or_none()


def erased_name(name: str) -> str:
    """Give what erasing leaves of a message's name: enough to know it again where the server counts anew."""
    return f"erased.{sha256(name.encode()).hexdigest()}"


async def forget_numbers(connection: AsyncConnection, mailbox_id: int) -> None:
    """Take the server's numbers off all messages of a mailbox: it began to count anew."""
    numbered = update(mail_message).where(_kept.mailbox_id == mailbox_id, _kept.imap_uid.is_not(None))
    await connection.execute(numbered.values(imap_uid=None))


async def find_written(connection: AsyncConnection, mailbox_id: int, name: str) -> tuple[int, Sequence[str]] | None:
    """Find a message that went out of a mailbox by its name, and to whom; one whose bytes never went is none."""
    recipients = func.array_cat(func.array_cat(_kept.to_addresses, _kept.cc_addresses), _kept.bcc_addresses)
    query = select(_kept.id, recipients).where(
        _kept.mailbox_id == mailbox_id,
        _kept.message_id == name,
        _kept.flow == "outgoing",
        _kept.data_at.is_not(None),
    )
    row = (await connection.execute(query)).first()
    return None if row is None else (row[0], row[1])
