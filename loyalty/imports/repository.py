"""All SQL of imports: what is kept already under the identities of a file."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.receipts.tables import document, receipt_key


class KnownDocument(Struct, frozen=True):
    """What a kept document says, as far as an import compares it."""

    kind: str
    number: str
    date: date
    card: str | None
    total: int


async def find_fingerprints(connection: AsyncConnection, uids: Sequence[UUID]) -> dict[UUID, bytes]:
    """Find the fingerprints of receipts that are kept."""
    query = select(receipt_key.c.uid, receipt_key.c.fingerprint).where(receipt_key.c.uid.in_(uids))
    return {row.uid: row.fingerprint for row in await connection.execute(query)}


async def find_documents(connection: AsyncConnection, uids: Sequence[UUID]) -> dict[UUID, KnownDocument]:
    """Find documents that are kept; deleted ones are kept as well."""
    columns = (
        document.c.uid,
        document.c.kind,
        document.c.number,
        document.c.date,
        document.c.card_number,
        document.c.total,
    )
    found = await connection.execute(select(*columns).where(document.c.uid.in_(uids)))
    return {row.uid: KnownDocument(row.kind, row.number, row.date, row.card_number, row.total) for row in found}
