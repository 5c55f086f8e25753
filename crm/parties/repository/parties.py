"""All SQL of parties themselves, without what is kept of them."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import convert
from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.tables import directory_entry
from crm.parties.model import Party, PartyDetails
from crm.parties.tables import party, party_change

_NAMES = tuple(name for name in Party.__struct_fields__ if name != "legal_status")


async def find_party(connection: AsyncConnection, party_id: int) -> Party | None:
    """Find a party."""
    row = (await connection.execute(_parties().where(party.c.id == party_id))).one_or_none()
    return None if row is None else convert(row, Party, from_attributes=True)


async def lock_party(connection: AsyncConnection, party_id: int) -> Party | None:
    """Find a party and let nobody else change it until the transaction ends; others may still refer to it."""
    query = _parties().where(party.c.id == party_id).with_for_update(of=party, key_share=True)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else convert(row, Party, from_attributes=True)


def _parties() -> Select[*tuple[object, ...]]:
    columns = (party.c[name] for name in _NAMES)
    return select(*columns, directory_entry.c.code.label("legal_status")).join_from(party, directory_entry)


async def insert_party(
    connection: AsyncConnection, details: PartyDetails, *, legal_status_id: int, now: datetime
) -> int:
    """Make a party of version 0, which its first change makes 1, and give its identifier."""
    values = _columns(details, legal_status_id) | {"version": 0, "created_at": now, "changed_at": now}
    return int((await connection.execute(insert(party).values(values).returning(party.c.id))).scalar_one())


async def update_details(
    connection: AsyncConnection, party_id: int, details: PartyDetails, *, legal_status_id: int
) -> None:
    """Give a party its own fields."""
    values = _columns(details, legal_status_id)
    await connection.execute(update(party).where(party.c.id == party_id).values(values))


def _columns(details: PartyDetails, legal_status_id: int) -> dict[str, object]:
    names = (name for name in PartyDetails.__struct_fields__ if name != "legal_status")
    return {name: getattr(details, name) for name in names} | {"legal_status_id": legal_status_id}


async def update_archived(connection: AsyncConnection, party_id: int, archived_at: datetime | None) -> None:
    """Say since when a party is archived."""
    await connection.execute(update(party).where(party.c.id == party_id).values(archived_at=archived_at))


async def next_version(connection: AsyncConnection, party_id: int, *, now: datetime) -> int:
    """Count a change of a party and give its version."""
    changed = update(party).where(party.c.id == party_id).values(version=party.c.version + 1, changed_at=now)
    return int((await connection.execute(changed.returning(party.c.version))).scalar_one())


async def insert_change(connection: AsyncConnection, values: Mapping[str, object]) -> None:
    """Keep old and new values of a change."""
    await connection.execute(insert(party_change).values(values))


async def list_old_values(
    connection: AsyncConnection, party_id: int, *, since: int, about: str, part_id: int | None
) -> list[Mapping[str, object]]:
    """List what changes after a version replaced, oldest first: of one part, or of the party itself."""
    query = select(party_change.c.before).where(
        party_change.c.party_id == party_id,
        party_change.c.version > since,
        party_change.c.what.startswith(f"{about}.", autoescape=True),
        party_change.c.part_id.is_not_distinct_from(part_id),
    )
    rows = await connection.execute(query.order_by(party_change.c.version, party_change.c.id))
    return [row.before or {} for row in rows]
