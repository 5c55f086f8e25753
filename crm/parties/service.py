"""Use cases of parties: who holds a card, and who is called by a phone."""

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.phones import last_digits
from crm.parties.tables import party, party_contact

MOST_PHONE_MATCHES = 20


async def find_party_name(connection: AsyncConnection, party_id: int) -> str | None:
    """Find the name of a party."""
    return (await connection.execute(select(party.c.name).where(party.c.id == party_id))).scalar_one_or_none()


async def list_parties_by_phone(connection: AsyncConnection, phone: str) -> list[int]:
    """List parties whose phone ends in the digits of a text; at most MOST_PHONE_MATCHES, none for too few digits."""
    digits = last_digits(phone)
    if digits is None:
        return []
    backwards = func.reverse(party_contact.c.canonical).collate("C")
    query = (
        select(party_contact.c.party_id)
        .distinct()
        .where(party_contact.c.kind == "phone", backwards.like(literal(digits[::-1] + "%")))
    )
    return list((await connection.execute(query.limit(MOST_PHONE_MATCHES))).scalars())
