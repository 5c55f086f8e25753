"""All SQL of the catalogue: series with their rules, price lists and stores."""

from datetime import datetime, tzinfo
from typing import Any  # rows of a table hold values of any column
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Row, column, func, insert, select, table, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.cards.model import Catalogue, PriceListSettings, Series, SeriesSettings, Store
from loyalty.cards.rules import SeriesRules
from loyalty.cards.tables import price_list, price_list_version, series, series_rules_version, series_version
from loyalty.money import Currency

_installation = table("installation", *map(column, ("currency", "places", "timezone", "catalogue_version")))
_store = table("store", *map(column, ("code", "name", "timezone")))


async def load_catalogue(connection: AsyncConnection) -> Catalogue:
    """Load all series, price lists and stores as of one version."""
    installation = (await connection.execute(select(_installation))).one()
    lists = (await connection.execute(select(price_list.c.code, price_list.c.definition))).all()
    stores = (await connection.execute(select(_store.c.code, _store.c.timezone))).all()
    return Catalogue(
        version=installation.catalogue_version,
        currency=Currency(installation.currency, installation.places),
        timezone=installation.timezone,
        series=await load_all_series(connection),
        price_lists={row.code: msgspec.convert(row.definition, PriceListSettings).named(row.code) for row in lists},
        stores={row.code: Store(row.code, row.timezone) for row in stores},
    )


async def load_all_series(connection: AsyncConnection) -> dict[int, Series]:
    """Load all series by their identifiers."""
    return {row.id: _series(row) for row in await connection.execute(select(series))}


async def load_catalogue_version(connection: AsyncConnection) -> int:
    """Load the number that counts every change of the catalogue."""
    return int((await connection.execute(select(_installation.c.catalogue_version))).scalar_one())


async def load_series(connection: AsyncConnection, series_id: int) -> Series:
    """Load the series of a card."""
    return _series((await connection.execute(select(series).where(series.c.id == series_id))).one())


async def find_series(connection: AsyncConnection, code: str) -> Series | None:
    """Find a series by its code."""
    row = (await connection.execute(select(series).where(series.c.code == code))).one_or_none()
    return None if row is None else _series(row)


async def lock_series(connection: AsyncConnection, code: str) -> Series | None:
    """Find a series and lock it against changes; receipts that re-rate its cards, and refer to it so, go on."""
    query = select(series).where(series.c.code == code).with_for_update(key_share=True)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _series(row)


def _series(row: Row[Any]) -> Series:
    rules = SeriesRules() if row.rules is None else msgspec.convert(row.rules, SeriesRules)
    settings = msgspec.convert(row.definition, SeriesSettings)
    return Series(row.id, row.code, row.version, settings, rules, row.rules_version)


async def load_zone(connection: AsyncConnection, store: str = "") -> tzinfo:
    """Load a store's time zone, the installation's for one that is not known."""
    own = select(_store.c.timezone).where(_store.c.code == store).scalar_subquery()
    return ZoneInfo((await connection.execute(select(func.coalesce(own, _installation.c.timezone)))).scalar_one())


async def bump_catalogue(connection: AsyncConnection) -> None:
    """Count the catalogue's version up, so that every process reads it again; serialises changes of the catalogue."""
    await connection.execute(text("update installation set catalogue_version = catalogue_version + 1"))


async def save_series(connection: AsyncConnection, code: str, settings: SeriesSettings, *, now: datetime) -> Series:
    """Make a series or give it its next version."""
    definition = msgspec.to_builtins(settings)
    made = upsert(series).values(code=code, version=1, definition=definition, last_counter=0)
    changed = made.on_conflict_do_update(
        index_elements=[series.c.code], set_={"version": series.c.version + 1, "definition": definition}
    )
    row = (await connection.execute(changed.returning(*series.c))).one()
    version = {"series_id": row.id, "version": row.version, "since": now, "definition": definition}
    await connection.execute(insert(series_version).values(version))
    return _series(row)


async def save_rules(connection: AsyncConnection, before: Series, rules: SeriesRules, *, now: datetime) -> Series:
    """Give a locked series the next version of its rules."""
    plain = msgspec.to_builtins(rules)
    version = before.rules_version + 1
    await connection.execute(update(series).where(series.c.id == before.id).values(rules_version=version, rules=plain))
    row = {"series_id": before.id, "version": version, "since": now, "rules": plain}
    await connection.execute(insert(series_rules_version).values(row))
    return msgspec.structs.replace(before, rules=rules, rules_version=version)


async def find_price_list(connection: AsyncConnection, code: str) -> PriceListSettings | None:
    """Find a price list's current settings."""
    found = (await connection.execute(select(price_list.c.definition).where(price_list.c.code == code))).scalar()
    return None if found is None else msgspec.convert(found, PriceListSettings)


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
