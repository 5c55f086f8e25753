"""What was done to a card, a series or a price list, by whom and when: rows of the journal, newest first.

What receipts did to a card is left out: that stands in its ledgers.
"""

from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import activity
from database.keyset import Page, Place, read_page
from loyalty.cards.model import Series
from loyalty.cards.tables import price_list, price_list_version, series_version

PAGE_ROWS = 20
MOST_ACTS = 12
OF_RECEIPTS = ("receipt.posted", "receipt.parked", "receipt.suspended")


class KeptAct(Struct, frozen=True):
    """One act; `data` holds old and new values, amounts in minor units, percents in 1/10000 of a percent."""

    id: int
    at: datetime
    actor: str
    act: str
    data: dict[str, object] | None


_COLUMNS = [activity.c[name] for name in KeptAct.__struct_fields__]


async def list_acts(
    connection: AsyncConnection, card_id: int, *, place: Place | None = None, size: int = PAGE_ROWS
) -> Page[KeptAct]:
    """List what was done to a card; a place is a moment and the identifier of a row."""
    query = select(*_COLUMNS).where(activity.c.card_id == card_id, activity.c.act.not_in(OF_RECEIPTS))
    keys = [activity.c.at, activity.c.id]
    return await read_page(connection, query, keys=keys, place=place, size=size, row_type=KeptAct)


async def list_series_acts(connection: AsyncConnection, of: Series) -> list[KeptAct]:
    """List how a series' settings were changed, `MOST_ACTS` at most.

    A version and its row in the journal bear the same moment, by which the journal is read.
    """
    version = series_version.c
    is_its_own = (activity.c.at == version.since) & (activity.c.record == f"series:{of.code}")
    query = select(*_COLUMNS).select_from(series_version.join(activity, is_its_own))
    return await _newest(connection, query.where(version.series_id == of.id).order_by(version.version.desc()))


async def list_price_list_acts(connection: AsyncConnection, code: str) -> list[KeptAct]:
    """List how a price list was changed, `MOST_ACTS` at most; read as the acts of a series are."""
    version = price_list_version.c
    is_its_own = (activity.c.at == version.since) & (activity.c.record == f"price_list:{code}")
    versions = price_list_version.join(activity, is_its_own).join(price_list, price_list.c.id == version.price_list_id)
    query = select(*_COLUMNS).select_from(versions).where(price_list.c.code == code)
    return await _newest(connection, query.order_by(version.version.desc()))


async def _newest(connection: AsyncConnection, query: Select[*tuple[object, ...]]) -> list[KeptAct]:
    rows = await connection.execute(query.limit(MOST_ACTS))
    return [convert(row, KeptAct, from_attributes=True) for row in rows]
