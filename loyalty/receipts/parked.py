"""What waits for a receipt that is there after all: it came in the very moment in which the other was being parked."""

from uuid import UUID

from msgspec import Struct
from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.receipts.tables import awaited_original, receipt_key


class ArrivedVoid(Struct, frozen=True):
    """A void that may be done now."""

    receipt_uid: UUID
    void_uid: UUID
    reason: str


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


async def list_arrived_voids(connection: AsyncConnection, *, limit: int) -> list[ArrivedVoid]:
    """List voids whose receipt has come, the longest waiting first; `void_receipt` does each as if it came now."""
    waiting = awaited_original.c
    detail = [waiting.detail[name].astext for name in ("void_uid", "reason")]
    is_there = exists().where(receipt_key.c.uid == waiting.original_uid)
    query = (
        select(waiting.original_uid, *detail).where(waiting.act == "void", is_there).order_by(waiting.id).limit(limit)
    )
    rows = await connection.execute(query)
    return [ArrivedVoid(uid, UUID(void_uid), reason) for uid, void_uid, reason in rows]
