"""Locks on names: of two who speak of one thing at once, there or not yet, the second waits for the first."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def lock_name(connection: AsyncConnection, name: str) -> None:
    """Lock a name such as `hold:<uid>` until the transaction ends."""
    await connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
