"""The SQL of mass changes: which cards are meant, and what was done to each."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.cards.model import Card
from loyalty.cards.selection import Selection, conditions
from loyalty.cards.tables import card, card_change, card_number

_CARD_COLUMNS = [card.c[name] for name in Card.__struct_fields__]


class Changed(Struct, frozen=True):
    """What a mass change did to a card: columns before and after, as plain JSON values."""

    card_id: int
    old: dict[str, object]
    new: dict[str, object]


async def count_cards(connection: AsyncConnection, selection: Selection, *, today: date) -> int:
    """Count the cards that are meant."""
    query = select(func.count()).select_from(card).where(*conditions(selection, today))
    return int((await connection.execute(query)).scalar_one())


async def list_portion(
    connection: AsyncConnection, selection: Selection, *, after: int, today: date, limit: int
) -> list[Card]:
    """List the next cards that are meant, in the order of their identifiers, without a lock."""
    query = select(*_CARD_COLUMNS).where(*conditions(selection, today), card.c.card_id > after)
    return [Card(*row) for row in await connection.execute(query.order_by(card.c.card_id).limit(limit))]


async def find_card_ids(connection: AsyncConnection, numbers: Sequence[str]) -> dict[str, int]:
    """Find cards by their kept numbers."""
    query = select(card_number.c.number, card_number.c.card_id).where(card_number.c.number.in_(numbers))
    return {row.number: row.card_id for row in await connection.execute(query)}


async def keep_changes(connection: AsyncConnection, job_id: int, changes: Sequence[Changed]) -> None:
    """Keep what a portion of a mass change did."""
    rows = [{"job_id": job_id, "card_id": one.card_id, "old": one.old, "new": one.new} for one in changes]
    if rows:
        await connection.execute(insert(card_change), rows)


async def list_changes(connection: AsyncConnection, job_id: int, *, after: int, limit: int) -> list[Changed]:
    """List what a mass change did, in the order of the cards' identifiers."""
    query = select(card_change.c.card_id, card_change.c.old, card_change.c.new).where(card_change.c.job_id == job_id)
    query = query.where(card_change.c.card_id > after).order_by(card_change.c.card_id).limit(limit)
    return [Changed(*row) for row in await connection.execute(query)]


async def count_changes(connection: AsyncConnection, job_id: int) -> int:
    """Count the cards that a mass change changed."""
    query = select(func.count()).select_from(card_change).where(card_change.c.job_id == job_id)
    return int((await connection.execute(query)).scalar_one())
