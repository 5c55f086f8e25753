"""The SQL of replacing a card that nothing else needs. The caller holds the locks of both cards."""

from datetime import date

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.accounts.tables import card_day
from loyalty.cards.tables import card


async def list_days(connection: AsyncConnection, card_id: int) -> list[tuple[date, int, int]]:
    """List a card's turnover and purchases by day, oldest first, days of nothing left out."""
    query = select(card_day.c.day, card_day.c.turnover, card_day.c.receipts).where(card_day.c.card_id == card_id)
    rows = await connection.execute(query.order_by(card_day.c.day))
    return [(day, turnover, purchases) for day, turnover, purchases in rows if turnover or purchases]


async def redirect(connection: AsyncConnection, old_id: int, new_id: int) -> None:
    """Let cards that a card replaced, and cards that spend its money, go on with its successor."""
    chain = update(card).where(card.c.successor_id == old_id)
    await connection.execute(chain.values(successor_id=new_id))
    sharing = update(card).where(card.c.account_id == old_id, card.c.card_id != new_id)
    await connection.execute(sharing.values(account_id=new_id))
