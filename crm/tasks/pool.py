"""Use cases of a task's pool of documents: any number of receipts, returns, transfers, orders and invoices.

Key idea: a document is named by its record as the journal names it, `receipt:<uuid>` or `business_document:5`. It is
tied and untied, and knows nothing of it: neither the document nor the task changes.
"""

import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.tasks.changes import record as record_act
from crm.tasks.errors import TaskPartNotFoundError, TaskRefusedError, TooManyTaskPartsError
from crm.tasks.model import MOST_ID
from crm.tasks.parts import MOST_PARTS
from crm.tasks.repository import documents as repository
from crm.tasks.repository import parts
from crm.tasks.repository.documents import Family, Tied
from crm.tasks.service import load_task, lock_task
from database.activity import Act

_PLACES: Final[Mapping[str, Family]] = {
    "receipt": "receipt",
    "receipts": "receipt",
    "document": "document",
    "documents": "document",
    "business_document": "business_document",
    "business-documents": "business_document",
}
"""The word before a document's key, in its record and in the address of its page."""
_NAMED: Final = re.compile(r"(?:^|.*/)([a-z_-]+)[:/]([0-9a-fA-F-]{1,36})/?$")


def read_record(text: str) -> str | None:
    """Read which document is meant by its record or by the address of its page; None for neither."""
    found = _NAMED.match(text.strip())
    family = None if found is None else _PLACES.get(found[1])
    if found is None or family is None:
        return None
    if family == "business_document":
        is_id = found[2].isascii() and found[2].isdigit() and 0 < int(found[2]) <= MOST_ID
        return f"{family}:{int(found[2])}" if is_id else None
    try:
        return f"{family}:{UUID(found[2])}"
    except ValueError:
        return None


async def attach(connection: AsyncConnection, task_id: int, typed: str, *, act: Act) -> Tied:
    """Tie a document to a task, by its record, the address of its page, or the number of an order or invoice.

    What is tied already stays so. Raises TaskRefusedError, TooManyTaskPartsError, and what `lock_task` raises.
    """
    task = await lock_task(connection, task_id)
    found = await _find(connection, typed)
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


async def list_pool(connection: AsyncConnection, task_id: int) -> list[Tied]:
    """List the documents of a task, the first tied first. Raises TaskNotFoundError."""
    await load_task(connection, task_id)
    records = await parts.list_documents(connection, task_id)
    found = {one.record: one for one in await _load(connection, records)}
    return [found[record] for record in records if record in found]


async def _find(connection: AsyncConnection, typed: str) -> Tied:
    record = read_record(typed)
    found = await _load(connection, [record]) if record else await repository.find_by_number(connection, typed.strip())
    if not found:
        raise TaskRefusedError("there is no such document", field="record")
    if len(found) > 1:
        raise TaskRefusedError("several have the number: name one by the address of its page", field="record")
    return found[0]


async def _load(connection: AsyncConnection, records: list[str]) -> list[Tied]:
    keys: dict[str, list[str]] = {}
    for one in records:
        family, _, key = one.partition(":")
        keys.setdefault(family, []).append(key)
    found: list[Tied] = []
    if "receipt" in keys:
        found += await repository.find_receipts(connection, [UUID(key) for key in keys["receipt"]])
    if "document" in keys:
        found += await repository.find_documents(connection, [UUID(key) for key in keys["document"]])
    if "business_document" in keys:
        found += await repository.find_business_documents(connection, [int(key) for key in keys["business_document"]])
    return found
