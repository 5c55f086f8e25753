"""The activity journal as people read it: who did what, the newest first, found by actor, act, record and days.

What tills post by the thousand, receipts as such, stands in a list of its own and is left out here; so the indexes of
this list hold only what people look for and cost the way of a receipt nothing.
"""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import activity
from database.keyset import Page, Place, read_page

PAGE_ROWS = 50

OF_PEOPLE = text("activity.act not in ('receipt.posted', 'receipt.parked', 'receipt.suspended')")
"""Word for word the condition of the indexes `activity_*`, for only so the planner takes them."""


class JournalFilter(Struct, frozen=True):
    """Which acts are meant, to the letter: `user:nora`, `card.blocked`, `card:17`; `until` is not included."""

    actor: str | None = None
    act: str | None = None
    record: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class JournalRow(Struct, frozen=True):
    """One act; `data` holds old and new values, people's own data excepted."""

    id: int
    at: datetime
    actor: str
    act: str
    record: str
    card_id: int | None
    party_id: int | None
    data: dict[str, object] | None


_COLUMNS = [activity.c[name] for name in JournalRow.__struct_fields__]


async def list_journal(
    connection: AsyncConnection, wanted: JournalFilter, *, place: Place | None = None, size: int = PAGE_ROWS
) -> Page[JournalRow]:
    """List acts, the newest first; a place is a moment and the identifier of a row."""
    column = activity.c
    query = select(*_COLUMNS).where(OF_PEOPLE)
    for name in ("actor", "act", "record"):
        asked = getattr(wanted, name)
        if asked is not None:
            query = query.where(column[name] == asked)
    if wanted.since is not None:
        query = query.where(column.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(column.at < wanted.until)
    return await read_page(connection, query, keys=[column.at, column.id], place=place, size=size, row_type=JournalRow)
