"""All SQL of importing parties: many at once, found by their source's own keys.

A source owns the first places of a party's addresses and ways of contact; what people put behind them is theirs.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, bindparam, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.model import NATURAL_PERSON
from crm.directories.tables import directory_entry
from crm.parties.model import Address, PartyRecord, Phone
from crm.parties.repository.addresses import PLACES_OF_SOURCE
from crm.parties.tables import party, party_address, party_change, party_contact

FIRST = 1
_LOCK = 2  # beside other users of locks by text
_ADDRESS = tuple(Address.__struct_fields__)
_PLACE = ("party_id", "position")
_NATURAL_PERSON = (
    select(directory_entry.c.id)
    .where(directory_entry.c.directory == "legal_status", directory_entry.c.code == NATURAL_PERSON)
    .scalar_subquery()
)


class KeptParty(Struct, frozen=True):
    """A party as it is kept."""

    id: int
    record: PartyRecord
    is_merged: bool = False


async def lock_source(connection: AsyncConnection, source: str) -> None:
    """Let one import of a source at a time change its parties, until the transaction ends."""
    await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(source, literal(_LOCK)))))


async def find_parties(connection: AsyncConnection, source: str, keys: Sequence[str]) -> dict[str, KeptParty]:
    """Find parties of a source by their keys."""
    columns = (party.c.id, party.c.source_key, party.c.name, party.c.birth_date, party.c.merged_into)
    query = select(*columns).where(party.c.source == source, party.c.source_key.in_(keys))
    rows = (await connection.execute(query)).all()
    ids = [row.id for row in rows]
    addresses = await _find_addresses(connection, ids)
    phones = await _find_phones(connection, ids)
    return {
        row.source_key: KeptParty(
            row.id,
            PartyRecord(row.source_key, row.name, row.birth_date, addresses.get(row.id), tuple(phones.get(row.id, ()))),
            row.merged_into is not None,
        )
        for row in rows
    }


async def find_party_ids(connection: AsyncConnection, source: str, keys: Sequence[str]) -> dict[str, int]:
    """Find the identifiers of a source's parties by their keys; of a merged one that into which it was merged."""
    stands = func.coalesce(party.c.merged_into, party.c.id).label("id")
    query = select(party.c.source_key, stands).where(party.c.source == source, party.c.source_key.in_(keys))
    return {row.source_key: row.id for row in await connection.execute(query)}


async def _find_addresses(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, Address]:
    columns = (party_address.c[name] for name in _ADDRESS)
    query = select(party_address.c.party_id, *columns).where(*_first_addresses(ids))
    return {row.party_id: Address(*row[1:]) for row in await connection.execute(query)}


def _first_addresses(ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return (party_address.c.party_id.in_(ids), party_address.c.position == FIRST)


async def _find_phones(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, list[Phone]]:
    columns = (party_contact.c.party_id, party_contact.c.value, party_contact.c.canonical)
    query = select(*columns).where(*_phones_of_source(ids))
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


def _phones_of_source(ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    is_source = party_contact.c.position <= PLACES_OF_SOURCE
    return (party_contact.c.party_id.in_(ids), party_contact.c.kind == "phone", is_source)


async def change_parties(connection: AsyncConnection, parties: Sequence[KeptParty], *, now: datetime) -> dict[int, int]:
    """Give parties what their records say now, and give the version that each has by it, by identifier.

    What stays at its place keeps its identifier and how often it was used.
    """
    values = [
        {"party_id": kept.id, "new_name": kept.record.name, "new_date": kept.record.birth_date} for kept in parties
    ]
    changed = update(party).where(party.c.id == bindparam("party_id"))
    new_values: dict[str, object] = {"name": bindparam("new_name"), "birth_date": bindparam("new_date")}
    await connection.execute(changed.values(**new_values, version=party.c.version + 1, changed_at=now), values)
    ids = [kept.id for kept in parties]
    homeless = [kept.id for kept in parties if kept.record.address is None]
    await connection.execute(delete(party_address).where(*_first_addresses(homeless)))
    for count, owners in _by_count(parties).items():
        beyond = party_contact.c.position > count
        await connection.execute(delete(party_contact).where(*_phones_of_source(owners), beyond))
    await _insert_details(connection, parties)
    rows = await connection.execute(select(party.c.id, party.c.version).where(party.c.id.in_(ids)))
    return {row.id: row.version for row in rows}


def _by_count(parties: Sequence[KeptParty]) -> dict[int, list[int]]:
    """Give identifiers by how many phones their records have."""
    found: dict[int, list[int]] = {}
    for kept in parties:
        found.setdefault(len(kept.record.phones), []).append(kept.id)
    return found


async def insert_changes(connection: AsyncConnection, rows: Sequence[dict[str, object]]) -> None:
    """Keep old and new values of changes."""
    await connection.execute(insert(party_change), rows)


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
        put = upsert(party_address)
        new = {name: put.excluded[name] for name in _ADDRESS}
        await connection.execute(put.on_conflict_do_update(index_elements=_PLACE, set_=new), addresses)
    if phones:
        put = upsert(party_contact)
        new = {name: put.excluded[name] for name in ("kind", "value", "canonical")}
        await connection.execute(put.on_conflict_do_update(index_elements=_PLACE, set_=new), phones)
