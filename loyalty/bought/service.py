"""Brings the sums of groups of goods up to date, portion by portion, behind the receipts and never in their way.

A portion is one transaction, with how far it came written in it: what a kill interrupts was not done, and the next one
goes on there. The mark is held while a portion lasts, so that of several workers one is at work. The first time the
receipts that are there are counted month by month, and what came meanwhile is in the journal behind the fence.
"""

from calendar import monthrange
from datetime import date, datetime
from typing import Final

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.bought import repository
from loyalty.bought.model import Mark

ACTS_PER_PORTION: Final = 5_000


async def catch_up(connection: AsyncConnection, *, now: datetime, limit: int = ACTS_PER_PORTION) -> bool:
    """Do the next portion; tells whether there are more up to the fence.

    What is behind it waits for the next call, by which time whoever was writing will have ended.
    """
    mark = await repository.lock_mark(connection)
    if mark is None:
        await repository.begin_mark(connection, Mark(await repository.set_fence(connection), built=date.min), now=now)
        return True
    oldest, next_one = await repository.read_horizon(connection)
    if mark.fence.transaction > next_one:  # the database was restored: its transactions are counted anew
        mark = structs.replace(mark, fence=await repository.set_fence(connection))
        await repository.save_mark(connection, mark, now=now)
        return False
    if oldest < mark.fence.transaction:
        return False
    after = await _build(connection, mark) if mark.built is not None else await _take_in(connection, mark, limit=limit)
    await repository.save_mark(connection, after, now=now)
    return after.fence == mark.fence


async def _build(connection: AsyncConnection, mark: Mark) -> Mark:
    """Count the receipts of the next month that has any; behind the last one the journal goes on from the fence."""
    assert mark.built is not None, "the caller looked"
    first = await repository.find_month(connection, after=mark.built)
    if first is None:
        return await _renew(connection, mark)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    await repository.build_days(connection, first=first, last=last)
    return structs.replace(mark, built=last)


async def _take_in(connection: AsyncConnection, mark: Mark, *, limit: int) -> Mark:
    acts = await repository.list_acts(connection, mark, limit=limit)
    if acts:
        await repository.count_anew(connection, [record for _, record in acts])
    if len(acts) == limit:
        return structs.replace(mark, reached=acts[-1][0])
    return await _renew(connection, mark)


async def _renew(connection: AsyncConnection, mark: Mark) -> Mark:
    """Give the mark behind everything up to its fence, with a new fence."""
    return Mark(await repository.set_fence(connection), done=mark.fence.act, since=mark.fence.at)
