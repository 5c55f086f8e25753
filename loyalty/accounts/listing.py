"""A card's ledgers as people read them: entries with running sums, newest first, and turnover by month."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Date, alias, and_, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from database.keyset import Page, Place, read_page
from loyalty.accounts.tables import card_day, ledger

PAGE_ROWS = 20

LedgerName = Literal["turnover", "money", "points"]


class LedgerEntry(Struct, frozen=True):
    """One entry: what moved, what the card stood at after it, and the receipt, document or act it came from.

    Amounts are in minor units. `business_date` is the day it counts for, `at` the moment it was written. An entry that
    takes another back names what that one came from as `corrected_uid`.
    """

    seq: int
    amount: int
    after: int
    source: str
    source_uid: UUID
    corrected_uid: UUID | None
    business_date: date
    at: datetime


class MonthSum(Struct, frozen=True):
    """The turnover of one month, named by its first day, in minor units."""

    month: date
    turnover: int


async def list_entries(
    connection: AsyncConnection, card_id: int, *, account: LedgerName, place: Place | None = None
) -> Page[LedgerEntry]:
    """List the entries of one of a card's ledgers, newest first."""
    entry, corrected = ledger.c, alias(ledger)
    is_corrected = and_(
        corrected.c.card_id == entry.card_id,
        corrected.c.business_date == entry.business_date,
        corrected.c.seq == entry.corrects,
    )
    columns = (entry.seq, entry.amount, entry.after, entry.source, entry.source_uid, entry.business_date, entry.at)
    # A scalar of the few rows that are shown: a join would be made of all entries before the page is cut.
    corrected_uid = select(corrected.c.source_uid).where(is_corrected).correlate(ledger).scalar_subquery()
    query = select(*columns, corrected_uid.label("corrected_uid")).where(
        entry.card_id == card_id, entry.account == account
    )
    return await read_page(
        connection,
        query,
        keys=[ledger.c.seq],
        place=place,
        size=PAGE_ROWS,
        row_type=LedgerEntry,
    )


async def list_months(connection: AsyncConnection, card_id: int, *, first: date, last: date) -> list[MonthSum]:
    """Sum a card's turnover by month, from the month of one day to the month of another, months without any as 0."""
    month = cast(func.date_trunc("month", card_day.c.day), Date)
    query = select(month, func.sum(card_day.c.turnover)).group_by(month)
    query = query.where(card_day.c.card_id == card_id, month.between(first.replace(day=1), last))
    found = {row[0]: int(row[1]) for row in await connection.execute(query)}
    return [MonthSum(day, found.get(day, 0)) for day in _months(first, last)]


async def sum_turnover(
    connection: AsyncConnection, card_ids: Iterable[int], *, first: date, last: date
) -> dict[int, int]:
    """Sum the turnover of cards from one day to another; those without any in these days are left out."""
    query = select(card_day.c.card_id, func.sum(card_day.c.turnover)).group_by(card_day.c.card_id)
    query = query.where(card_day.c.card_id.in_(card_ids), card_day.c.day.between(first, last))
    return {card_id: int(turnover) for card_id, turnover in await connection.execute(query)}


async def find_last_day(connection: AsyncConnection, card_id: int) -> date | None:
    """Find the last day on which a card's turnover moved."""
    days = select(card_day.c.day).where(card_day.c.card_id == card_id).order_by(card_day.c.day.desc()).limit(1)
    return (await connection.execute(days)).scalar_one_or_none()


async def find_last_purchase(connection: AsyncConnection, card_ids: Iterable[int]) -> date | None:
    """Find the last day on which the turnover of any of some cards moved."""
    last = select(func.max(card_day.c.day)).where(card_day.c.card_id.in_(card_ids))
    found: date | None = (await connection.execute(last)).scalar_one()
    return found


def _months(first: date, last: date) -> list[date]:
    start, stop = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [date(index // 12, index % 12 + 1, 1) for index in range(start, stop + 1)]
