"""Parked returns whose sale is there after all: it came in the very moment in which they were being parked."""

from uuid import UUID

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.receipts.tables import awaited_original, receipt_key


async def list_resolvable(connection: AsyncConnection, *, limit: int) -> list[UUID]:
    """List returns that wait for a sale which has come, the longest waiting first."""
    waiting, sale = awaited_original.c, receipt_key.c
    same_key = and_(
        waiting.original_uid.is_(None),
        sale.store == waiting.store,
        sale.till == waiting.till,
        sale.shift == waiting.shift,
        sale.number == waiting.number,
    )
    is_sale = and_(sale.kind == "sale", sale.state.in_(["posted", "voided"]))
    is_there = exists().where(is_sale, or_(sale.uid == waiting.original_uid, same_key))
    query = select(waiting.waiting_uid).where(waiting.act == "return", is_there).order_by(waiting.id).limit(limit)
    return list((await connection.execute(query)).scalars())
