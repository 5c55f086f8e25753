"""How the count of a card's purchases moves when a receipt is taken back.

A sale of goods is a purchase until all of them were returned. Whichever return is voided then, the sale is a purchase
again: the count follows what is left of the sale, not the order in which its returns came and went.
"""

from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.receipts.model import TOP_UP
from loyalty.receipts.tables import receipt, receipt_key, receipt_line

_NO_TOP_UP = receipt_line.c.marks.op("&")(TOP_UP) == 0


async def count_purchases_given_back(connection: AsyncConnection, return_uid: UUID, original_uid: UUID) -> int:
    """Count the purchases that the void of a posted return brings back: 1 where nothing is left of its sale now.

    Locks the sale, so that no other return moves meanwhile.
    """
    columns = (receipt_key.c.receipt_id, receipt_key.c.business_date)
    lock = select(*columns).where(receipt_key.c.uid == original_uid).with_for_update(key_share=True)
    receipt_id, business_date = (await connection.execute(lock)).one()
    goods = (
        select(receipt_line.c.line, receipt_line.c.quantity)
        .where(receipt_line.c.receipt_id == receipt_id, receipt_line.c.business_date == business_date)
        .where(receipt_line.c.quantity > 0, _NO_TOP_UP)
    ).subquery()
    sold = await _sum(connection, select(goods.c.quantity))
    taken = _returned(receipt.c.original_uid == original_uid).where(
        receipt_line.c.original_line.in_(select(goods.c.line))
    )
    is_over = sold == await _sum(connection, taken)
    return 1 if is_over and await _sum(connection, taken.where(receipt.c.uid == return_uid)) else 0


def _returned(returns: ColumnElement[bool]) -> Select[tuple[int]]:
    same = and_(receipt_line.c.receipt_id == receipt.c.id, receipt_line.c.business_date == receipt.c.business_date)
    query = select(receipt_line.c.quantity).select_from(receipt.join(receipt_line, same))
    return query.where(returns, receipt.c.state == "posted", receipt_line.c.quantity > 0)


async def _sum(connection: AsyncConnection, quantities: Select[tuple[int]]) -> int:
    found = quantities.subquery()
    total = select(func.coalesce(cast(func.sum(found.c.quantity), BigInteger), 0))
    return int((await connection.execute(total)).scalar_one())
