"""The SQL of kinds of events."""

from collections.abc import Mapping, Sequence

from msgspec import convert
from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.events.model import Kind
from crm.events.tables import event_kind

MOST_KINDS = 200
"""The kinds of a company, archived ones included, so that a list of choices stays a bounded read."""

_kind = event_kind.c


async def list_kinds(connection: AsyncConnection) -> list[Kind]:
    """List all kinds in their order, archived ones too."""
    rows = await connection.execute(_kinds().order_by(_kind.position, _kind.id).limit(MOST_KINDS))
    return [convert(row, Kind, from_attributes=True) for row in rows]


async def find_kind(connection: AsyncConnection, code: str, *, is_locked: bool = False) -> Kind | None:
    """Find a kind by its code; a locked one nobody else changes meanwhile."""
    query = _kinds().where(_kind.code == code)
    row = (await connection.execute(query.with_for_update() if is_locked else query)).one_or_none()
    return None if row is None else convert(row, Kind, from_attributes=True)


async def insert_kind(connection: AsyncConnection, values: Mapping[str, object]) -> None:
    """Add a kind behind all others."""
    last = select(func.coalesce(func.max(_kind.position), 0) + 1).scalar_subquery()
    await connection.execute(insert(event_kind).values({**values, "position": last, "version": 1}))


async def update_kind(connection: AsyncConnection, code: str, values: Mapping[str, object]) -> None:
    """Write fields of a kind anew and make its next version."""
    changed = {**values, "version": _kind.version + 1}
    await connection.execute(update(event_kind).where(_kind.code == code).values(changed))


async def place_kinds(connection: AsyncConnection, codes: Sequence[str]) -> None:
    """Put kinds into an order."""
    for position, code in enumerate(codes, 1):
        await connection.execute(update(event_kind).where(_kind.code == code).values(position=position))


def _kinds() -> Select[*tuple[object, ...]]:
    names = [name for name in Kind.__struct_fields__ if name != "is_archived"]
    return select(*(_kind[name] for name in names), _kind.archived_at.is_not(None).label("is_archived"))
