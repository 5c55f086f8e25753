"""The SQL of who holds the cards that rows of the feed are about."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.cards.tables import card


async def load_holders(connection: AsyncConnection, card_ids: Collection[int]) -> dict[int, int]:
    """Give the party that holds each of some cards; cards without a holder are left out."""
    if not card_ids:
        return {}
    query = select(card.c.card_id, card.c.holder_id).where(card.c.card_id.in_(card_ids), card.c.holder_id.is_not(None))
    return {row.card_id: row.holder_id for row in await connection.execute(query)}
