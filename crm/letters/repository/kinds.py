"""The SQL of kinds of letters."""

from collections.abc import Mapping, Sequence

from msgspec import convert
from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.letters.model import MOST_KINDS, Kind
from crm.letters.tables import letter_kind

_kind = letter_kind.c


async def list_kinds(connection: AsyncConnection) -> list[Kind]:
    """List all kinds, archived ones too; the tree arranges them."""
    rows = await connection.execute(_kinds().order_by(_kind.position, _kind.id).limit(MOST_KINDS))
    return [convert(row, Kind, from_attributes=True) for row in rows]


async def find_kind(connection: AsyncConnection, code: str) -> Kind | None:
    """Find a kind by its code."""
    row = (await connection.execute(_kinds().where(_kind.code == code))).one_or_none()
    return None if row is None else convert(row, Kind, from_attributes=True)


async def insert_kind(connection: AsyncConnection, values: Mapping[str, object]) -> None:
    """Add a kind behind all others of its parent."""
    last = select(func.coalesce(func.max(_kind.position), 0) + 1).scalar_subquery()
    await connection.execute(insert(letter_kind).values({**values, "position": last, "version": 1}))


async def update_kind(connection: AsyncConnection, kind_id: int, values: Mapping[str, object]) -> None:
    """Write fields of a kind anew and make its next version."""
    changed = {**values, "version": _kind.version + 1}
    await connection.execute(update(letter_kind).where(_kind.id == kind_id).values(changed))


async def place_kinds(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Put kinds of one parent into an order."""
    for position, kind_id in enumerate(ids, 1):
        await connection.execute(update(letter_kind).where(_kind.id == kind_id).values(position=position))


def _kinds() -> Select[*tuple[object, ...]]:
    names = [name for name in Kind.__struct_fields__ if name != "is_archived"]
    return select(*(_kind[name] for name in names), _kind.archived_at.is_not(None).label("is_archived"))
