"""The SQL of addresses that are offered while somebody types: those of parties, by name or by their beginning."""

import re
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mail.mime import Address
from crm.parties.tables import party, party_contact

MOST_OFFERED: Final = 8
MOST_PARTIES: Final = 200
_WORD: Final = re.compile(r"[^\W_]+")
_LAST_CHARACTER: Final = "\U0010ffff"


async def offer_addresses(connection: AsyncConnection, typed: str) -> list[Address]:
    """Offer addresses of parties for the beginning of a name or an address; none for fewer than two characters."""
    words = _WORD.findall(typed.casefold())
    if not words or len(typed.strip()) < 2:  # noqa: PLR2004 # one letter fits everybody
        return []
    contact = party_contact.c
    tsquery = func.to_tsquery("simple", " & ".join(f"{word}:*" for word in words))
    named = select(party.c.id).where(party.c.search.op("@@")(tsquery)).limit(MOST_PARTIES)
    begins = typed.strip().casefold()
    is_so_addressed = (contact.canonical >= begins) & (contact.canonical < begins + _LAST_CHARACTER)
    stands = (party.c.merged_into.is_(None), party.c.erased_at.is_(None), party.c.archived_at.is_(None))
    query = (
        select(contact.value, party.c.name)
        .join_from(party_contact, party, party.c.id == contact.party_id)
        .where(contact.kind == "email", or_(contact.party_id.in_(named), is_so_addressed), *stands)
        .order_by(party.c.sort_name, party.c.id, contact.pinned.desc(), contact.uses.desc(), contact.position)
    )
    return [Address(row.value, row.name) for row in await connection.execute(query.limit(MOST_OFFERED))]
