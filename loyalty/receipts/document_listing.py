"""Lists of documents of sale and return for people, and one document with its lines.

Lists are read by key, the newest date first. It refuses to count documents.
"""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct, convert
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from database.keyset import Page, Place, read_page
from loyalty.numbering import mask
from loyalty.receipts.tables import document

PAGE_ROWS = 25


class DocumentFilter(Struct, frozen=True):
    """Which documents a list shows; days are inclusive; None does not limit."""

    since: date | None = None
    until: date | None = None
    kind: str | None = None
    card_id: int | None = None


class DocumentRow(Struct, frozen=True):
    """A document in a list; the total in minor units."""

    uid: UUID
    kind: str
    number: str
    date: date
    status: str
    party_id: int | None
    card_id: int | None
    card_number: str | None
    total: int
    deleted_at: datetime | None

    @property
    def masked(self) -> str | None:
        """The number of its card, as it may be shown."""
        return None if self.card_number is None else mask(self.card_number)


class FullDocument(Struct, frozen=True):
    """A document with its lines as the sender gave them."""

    row: DocumentRow
    lines: tuple[dict[str, object], ...]
    parent_uid: UUID | None
    version: int | None
    changed_at: datetime


async def list_documents(
    connection: AsyncConnection, limits: DocumentFilter, *, place: Place | None = None
) -> Page[DocumentRow]:
    """List documents, the newest date first, deleted ones among them."""
    query = select(*(document.c[name] for name in DocumentRow.__struct_fields__))
    if limits.since is not None:
        query = query.where(document.c.date >= limits.since)
    if limits.until is not None:
        query = query.where(document.c.date <= limits.until)
    if limits.kind is not None:
        query = query.where(document.c.kind == limits.kind)
    if limits.card_id is not None:
        query = query.where(document.c.card_id == limits.card_id)
    keys = [document.c.date, document.c.uid]
    return await read_page(connection, query, keys=keys, place=place, size=PAGE_ROWS, row_type=DocumentRow)


async def find_full_document(connection: AsyncConnection, uid: UUID) -> FullDocument | None:
    """Find a document with its lines, a deleted one too."""
    row = (await connection.execute(select(document).where(document.c.uid == uid))).one_or_none()
    if row is None:
        return None
    return FullDocument(
        row=convert(row, DocumentRow, from_attributes=True),
        lines=tuple(row.lines),
        parent_uid=row.parent_uid,
        version=row.version,
        changed_at=row.changed_at,
    )
