"""SQL of the short questions that others ask of parties."""

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.tables import party, party_contact


async def find_name(connection: AsyncConnection, party_id: int) -> str | None:
    """Find the name of a party."""
    return (await connection.execute(select(party.c.name).where(party.c.id == party_id))).scalar_one_or_none()


async def list_by_phone_end(connection: AsyncConnection, digits: str, *, limit: int) -> list[int]:
    """List parties that stand for themselves and have a phone whose digits end so."""
    backwards = func.reverse(party_contact.c.canonical).collate("C")
    query = (
        select(party_contact.c.party_id)
        .distinct()
        .join(party, party.c.id == party_contact.c.party_id)
        .where(
            party.c.merged_into.is_(None), party_contact.c.kind == "phone", backwards.like(literal(digits[::-1] + "%"))
        )
    )
    return list((await connection.execute(query.limit(limit))).scalars())
