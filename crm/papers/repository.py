"""All SQL of papers: receipts, orders and invoices, documents of sale, return and transfer."""

from collections.abc import Collection
from uuid import UUID

from msgspec import convert
from sqlalchemy import Text, cast, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.documents.tables import business_document
from crm.papers.model import Paper
from loyalty.receipts.tables import document, receipt_key


async def find_receipts(connection: AsyncConnection, uids: Collection[UUID]) -> list[Paper]:
    """Find receipts by their UUIDs."""
    row = receipt_key.c
    record = (literal("receipt:") + cast(row.uid, Text)).label("record")
    query = select(record, row.kind, row.number, row.business_date.label("date")).where(row.uid.in_(uids))
    return [convert(one, Paper, from_attributes=True) for one in await connection.execute(query)]


async def find_documents(connection: AsyncConnection, uids: Collection[UUID]) -> list[Paper]:
    """Find documents of other systems by their UUIDs, deleted ones too."""
    row = document.c
    record = (literal("document:") + cast(row.uid, Text)).label("record")
    query = select(record, row.kind, row.number, row.date).where(row.uid.in_(uids))
    return [convert(one, Paper, from_attributes=True) for one in await connection.execute(query)]


async def find_business_documents(connection: AsyncConnection, ids: Collection[int]) -> list[Paper]:
    """Find orders, invoices, payments and deliveries by their identifiers."""
    return await _business(connection, business_document.c.id.in_(ids))


async def find_by_number(connection: AsyncConnection, number: str) -> list[Paper]:
    """Find orders, invoices, payments and deliveries by their number."""
    return await _business(connection, business_document.c.number == number)


async def _business(connection: AsyncConnection, wanted: object) -> list[Paper]:
    row = business_document.c
    record = (literal("business_document:") + cast(row.id, Text)).label("record")
    query = select(record, row.kind, row.number, row.date).where(wanted).order_by(row.id)  # type: ignore[arg-type] # a condition
    return [convert(one, Paper, from_attributes=True) for one in await connection.execute(query)]
