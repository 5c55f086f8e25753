"""All SQL of calls."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.calls.tables import incoming_call
from crm.parties.tables import party

CHANNEL = "tallycard_call"
"""Told the extension of each call that rings."""

SWEPT_AT_ONCE = 1_000


class IncomingCall(Struct, frozen=True):
    """A call that came, by its number as the exchange told it."""

    id: int
    number: str
    extension: str | None
    at: datetime


class Caller(Struct, frozen=True):
    """A party that may be calling."""

    id: int
    name: str
    kind: str
    is_archived: bool


async def insert_call(connection: AsyncConnection, number: str, extension: str | None, *, now: datetime) -> int:
    """Keep a call and give its identifier; whoever watches the extension hears of it when the transaction commits."""
    values = {"number": number, "extension": extension, "at": now}
    made = await connection.execute(insert(incoming_call).values(values).returning(incoming_call.c.id))
    if extension is not None:
        await connection.execute(select(func.pg_notify(CHANNEL, extension)))
    return int(made.scalar_one())


async def sweep_calls(connection: AsyncConnection, *, before: datetime) -> None:
    """Forget some of the calls that came before a moment."""
    old = select(incoming_call.c.id).where(incoming_call.c.at < before).order_by(incoming_call.c.id)
    await connection.execute(delete(incoming_call).where(incoming_call.c.id.in_(old.limit(SWEPT_AT_ONCE))))


async def list_calls(
    connection: AsyncConnection, extension: str, *, after: int, since: datetime, limit: int
) -> list[IncomingCall]:
    """List calls of an extension behind an identifier that came since a moment, the oldest first."""
    call = incoming_call.c
    query = select(incoming_call).where(call.extension == extension, call.id > after, call.at >= since)
    rows = await connection.execute(query.order_by(call.id).limit(limit))
    return [convert(row, IncomingCall, from_attributes=True) for row in rows]


async def last_call_id(connection: AsyncConnection) -> int:
    """Give the identifier of the newest call; 0 where none came."""
    return int((await connection.execute(select(func.coalesce(func.max(incoming_call.c.id), 0)))).scalar_one())


async def load_callers(connection: AsyncConnection, ids: Sequence[int]) -> list[Caller]:
    """Load parties by identifiers, archived ones behind; merged and erased ones call no more."""
    columns = (party.c.id, party.c.name, party.c.kind, party.c.archived_at.is_not(None).label("is_archived"))
    query = select(*columns).where(party.c.id.in_(ids), party.c.merged_into.is_(None), party.c.erased_at.is_(None))
    rows = await connection.execute(query.order_by(party.c.archived_at.is_not(None), party.c.sort_name, party.c.id))
    return [convert(row, Caller, from_attributes=True) for row in rows]
