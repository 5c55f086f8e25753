"""The SQL of documents that are tied to tasks: receipts, orders and invoices, papers of sale, return and transfer."""

from collections.abc import Collection
from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct, convert
from sqlalchemy import Text, cast, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.documents.tables import business_document
from loyalty.receipts.tables import document, receipt_key

Family = Literal["receipt", "document", "business_document"]


class Tied(Struct, frozen=True):
    """A document as a task shows it: its record as the journal names it, what it is, its number and day."""

    record: str
    kind: str
    number: str
    date: date

    @property
    def family(self) -> str:
        """The word of its record: a receipt, a document of another system, a business document."""
        return self.record.partition(":")[0]

    @property
    def key(self) -> str:
        """What tells it from others of its family."""
        return self.record.partition(":")[2]


async def find_receipts(connection: AsyncConnection, uids: Collection[UUID]) -> list[Tied]:
    """Find receipts by their UUIDs."""
    row = receipt_key.c
    record = (literal("receipt:") + cast(row.uid, Text)).label("record")
    query = select(record, row.kind, row.number, row.business_date.label("date")).where(row.uid.in_(uids))
    return [convert(one, Tied, from_attributes=True) for one in await connection.execute(query)]


async def find_documents(connection: AsyncConnection, uids: Collection[UUID]) -> list[Tied]:
    """Find documents of other systems by their UUIDs, deleted ones too."""
    row = document.c
    record = (literal("document:") + cast(row.uid, Text)).label("record")
    query = select(record, row.kind, row.number, row.date).where(row.uid.in_(uids))
    return [convert(one, Tied, from_attributes=True) for one in await connection.execute(query)]


async def find_business_documents(connection: AsyncConnection, ids: Collection[int]) -> list[Tied]:
    """Find orders, invoices, payments and deliveries by their identifiers."""
    return await _business(connection, business_document.c.id.in_(ids))


async def find_by_number(connection: AsyncConnection, number: str) -> list[Tied]:
    """Find orders, invoices, payments and deliveries by their number."""
    return await _business(connection, business_document.c.number == number)


async def _business(connection: AsyncConnection, wanted: object) -> list[Tied]:
    row = business_document.c
    record = (literal("business_document:") + cast(row.id, Text)).label("record")
    query = select(record, row.kind, row.number, row.date).where(wanted).order_by(row.id)  # type: ignore[arg-type] # a condition
    return [convert(one, Tied, from_attributes=True) for one in await connection.execute(query)]
