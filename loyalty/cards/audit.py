"""What was done to a card, by whom and when: the journal's rows of one card, page by page.

What receipts did is left out: that stands in the card's ledgers.
"""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import activity
from database.keyset import Page, Place, read_page

PAGE_ROWS = 20
OF_RECEIPTS = ("receipt.posted", "receipt.parked", "receipt.suspended")


class CardEvent(Struct, frozen=True):
    """One act on a card; `data` holds old and new values, amounts in minor units, percents in 1/10000 of a percent."""

    id: int
    at: datetime
    actor: str
    act: str
    data: dict[str, object] | None


async def list_events(connection: AsyncConnection, card_id: int, *, place: Place | None = None) -> Page[CardEvent]:
    """List what was done to a card, newest first; a place is a moment and the identifier of a row."""
    query = select(*(activity.c[name] for name in CardEvent.__struct_fields__))
    query = query.where(activity.c.card_id == card_id, activity.c.act.not_in(OF_RECEIPTS))
    keys = [activity.c.at, activity.c.id]
    return await read_page(connection, query, keys=keys, place=place, size=PAGE_ROWS, row_type=CardEvent)
