"""The SQL of documents that events speak of."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.events.tables import event_document

_row = event_document.c


async def list_documents(connection: AsyncConnection, event_id: int) -> list[str]:
    """List the documents of an event, named as in the journal."""
    rows = await connection.execute(select(_row.record).where(_row.event_id == event_id).order_by(_row.record))
    return list(rows.scalars())


async def insert_document(connection: AsyncConnection, event_id: int, record: str) -> bool:
    """Let an event speak of a document; tells whether it did not before."""
    statement = insert(event_document).values(event_id=event_id, record=record).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount > 0


async def delete_document(connection: AsyncConnection, event_id: int, record: str) -> bool:
    """Let an event speak of a document no more; tells whether it did."""
    statement = delete(event_document).where(_row.event_id == event_id, _row.record == record)
    return (await connection.execute(statement)).rowcount > 0
