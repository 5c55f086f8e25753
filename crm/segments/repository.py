"""All SQL of segments: kept, counted and read; what their trees ask is `crm.views.repository.conditions`'."""

from collections.abc import Mapping

from msgspec import convert
from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.tables import party
from crm.segments.model import Segment
from crm.views.model import View
from crm.views.repository.conditions import base_of, condition_of_tree
from crm.views.repository.context import Context
from crm.views.tables import segment
from crm.views.trees import Tree
from database.memory import SUMMED_ONCE
from loyalty.cards.tables import card

Values = Mapping[str, object]


async def list_segments(connection: AsyncConnection, *, is_archived: bool, limit: int) -> list[Segment]:
    """List segments by name."""
    kept = segment.c.archived_at.is_not(None) if is_archived else segment.c.archived_at.is_(None)
    query = select(segment).where(kept).order_by(func.sort_key(segment.c.name), segment.c.id).limit(limit)
    return [convert(row, Segment, from_attributes=True) for row in await connection.execute(query)]


async def find_segment(connection: AsyncConnection, segment_id: int, *, is_locked: bool = False) -> Segment | None:
    """Find a segment, and if asked for let nobody else change it until the transaction ends."""
    query = select(segment).where(segment.c.id == segment_id)
    if is_locked:
        query = query.with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else convert(row, Segment, from_attributes=True)


async def count_segments(connection: AsyncConnection) -> int:
    """Count the segments that are not archived."""
    query = select(func.count()).select_from(segment).where(segment.c.archived_at.is_(None))
    return int((await connection.execute(query)).scalar_one())


async def insert_segment(connection: AsyncConnection, values: Values) -> int:
    """Make a segment and give its identifier. Raises IntegrityError for a name that there is."""
    return int((await connection.execute(insert(segment).values(values).returning(segment.c.id))).scalar_one())


async def update_segment(connection: AsyncConnection, segment_id: int, values: Values) -> None:
    """Change columns of a segment and make its next version. Raises IntegrityError for a name that there is."""
    changed = update(segment).where(segment.c.id == segment_id)
    await connection.execute(changed.values(version=segment.c.version + 1, **values))


async def count_parties(connection: AsyncConnection, tree: Tree, context: Context) -> int:
    """Count the parties of a tree, in one query. Raises ViewError."""
    query = select(func.count()).select_from(party).where(*base_of(View()), condition_of_tree(tree, context))
    await connection.execute(SUMMED_ONCE)
    return int((await connection.execute(query)).scalar_one())


async def prepare_held(connection: AsyncConnection, tree: Tree, context: Context) -> ColumnElement[bool]:
    """Give the condition that a party of a tree holds a card, for a query of this transaction. Raises ViewError."""
    condition = card.c.holder_id.in_(select(party.c.id).where(*base_of(View()), condition_of_tree(tree, context)))
    await connection.execute(SUMMED_ONCE)
    return condition


async def list_party_ids(
    connection: AsyncConnection, tree: Tree, context: Context, *, after: int, limit: int
) -> list[tuple[int, str]]:
    """List the next parties of a tree with their names, in the order of their identifiers. Raises ViewError."""
    query = select(party.c.id, party.c.name).where(*base_of(View()), condition_of_tree(tree, context))
    await connection.execute(SUMMED_ONCE)
    rows = await connection.execute(query.where(party.c.id > after).order_by(party.c.id).limit(limit))
    return [(row.id, row.name) for row in rows]
