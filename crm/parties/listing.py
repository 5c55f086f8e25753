"""People and organisations by name, as lists and search show them."""

from collections.abc import Iterable

from msgspec import Struct, convert
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.tables import party, party_contact

MOST_FOUND = 200
LEAST_LETTERS = 2


class Person(Struct, frozen=True):
    """A party with the first of its phones."""

    name: str
    phone: str | None


async def find_people(connection: AsyncConnection, words: str) -> list[int]:
    """Find the parties whose name holds every word, whatever the case, `MOST_FOUND` at most."""
    if len(words.replace(" ", "")) < LEAST_LETTERS:
        return []
    has_all = [party.c.name.icontains(word, autoescape=True) for word in words.split()]
    found = await connection.execute(
        select(party.c.id).where(*has_all).order_by(party.c.name, party.c.id).limit(MOST_FOUND)
    )
    return [row.id for row in found]


async def load_names(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, str]:
    """Give the names of parties by their identifiers."""
    wanted = set(ids)
    if not wanted:
        return {}
    found = await connection.execute(select(party.c.id, party.c.name).where(party.c.id.in_(wanted)))
    return {row.id: row.name for row in found}


async def load_people(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, Person]:
    """Give parties with the first of their phones by their identifiers."""
    phone = select(party_contact.c.value).where(party_contact.c.party_id == party.c.id, party_contact.c.kind == "phone")
    first = phone.order_by(party_contact.c.position).limit(1).scalar_subquery().label("phone")
    found = await connection.execute(select(party.c.id, party.c.name, first).where(party.c.id.in_(set(ids))))
    return {row.id: convert(row, Person, from_attributes=True) for row in found}


async def load_person(connection: AsyncConnection, party_id: int) -> Person:
    """Load a party that must exist."""
    phone = select(party_contact.c.value).where(party_contact.c.party_id == party.c.id, party_contact.c.kind == "phone")
    first = phone.order_by(party_contact.c.position).limit(1).scalar_subquery().label("phone")
    row = (await connection.execute(select(party.c.name, first).where(party.c.id == party_id))).one()
    return convert(row, Person, from_attributes=True)
