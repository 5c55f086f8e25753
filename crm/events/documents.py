"""Use cases of documents of an event: receipts, documents of tills and business documents that it speaks of."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.events.errors import EventRefusedError
from crm.events.keeping import lock_event, tell
from crm.events.repository import documents as repository
from crm.events.repository.series import detach
from crm.papers.service import find_paper
from database.activity import Act

MOST_DOCUMENTS: Final = 100
list_documents = repository.list_documents


async def attach(connection: AsyncConnection, event_id: int, typed: str, *, act: Act) -> None:
    """Let an event speak of a document, named as `find_paper` reads it; again changes nothing.

    Raises EventUnknownError, PaperRefusedError, EventRefusedError.
    """
    event = await lock_event(connection, event_id)
    record = (await find_paper(connection, typed)).record
    tied = await list_documents(connection, event_id)
    if len(tied) >= MOST_DOCUMENTS and record not in tied:
        raise EventRefusedError(f"an event has at most {MOST_DOCUMENTS} documents", field="record")
    if await repository.insert_document(connection, event_id, record):
        await detach(connection, event_id)
        await tell(connection, "document_attached", event, act=act, data={"document": record})


async def take_off(connection: AsyncConnection, event_id: int, record: str, *, act: Act) -> None:
    """Let an event speak of a document no more; both stay. Raises EventUnknownError."""
    event = await lock_event(connection, event_id)
    if await repository.delete_document(connection, event_id, record):
        await tell(connection, "document_detached", event, act=act, data={"document": record})
