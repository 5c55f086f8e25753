"""The SQL of kinds of mailings."""

from collections.abc import Mapping, Sequence

from msgspec import convert
from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.model import MOST_KINDS, Kind
from crm.consents.tables import mailing_kind

_kind = mailing_kind.c


async def list_kinds(connection: AsyncConnection) -> list[Kind]:
    """List all kinds in their order, archived ones too."""
    rows = await connection.execute(_kinds().order_by(_kind.position, _kind.id).limit(MOST_KINDS))
    return [convert(row, Kind, from_attributes=True) for row in rows]


async def find_kind(connection: AsyncConnection, kind_id: int) -> Kind | None:
    """Find a kind."""
    row = (await connection.execute(_kinds().where(_kind.id == kind_id))).one_or_none()
    return None if row is None else convert(row, Kind, from_attributes=True)


async def insert_kind(connection: AsyncConnection, values: Mapping[str, object]) -> int:
    """Add a kind behind all others; gives its identifier."""
    last = select(func.coalesce(func.max(_kind.position), 0) + 1).scalar_subquery()
    made = insert(mailing_kind).values({**values, "position": last, "version": 1}).returning(_kind.id)
    return int((await connection.execute(made)).scalar_one())


async def update_kind(connection: AsyncConnection, kind_id: int, values: Mapping[str, object]) -> None:
    """Write fields of a kind anew and make its next version."""
    changed = {**values, "version": _kind.version + 1}
    await connection.execute(update(mailing_kind).where(_kind.id == kind_id).values(changed))


async def place_kinds(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Put kinds into an order."""
    for position, kind_id in enumerate(ids, 1):
        await connection.execute(update(mailing_kind).where(_kind.id == kind_id).values(position=position))


def _kinds() -> Select[*tuple[object, ...]]:
    names = [name for name in Kind.__struct_fields__ if name != "is_archived"]
    return select(*(_kind[name] for name in names), _kind.archived_at.is_not(None).label("is_archived"))
