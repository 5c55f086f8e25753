"""All SQL of importing parties: many at once, found by their source's own keys."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, bindparam, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.tables import directory_entry
from crm.parties.model import Address, PartyRecord, Phone
from crm.parties.tables import party, party_address, party_contact

FIRST = 1
_LOCK = 2  # beside other users of locks by text
_ADDRESS = tuple(Address.__struct_fields__)
_NATURAL_PERSON = (
    select(directory_entry.c.id)
    .where(directory_entry.c.directory == "legal_status", directory_entry.c.code == "natural_person")
    .scalar_subquery()
)


class KeptParty(Struct, frozen=True):
    """A party as it is kept."""

    id: int
    record: PartyRecord


async def lock_source(connection: AsyncConnection, source: str) -> None:
    """Let one import of a source at a time change its parties, until the transaction ends."""
    await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(source, literal(_LOCK)))))


async def find_parties(connection: AsyncConnection, source: str, keys: Sequence[str]) -> dict[str, KeptParty]:
    """Find parties of a source by their keys."""
    columns = (party.c.id, party.c.source_key, party.c.name, party.c.birth_date)
    query = select(*columns).where(party.c.source == source, party.c.source_key.in_(keys))
    rows = (await connection.execute(query)).all()
    ids = [row.id for row in rows]
    addresses = await _find_addresses(connection, ids)
    phones = await _find_phones(connection, ids)
    return {
        row.source_key: KeptParty(
            row.id,
            PartyRecord(row.source_key, row.name, row.birth_date, addresses.get(row.id), tuple(phones.get(row.id, ()))),
        )
        for row in rows
    }


async def find_party_ids(connection: AsyncConnection, source: str, keys: Sequence[str]) -> dict[str, int]:
    """Find the identifiers of a source's parties by their keys."""
    query = select(party.c.source_key, party.c.id).where(party.c.source == source, party.c.source_key.in_(keys))
    return {row.source_key: row.id for row in await connection.execute(query)}


async def _find_addresses(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, Address]:
    columns = (party_address.c[name] for name in _ADDRESS)
    query = select(party_address.c.party_id, *columns).where(*_first_addresses(ids))
    return {row.party_id: Address(*row[1:]) for row in await connection.execute(query)}


def _first_addresses(ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return (party_address.c.party_id.in_(ids), party_address.c.position == FIRST)


async def _find_phones(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, list[Phone]]:
    columns = (party_contact.c.party_id, party_contact.c.value, party_contact.c.canonical)
    query = select(*columns).where(party_contact.c.party_id.in_(ids), party_contact.c.kind == "phone")
    phones: dict[int, list[Phone]] = {}
    for row in await connection.execute(query.order_by(party_contact.c.party_id, party_contact.c.position)):
        phones.setdefault(row.party_id, []).append(Phone(row.value, row.canonical))
    return phones


async def insert_parties(
    connection: AsyncConnection, source: str, records: Sequence[PartyRecord], *, now: datetime
) -> None:
    """Make people with their addresses and phones."""
    values = [
        {
            "kind": "person",
            "name": record.name,
            "birth_date": record.birth_date,
            "source": source,
            "source_key": record.key,
            "created_at": now,
            "changed_at": now,
        }
        for record in records
    ]
    made = await connection.execute(
        insert(party).values(legal_status_id=_NATURAL_PERSON).returning(party.c.id, party.c.source_key), values
    )
    ids = {row.source_key: row.id for row in made}
    await _insert_details(connection, [KeptParty(ids[record.key], record) for record in records])


async def change_parties(connection: AsyncConnection, parties: Sequence[KeptParty]) -> None:
    """Give parties what their records say now."""
    values = [
        {"party_id": kept.id, "new_name": kept.record.name, "new_date": kept.record.birth_date} for kept in parties
    ]
    changed = update(party).where(party.c.id == bindparam("party_id"))
    await connection.execute(changed.values(name=bindparam("new_name"), birth_date=bindparam("new_date")), values)
    ids = [kept.id for kept in parties]
    await connection.execute(delete(party_address).where(*_first_addresses(ids)))
    phones = (party_contact.c.party_id.in_(ids), party_contact.c.kind == "phone")
    await connection.execute(delete(party_contact).where(*phones))
    await _insert_details(connection, parties)


async def _insert_details(connection: AsyncConnection, parties: Sequence[KeptParty]) -> None:
    addresses = [
        {"party_id": kept.id, "position": FIRST} | {name: getattr(kept.record.address, name) for name in _ADDRESS}
        for kept in parties
        if kept.record.address is not None
    ]
    phones = [
        {
            "party_id": kept.id,
            "position": position,
            "kind": "phone",
            "value": phone.value,
            "canonical": phone.canonical,
        }
        for kept in parties
        for position, phone in enumerate(kept.record.phones, FIRST)
    ]
    if addresses:
        await connection.execute(insert(party_address), addresses)
    if phones:
        await connection.execute(insert(party_contact), phones)
