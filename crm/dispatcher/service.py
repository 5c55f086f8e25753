"""Use cases of the feed: read it by filters and words, look at one row, pin and unpin rows for everybody."""

from collections.abc import Collection
from datetime import datetime

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.dispatcher.errors import FeedRowNotFoundError
from crm.dispatcher.model import FeedFilter, FeedPage, FeedRow, Moment
from crm.dispatcher.repository import entries, feed
from crm.dispatcher.repository.feed import PAGE_ROWS, list_feed
from crm.dispatcher.repository.words import find_records
from crm.search.model import read_typed
from database.activity import Act, record_activity

MOST_PINNED = 20
MOST_NEW = 100
"""So many rows that came meanwhile are counted; of more it is said that there are more."""

list_acts = feed.list_acts


async def read_feed(
    connection: AsyncConnection,
    wanted: FeedFilter,
    *,
    words: str = "",
    now: datetime,
    zone: str,
    before: Moment | None = None,
    size: int = PAGE_ROWS,
) -> FeedPage:
    """Read a page of the feed; with words, the rows of the records whose own texts hold them."""
    if words:
        typed = read_typed(words, None)
        found = await find_records(connection, typed=typed.text, tsquery=typed.tsquery, families=wanted.families)
        wanted = structs.replace(wanted, records=found)
    return await list_feed(connection, wanted, now=now, zone=zone, before=before, size=size)


async def count_new(
    connection: AsyncConnection, wanted: FeedFilter, *, after: Moment, words: str = "", now: datetime, zone: str
) -> int:
    """Count the rows that came above a place, MOST_NEW + 1 at most."""
    since = structs.replace(wanted, since=max(after.at, wanted.since or after.at))
    page = await read_feed(connection, since, words=words, now=now, zone=zone, size=MOST_NEW + 2)
    return min(sum((row.at, row.id) > (after.at, after.id) for row in page.rows), MOST_NEW + 1)


async def load_row(connection: AsyncConnection, place: Moment, families: Collection[str]) -> FeedRow:
    """Load a row that the reader may see. Raises FeedRowNotFoundError."""
    row = await feed.find_row(connection, place, families)
    if row is None:
        raise FeedRowNotFoundError("there is no such row in the feed")
    return row


async def list_pinned(connection: AsyncConnection, families: Collection[str]) -> list[FeedRow]:
    """List the rows on top that the reader may see, the newest first."""
    places = await entries.list_pins(connection, most=MOST_PINNED)
    rows = await feed.load_rows(connection, places) if places else []
    return [row for row in rows if row.family in families]


async def set_pin(
    connection: AsyncConnection, place: Moment, *, pinned: bool, families: Collection[str], user_id: int, act: Act
) -> None:
    """Keep a row on top for everybody, or take it off. Raises FeedRowNotFoundError."""
    row = await load_row(connection, place, families)
    if pinned:
        changed = await entries.insert_pin(connection, place, user_id=user_id, now=act.at)
    else:
        changed = await entries.delete_pin(connection, place.id)
    if changed:
        what = "dispatcher.pinned" if pinned else "dispatcher.unpinned"
        await record_activity(connection, act=act, what=what, record=row.record, data={"row": row.id}, importance=3)
