"""The installation itself: its one currency and time zone, its stores and tills.

The currency cannot change once anything is posted. A store or till comes into being when an administrator's token or an
enrolment first names it.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.money import Currency


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
