"""All SQL of origins. Trees are read whole, at most so deep and so many, so that a read stays bounded."""

from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.origins.tables import origin

MOST_STOREYS = 50
MOST_RECORDS = 500


class Branch(Struct, frozen=True):
    """A record in a tree: what it was made from, and how far below the root it stands."""

    record: str
    parent: str | None
    depth: int


async def save_origin(connection: AsyncConnection, record: str, parent: str, *, now: datetime) -> None:
    """Say what a record was made from; a new word replaces the old one."""
    statement = insert(origin).values(record=record, parent=parent, made_at=now)
    replacing = statement.on_conflict_do_update(index_elements=["record"], set_={"parent": parent, "made_at": now})
    await connection.execute(replacing)


async def delete_origin(connection: AsyncConnection, record: str) -> None:
    """Let a record stand by itself."""
    await connection.execute(delete(origin).where(origin.c.record == record))


async def list_ancestors(connection: AsyncConnection, record: str) -> list[str]:
    """List what a record was made from, its own origin first and the root last."""
    rows = await connection.execute(text(_ANCESTORS), {"record": record, "most": MOST_STOREYS})
    return [row.parent for row in rows]


async def list_tree(connection: AsyncConnection, root: str) -> list[Branch]:
    """List a tree from a root, each record behind the one it was made from, the earlier made first."""
    bounds = {"root": root, "storeys": MOST_STOREYS, "records": MOST_RECORDS}
    rows = await connection.execute(text(_TREE), bounds)
    return [convert(row, Branch, from_attributes=True) for row in rows]


_ANCESTORS = """
    with recursive above (parent, storey) as (
        select parent, 1 from origin where record = :record
        union all
        select o.parent, a.storey + 1 from above a join origin o on o.record = a.parent where a.storey <= :most
    )
    select parent from above order by storey
"""
_TREE = """
    with recursive below (record, parent, depth, place) as (
        select cast(:root as text), cast(null as text), 0, array[]::text[]
        union all
        select o.record, o.parent, b.depth + 1, b.place || (to_char(o.made_at, 'YYYYMMDDHH24MISSUS') || o.record)
        from below b join origin o on o.parent = b.record where b.depth < :storeys
    )
    select record, parent, depth from below order by place limit :records
"""
