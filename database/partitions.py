"""Monthly partitions of the tables that grow with every receipt.

A row whose month has no partition goes to the table's default partition: nothing is refused for its date. Months are
made ahead of time by the migration and the worker, and by an import for the months that it brings.
"""

from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

PARTITIONED = ("receipt", "receipt_line", "ledger", "activity")
MONTHS_AHEAD = 3


def months_ahead(today: date) -> tuple[date, date]:
    """Give the first and the last month that should exist on a day."""
    first = today.replace(day=1)
    last = first
    for _ in range(MONTHS_AHEAD):
        last = next_month(last)
    return first, last


def next_month(month: date) -> date:
    """Give the first day of the month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


async def ensure_months(connection: AsyncConnection, first: date, last: date) -> None:
    """Make the partitions of all months between two dates, both inclusive.

    A month that already has rows in the default partition stays there: moving them is no act of every day.
    """
    month = first.replace(day=1)
    while month <= last:
        for table in PARTITIONED:
            await _ensure_month(connection, table, month)
        month = next_month(month)


async def _ensure_month(connection: AsyncConnection, table: str, month: date) -> None:
    name = f"{table}_{month:%Y%m}"
    if (await connection.execute(text("select to_regclass(:name)"), {"name": name})).scalar():
        return
    column = "at" if table == "activity" else "business_date"
    bounds = {"first": month, "after": next_month(month)}
    rest = text(f"select exists (select from {table}_rest where {column} >= :first and {column} < :after)")
    if (await connection.execute(rest, bounds)).scalar():
        return
    limits = f"from ('{month}') to ('{bounds['after']}')"
    await connection.execute(text(f"create table if not exists {name} partition of {table} for values {limits}"))
