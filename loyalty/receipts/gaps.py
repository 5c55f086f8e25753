"""Receipts that a till numbered and the server does not have: holes in the sequence that each till counts.

The key idea: a till's journal numbers its receipts from 1 without a hole, and begins anew with another `till_instance`
when the till was set up anew. So a number that is missing between two that are here is a receipt on its way, one that
was refused, or one that was lost with the till.
"""

from datetime import date

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.receipts.tables import receipt

MOST_GAPS = 1_000


class Gap(Struct, frozen=True):
    """Numbers from `first` to `last` of one installation of a till that are not here, and the day they come before."""

    store: str
    till: str
    till_instance: str
    first: int
    last: int
    before: date


async def list_gaps(connection: AsyncConnection, *, since: date) -> list[Gap]:
    """List the gaps between receipts of a day and later, the newest first, at most MOST_GAPS."""
    column = receipt.c
    who = [column.store, column.till, column.till_instance]
    before = func.lag(column.seq).over(partition_by=who, order_by=column.seq).label("before_seq")
    numbered = (
        select(*who, column.seq, column.business_date, before)
        .where(column.business_date >= since, column.seq.is_not(None), column.till_instance.is_not(None))
        .subquery()
    )
    found = numbered.c
    query = (
        select(found.store, found.till, found.till_instance, found.before_seq + 1, found.seq - 1, found.business_date)
        .where(found.seq > found.before_seq + 1)
        .order_by(found.business_date.desc(), found.store, found.till, found.seq.desc())
        .limit(MOST_GAPS)
    )
    return [Gap(*row) for row in await connection.execute(query)]
