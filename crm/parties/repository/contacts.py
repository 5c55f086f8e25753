"""All SQL of ways of contact."""

from datetime import datetime

from msgspec import convert
from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.contacts import KeptContact
from crm.parties.model import Contact
from crm.parties.repository.addresses import PLACES_OF_SOURCE
from crm.parties.tables import party_contact

_COLUMNS = (
    party_contact.c.kind,
    party_contact.c.value,
    party_contact.c.canonical,
    party_contact.c.label,
    party_contact.c.pinned.label("is_pinned"),
)


async def list_contacts(connection: AsyncConnection, party_id: int) -> dict[int, Contact]:
    """List a party's ways of contact as they were put."""
    query = select(party_contact.c.id, *_COLUMNS).where(party_contact.c.party_id == party_id)
    rows = await connection.execute(query.order_by(party_contact.c.position))
    return {row.id: convert(row, Contact, from_attributes=True) for row in rows}


async def list_kept_contacts(connection: AsyncConnection, party_ids: list[int]) -> dict[int, list[KeptContact]]:
    """List the ways of contact of some parties with their use, as they were put."""
    rows = await connection.execute(_kept().where(party_contact.c.party_id.in_(party_ids)))
    found: dict[int, list[KeptContact]] = {party_id: [] for party_id in party_ids}
    for row in rows:
        contact = convert(row, Contact, from_attributes=True)
        found[row.party_id].append(KeptContact(row.id, contact, row.uses, row.used_at, row.position))
    return found


def _kept() -> Select[*tuple[object, ...]]:
    more = (party_contact.c[name] for name in ("party_id", "id", "uses", "used_at", "position"))
    return select(*_COLUMNS, *more).order_by(party_contact.c.party_id, party_contact.c.position)


async def insert_contact(connection: AsyncConnection, party_id: int, contact: Contact) -> int:
    """Add a way of contact behind the others and give its identifier."""
    last = select(func.greatest(func.max(party_contact.c.position), PLACES_OF_SOURCE))
    position = last.where(party_contact.c.party_id == party_id).scalar_subquery()
    values = _columns(contact) | {"party_id": party_id, "position": position + 1}
    made = await connection.execute(insert(party_contact).values(values).returning(party_contact.c.id))
    return int(made.scalar_one())


async def update_contact(connection: AsyncConnection, _: int, contact_id: int, contact: Contact) -> None:
    """Write a way of contact anew; how often it was used stays."""
    await connection.execute(update(party_contact).where(party_contact.c.id == contact_id).values(_columns(contact)))


async def delete_contact(connection: AsyncConnection, _: int, contact_id: int) -> None:
    """Delete a way of contact."""
    await connection.execute(delete(party_contact).where(party_contact.c.id == contact_id))


def _columns(contact: Contact) -> dict[str, object]:
    return {
        "kind": contact.kind,
        "value": contact.value,
        "canonical": contact.canonical,
        "label": contact.label,
        "pinned": contact.is_pinned,
    }


async def count_use(connection: AsyncConnection, party_id: int, contact_id: int, *, now: datetime) -> bool:
    """Count one more use of a way of contact, and tell whether the party has it."""
    used = (
        update(party_contact)
        .where(party_contact.c.party_id == party_id, party_contact.c.id == contact_id)
        .values(uses=party_contact.c.uses + 1, used_at=now)
    )
    return (await connection.execute(used)).rowcount == 1


async def find_last_use(connection: AsyncConnection, party_id: int) -> datetime | None:
    """Find when a way of contact of a party was last used."""
    last = select(func.max(party_contact.c.used_at)).where(party_contact.c.party_id == party_id)
    found: datetime | None = (await connection.execute(last)).scalar_one()
    return found
