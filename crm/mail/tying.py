"""Whose a message is: the party that has the address, alone; else whom the thread speaks of; else whom somebody says.

Key idea: a guess is worse than a question. Where several parties share an address none is taken; the page offers them.
"""

from collections.abc import Iterable, Sequence

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mail.errors import MailNotFoundError, MailRefusedError
from crm.mail.model import Message
from crm.mail.registering import Surroundings, move, record
from crm.mail.repository import arriving
from crm.mail.repository import messages as repository
from crm.parties.contacts import make_contact
from crm.parties.errors import (
    ContactRefusedError,
    PartyArchivedError,
    PartyErasedError,
    PartyMergedError,
    PartyNotFoundError,
)
from crm.parties.service import lock_party
from database.activity import Act
from database.identifiers import MOST_ID


async def find_party(connection: AsyncConnection, address: str, known: Iterable[int | None]) -> int | None:
    """Find the party of a message by its address, else the first of those that are known from what it answers.

    A party that was meanwhile merged or erased is none. It is held until the transaction ends.
    """
    owners = await list_owners(connection, address)
    standing = [one for one in known if one is not None]
    alone: Sequence[int] = owners if len(owners) == 1 else ()
    wanted = [*(one for one in standing if one in owners), *alone, *standing]
    for party_id in dict.fromkeys(wanted):
        if await holds(connection, party_id, may_be_archived=True):
            return party_id
    return None


async def list_owners(connection: AsyncConnection, address: str) -> list[int]:
    """List the parties that have an address."""
    try:
        canonical = make_contact("email", address, region=None).canonical
    except ContactRefusedError:
        return []
    return await arriving.list_owners(connection, canonical)


async def tie(
    connection: AsyncConnection, message_id: int, party_id: int | None, *, around: Surroundings, act: Act
) -> Message:
    """Tie a message to a party, or to none, and with it all of its thread that was tied alike.

    Raises MailNotFoundError, MailRefusedError for a party that is not there.
    """
    known = 0 < message_id <= MOST_ID
    message = await repository.find_message(connection, message_id, is_locked=True) if known else None
    if message is None or message.thread_id is None:
        raise MailNotFoundError("there is no such message")
    if party_id is not None and not (0 < party_id <= MOST_ID and await holds(connection, party_id)):
        raise MailRefusedError("there is no such party", field="party_id")
    if party_id == message.party_id:
        return message
    for one in await repository.list_thread(connection, message.thread_id):
        if one.party_id == message.party_id:
            await repository.update_message(connection, one.id, {"party_id": party_id})
            after = structs.replace(one, party_id=party_id)
            if one.state in {"received", "sent"}:
                await move(connection, after, around=around, act=act)
            await record(connection, after, "tied", act=act)
    return structs.replace(message, party_id=party_id)


async def holds(connection: AsyncConnection, party_id: int, *, may_be_archived: bool = False) -> bool:
    """Hold a party that takes something new until the transaction ends; False where it takes nothing."""
    try:
        await lock_party(connection, party_id, may_be_archived=may_be_archived)
    except (PartyNotFoundError, PartyErasedError, PartyMergedError, PartyArchivedError):
        return False
    return True
