"""Use cases of a task's pool of documents: any number of receipts, returns, transfers, orders and invoices.

A document is tied and untied, and knows nothing of it: neither the document nor the task changes.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.papers.model import Paper
from crm.papers.service import find_paper, list_papers
from crm.tasks.changes import record as record_act
from crm.tasks.errors import TaskPartNotFoundError, TooManyTaskPartsError
from crm.tasks.parts import MOST_PARTS
from crm.tasks.repository import parts
from crm.tasks.service import load_task, lock_task
from database.activity import Act


async def attach(connection: AsyncConnection, task_id: int, typed: str, *, act: Act) -> Paper:
    """Tie a document to a task, by its record, the address of its page, or the number of an order or invoice.

    What is tied already stays so. Raises PaperRefusedError, TooManyTaskPartsError, and what `lock_task` raises.
    """
    task = await lock_task(connection, task_id)
    found = await find_paper(connection, typed)
    tied = await parts.list_documents(connection, task_id)
    if len(tied) >= MOST_PARTS and found.record not in tied:
        raise TooManyTaskPartsError(f"a task has at most {MOST_PARTS} documents")
    values = {"task_id": task_id, "record": found.record, "at": act.at, "actor": act.actor}
    if await parts.insert_document(connection, values):
        await record_act(connection, task, "document_tied", {"document": found.record}, act=act)
    return found


async def detach(connection: AsyncConnection, task_id: int, record: str, *, act: Act) -> None:
    """Untie a document from a task. Raises TaskPartNotFoundError, and what `lock_task` raises."""
    task = await lock_task(connection, task_id)
    if not await parts.delete_document(connection, task_id, record):
        raise TaskPartNotFoundError("the task has no such document")
    await record_act(connection, task, "document_untied", {"document": record}, act=act)


async def list_pool(connection: AsyncConnection, task_id: int) -> list[Paper]:
    """List the documents of a task, the first tied first. Raises TaskNotFoundError."""
    await load_task(connection, task_id)
    return await list_papers(connection, await parts.list_documents(connection, task_id))
