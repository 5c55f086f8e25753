"""The installation itself: its one currency and time zone, its stores and tills.

The currency cannot change once anything is posted. A store or till comes into being when an administrator's token or an
enrolment first names it.
"""

from uuid import UUID

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from loyalty.money import Currency

FIND_EPOCH = "select epoch from installation"
"""Which life of its data an installation is in; also for connections without SQLAlchemy."""


class CurrencyFixedError(Exception):
    """The settings name another currency than the one in which receipts are posted already."""


async def ensure_installation(connection: AsyncConnection, *, currency: Currency, timezone: str) -> None:
    """Make the installation's row, or bring it to the settings. Raises CurrencyFixedError."""
    kept = (await connection.execute(text("select currency, timezone from installation for update"))).one_or_none()
    values = {"currency": currency.code, "places": currency.places, "timezone": timezone}
    if kept is None:
        await connection.execute(
            text(
                "insert into installation (currency, places, timezone) values (:currency, :places, :timezone)"
                " on conflict (id) do nothing"
            ),
            values,
        )
        return
    if (kept.currency, kept.timezone) == (currency.code, timezone):
        return
    if kept.currency != currency.code and await _has_postings(connection):
        raise CurrencyFixedError(
            f"receipts are posted in {kept.currency} already; TALLYCARD_CURRENCY cannot become {currency.code}"
        )
    await connection.execute(
        text(
            "update installation set currency = :currency, places = :places, timezone = :timezone,"
            " catalogue_version = catalogue_version + 1"
        ),
        values,
    )


async def load_epoch(connection: AsyncConnection) -> UUID:
    """Load which life of the installation this is: a restore begins another one."""
    epoch: UUID = (await connection.execute(text(FIND_EPOCH))).scalar_one()
    return epoch


async def _has_postings(connection: AsyncConnection) -> bool:
    query = text(
        "select exists (select from receipt_key) or exists (select from document) or exists (select from ledger)"
    )
    return bool((await connection.execute(query)).scalar())


async def ensure_till(connection: AsyncConnection, *, store: str, till: str) -> None:
    """Make a store and its till if they are not there; the store gets the installation's time zone."""
    names = {"store": store, "till": till}
    made = await connection.execute(
        text(
            "insert into store (code, name, timezone) select :store, :store, timezone from installation"
            " on conflict do nothing returning code"
        ),
        {"store": store},
    )
    if made.one_or_none() is not None:
        await connection.execute(text("update installation set catalogue_version = catalogue_version + 1"))
    await connection.execute(
        text("insert into till (store_code, code) values (:store, :till) on conflict do nothing"), names
    )


async def list_tills(connection: AsyncConnection) -> set[tuple[str, str]]:
    """List all (store, till)."""
    rows = await connection.execute(text("select store_code, code from till"))
    return {(row.store_code, row.code) for row in rows}


class Store(Struct, frozen=True):
    """A shop: its code, what people call it, and the time zone by which its prices and hours go."""

    code: str
    name: str
    timezone: str


async def list_stores(connection: AsyncConnection, *, after: str = "", most: int) -> list[Store]:
    """List stores by code, from behind a code on."""
    query = text("select code, name, timezone from store where code > :after order by code limit :most")
    rows = await connection.execute(query, {"after": after, "most": most})
    return [Store(row.code, row.name, row.timezone) for row in rows]


async def find_store(connection: AsyncConnection, code: str) -> Store | None:
    """Find a store by its code; holds its row until the end of the transaction."""
    query = text("select code, name, timezone from store where code = :code for no key update")
    row = (await connection.execute(query, {"code": code})).one_or_none()
    return None if row is None else Store(row.code, row.name, row.timezone)


async def make_store(connection: AsyncConnection, store: Store, *, act: Act) -> bool:
    """Make a store; tells whether there was none of its code."""
    query = text("insert into store (code, name, timezone) values (:code, :name, :timezone) on conflict do nothing")
    values = {"code": store.code, "name": store.name, "timezone": store.timezone}
    if not (await connection.execute(query, values)).rowcount:
        return False
    await connection.execute(text("update installation set catalogue_version = catalogue_version + 1"))
    data = {"name": store.name, "timezone": store.timezone}
    await record_activity(connection, act=act, what="store.made", record=f"store:{store.code}", data=data)
    return True


async def change_store(connection: AsyncConnection, store: Store, *, act: Act) -> None:
    """Give a store that exists another name or time zone; the same changes nothing."""
    before = await find_store(connection, store.code)
    if before is None or before == store:
        return
    query = text("update store set name = :name, timezone = :timezone where code = :code")
    await connection.execute(query, {"code": store.code, "name": store.name, "timezone": store.timezone})
    await connection.execute(text("update installation set catalogue_version = catalogue_version + 1"))
    old, new = ({"name": one.name, "timezone": one.timezone} for one in (before, store))
    record = f"store:{store.code}"
    await record_activity(connection, act=act, what="store.changed", record=record, data={"old": old, "new": new})


async def list_store_tills(connection: AsyncConnection, store: str, *, most: int) -> list[str]:
    """List the codes of a store's tills, in their order."""
    query = text("select code from till where store_code = :store order by code limit :most")
    return list((await connection.execute(query, {"store": store, "most": most})).scalars())
