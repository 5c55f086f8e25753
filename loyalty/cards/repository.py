"""All SQL of series, price lists, stores and cards but the hot path's."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import column, func, insert, select, table, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.cards.model import Card, Catalogue, PriceListSettings, Series, SeriesSettings, Store
from loyalty.cards.tables import (
    card,
    card_number,
    card_state_change,
    price_list,
    price_list_version,
    series,
    series_version,
)
from loyalty.money import Currency
from loyalty.pricing.model import PriceList

MOST_CARD_ID = 2**63 - 1
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
"""Before every moment of a receipt; the day before it would be read back as minus infinity, without a time zone."""

_installation = table("installation", *map(column, ("currency", "places", "timezone", "catalogue_version")))
_store = table("store", *map(column, ("code", "name", "timezone")))
_CARD_COLUMNS = [card.c[name] for name in Card.__struct_fields__]


async def load_catalogue(connection: AsyncConnection) -> Catalogue:
    """Load all series, price lists and stores as of one version."""
    installation = (await connection.execute(select(_installation))).one()
    found = (await connection.execute(select(series))).all()
    lists = (await connection.execute(select(price_list.c.code, price_list.c.definition))).all()
    stores = (await connection.execute(select(_store.c.code, _store.c.timezone))).all()
    return Catalogue(
        version=installation.catalogue_version,
        currency=Currency(installation.currency, installation.places),
        timezone=installation.timezone,
        series={row.id: _series(row.id, row.code, row.version, row.definition) for row in found},
        price_lists={row.code: _price_list(row.code, row.definition) for row in lists},
        stores={row.code: Store(row.code, row.timezone) for row in stores},
    )


async def load_catalogue_version(connection: AsyncConnection) -> int:
    """Load the number that counts every change of the catalogue."""
    return int((await connection.execute(select(_installation.c.catalogue_version))).scalar_one())


def _series(series_id: int, code: str, version: int, definition: object) -> Series:
    return Series(series_id, code, version, msgspec.convert(definition, SeriesSettings))


def _price_list(code: str, definition: object) -> PriceList:
    settings = msgspec.convert(definition, PriceListSettings)
    return PriceList(code, settings.name, settings.rank, settings.window, settings.quotations)


async def bump_catalogue(connection: AsyncConnection) -> None:
    """Count the catalogue's version up, so that every process reads it again; serialises changes of the catalogue."""
    await connection.execute(text("update installation set catalogue_version = catalogue_version + 1"))


async def lock_series(connection: AsyncConnection, code: str) -> Series | None:
    """Find a series and lock it against changes."""
    row = (await connection.execute(select(series).where(series.c.code == code).with_for_update())).one_or_none()
    return None if row is None else _series(row.id, row.code, row.version, row.definition)


async def save_series(connection: AsyncConnection, code: str, settings: SeriesSettings, *, now: datetime) -> Series:
    """Make a series or give it its next version."""
    definition = msgspec.to_builtins(settings)
    made = upsert(series).values(code=code, version=1, definition=definition, last_counter=0)
    changed = made.on_conflict_do_update(
        index_elements=[series.c.code], set_={"version": series.c.version + 1, "definition": definition}
    )
    row = (await connection.execute(changed.returning(series.c.id, series.c.version))).one()
    version = {"series_id": row.id, "version": row.version, "since": now, "definition": definition}
    await connection.execute(insert(series_version).values(version))
    return Series(row.id, code, row.version, settings)


async def save_price_list(
    connection: AsyncConnection, code: str, settings: PriceListSettings, *, now: datetime
) -> tuple[bool, int]:
    """Make a price list or give it its next version; tells whether it is new, and its version."""
    definition = msgspec.to_builtins(settings)
    made = upsert(price_list).values(code=code, version=1, definition=definition)
    changed = made.on_conflict_do_update(
        index_elements=[price_list.c.code], set_={"version": price_list.c.version + 1, "definition": definition}
    )
    row = (await connection.execute(changed.returning(price_list.c.id, price_list.c.version))).one()
    version = {"price_list_id": row.id, "version": row.version, "since": now, "definition": definition}
    await connection.execute(insert(price_list_version).values(version))
    return row.version == 1, row.version


async def find_price_list(connection: AsyncConnection, code: str) -> PriceListSettings | None:
    """Find a price list's current settings."""
    found = (await connection.execute(select(price_list.c.definition).where(price_list.c.code == code))).scalar()
    return None if found is None else msgspec.convert(found, PriceListSettings)


async def series_has_cards(connection: AsyncConnection, series_id: int) -> bool:
    """Tell whether a series has any card."""
    return bool((await connection.execute(select(select(card).where(card.c.series_id == series_id).exists()))).scalar())


async def set_inherited_limit(connection: AsyncConnection, series_id: int, limit: int) -> None:
    """Give a series' limit to its cards without one of their own; what they owe beyond it is kept as overdraft."""
    beyond = func.greatest(0, card.c.held - card.c.balance - limit)
    inherits = (card.c.series_id == series_id) & card.c.own_credit_limit.is_(None) & (card.c.credit_limit != limit)
    await connection.execute(update(card).where(inherits).values(credit_limit=limit, overdraft=beyond))


async def lock_counter(connection: AsyncConnection, series_id: int) -> int:
    """Lock a series for the making of cards; gives the counter of the last number made."""
    query = select(series.c.last_counter).where(series.c.id == series_id).with_for_update()
    return int((await connection.execute(query)).scalar_one())


async def save_counter(connection: AsyncConnection, series_id: int, last: int) -> None:
    """Remember the counter of the last number made."""
    await connection.execute(update(series).where(series.c.id == series_id).values(last_counter=last))


async def insert_cards(
    connection: AsyncConnection, numbers: Sequence[tuple[str, str]], *, of: Series, state: str, now: datetime
) -> dict[str, int]:
    """Make cards with given (kept, shown) numbers; numbers that exist are left out. Gives card_id by shown number."""
    if not numbers:
        return {}
    statement = text(_INSERT_CARDS)
    parameters = {
        "kept": [kept for kept, _ in numbers],
        "shown": [shown for _, shown in numbers],
        "series": of.id,
        "state": state,
        "credit_limit": of.settings.credit_limit,
        "now": now,
    }
    return {row.number: row.card_id for row in await connection.execute(statement, parameters)}


_INSERT_CARDS = """
    with directory as (
        insert into card_number (number, card_id)
        select kept, nextval('card_id_seq') from unnest(cast(:kept as text[])) as kept
        on conflict do nothing
        returning number, card_id)
    insert into card (card_id, number, series_id, state, credit_limit, created_at)
    select d.card_id, n.shown, :series, :state, :credit_limit, :now
    from unnest(cast(:kept as text[]), cast(:shown as text[])) as n(kept, shown)
    join directory d on d.number = n.kept
    returning number, card_id
"""


async def find_taken_numbers(connection: AsyncConnection, numbers: Sequence[str]) -> set[str]:
    """Find which of some kept numbers are cards' already."""
    query = select(card_number.c.number).where(card_number.c.number.in_(numbers))
    return set((await connection.execute(query)).scalars())


async def find_card_id(connection: AsyncConnection, number: str) -> int | None:
    """Find a card by its kept number."""
    return (
        await connection.execute(select(card_number.c.card_id).where(card_number.c.number == number))
    ).scalar_one_or_none()


async def find_card(connection: AsyncConnection, card_id: int, *, lock: bool = False) -> Card | None:
    """Find a card, and lock it for a change if asked to. An identifier beyond its column's range names no card."""
    if abs(card_id) > MOST_CARD_ID:
        return None
    query = select(*_CARD_COLUMNS).where(card.c.card_id == card_id)
    row = (await connection.execute(query.with_for_update(key_share=True) if lock else query)).one_or_none()
    return None if row is None else Card(*row)


async def list_held_cards(connection: AsyncConnection, holder_ids: Iterable[int]) -> list[Card]:
    """List the cards of holders, oldest first."""
    query = select(*_CARD_COLUMNS).where(card.c.holder_id.in_(holder_ids)).order_by(card.c.card_id)
    return [Card(*row) for row in await connection.execute(query)]


async def change_card(connection: AsyncConnection, card_id: int, values: dict[str, object]) -> None:
    """Change columns of a card."""
    await connection.execute(update(card).where(card.c.card_id == card_id).values(values))


async def change_state(
    connection: AsyncConnection, before: Card, state: str, *, reason: str | None, now: datetime
) -> None:
    """Move a card to a state and keep what it was before, so that its state at any moment can be told."""
    if before.state_since is None:
        first = {"card_id": before.card_id, "since": BEGINNING, "state": before.state}
        await connection.execute(insert(card_state_change).values(first))
    row = {"card_id": before.card_id, "since": now, "state": state, "reason": reason}
    await connection.execute(insert(card_state_change).values(row))
    await change_card(connection, before.card_id, {"state": state, "state_since": now})
