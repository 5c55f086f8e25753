"""The SQL of addresses that get nothing more."""

from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.model import Why
from crm.consents.tables import suppression

_kept = suppression.c


class Suppression(Struct, frozen=True):
    """Why an address gets nothing more, since when and by whom."""

    reason: Why
    at: datetime
    actor: str


async def find_suppression(connection: AsyncConnection, hashed: bytes) -> Suppression | None:
    """Find what is kept of an address."""
    query = select(_kept.reason, _kept.at, _kept.actor).where(_kept.hash == hashed)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else convert(row, Suppression, from_attributes=True)


async def insert_suppression(
    connection: AsyncConnection, hashed: bytes, reason: Why, *, actor: str, now: datetime
) -> bool:
    """Add an address; False where it is there already, for whichever reason."""
    put = insert(suppression).values(hash=hashed, reason=reason, actor=actor, at=now)
    return bool((await connection.execute(put.on_conflict_do_nothing())).rowcount)


async def delete_suppression(connection: AsyncConnection, hashed: bytes) -> bool:
    """Take an address off; False where it is not there."""
    return bool((await connection.execute(delete(suppression).where(_kept.hash == hashed))).rowcount)


async def count_suppressions(connection: AsyncConnection) -> dict[Why, int]:
    """Count the addresses by reason."""
    query = select(_kept.reason, func.count()).group_by(_kept.reason)
    return {row[0]: row[1] for row in await connection.execute(query)}
