"""All SQL of the shop's own data, of how far it is set up, and of the first cards of its tills."""

from datetime import datetime
from typing import Final

from msgspec import structs
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.shop.model import FirstCard, Shop, Standing


async def find_shop(connection: AsyncConnection, *, is_locked: bool = False) -> tuple[Shop, int]:
    """Find the shop's data and their version; locked, nobody else changes them until the transaction ends."""
    row = (await connection.execute(text(_SHOP_LOCKED if is_locked else _SHOP))).mappings().one()
    values = dict(row)
    version = int(values.pop("version"))
    return Shop(**values), version


async def update_shop(connection: AsyncConnection, shop: Shop) -> None:
    """Write the shop's data and make their next version."""
    await connection.execute(text(_UPDATE), structs.asdict(shop))


async def find_standing(connection: AsyncConnection) -> Standing:
    """Find how far the shop is set up: a few looks at the beginning of an index each."""
    shop, version = await find_shop(connection)
    row = (await connection.execute(text(_STANDING))).mappings().one()
    values = dict(row)
    first = {name: values.pop(f"first_{name}") for name in FirstCard.__struct_fields__}
    first_card = None if first["card_id"] is None else FirstCard(**first)
    return Standing(shop=shop, version=version, first_card=first_card, **values)


async def put_guide_left(connection: AsyncConnection, at: datetime | None) -> None:
    """Note that the guide was left, or taken up again."""
    await connection.execute(text("update shop set guide_left_at = :at"), {"at": at})


async def put_first_card(connection: AsyncConnection, store: str, till: str, card_id: int, *, at: datetime) -> bool:
    """Keep the first card that a till read; tells whether it was the first."""
    values = {"store": store, "till": till, "card": card_id, "at": at}
    return (await connection.execute(text(_FIRST_CARD), values)).rowcount > 0


_SHOP: Final = "select name, address, phone, email, website, numbers, version from shop"
_SHOP_LOCKED: Final = f"{_SHOP} for update"
_UPDATE: Final = """
    update shop set name = :name, address = :address, phone = :phone, email = :email, website = :website,
        numbers = :numbers, version = version + 1
"""
_STANDING: Final = """
    select s.guide_left_at,
        (select code from store order by code limit 1) as store,
        (select code from series order by id limit 1) as series,
        (select card_id from card order by card_id limit 1) as card_id,
        exists (select from access_token where role = 'till' and revoked_at is null) as has_till,
        f.store_code as first_store, f.code as first_till, f.first_card_id as first_card_id, f.first_card_at as first_at
    from shop s left join lateral (
        select store_code, code, first_card_id, first_card_at from till where first_card_id is not null
        order by first_card_at limit 1) f on true
"""
_FIRST_CARD: Final = """
    update till set first_card_id = :card, first_card_at = :at
    where store_code = :store and code = :till and first_card_id is null
"""
