"""Finding papers: by their records, or by whatever a person types to name one."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.papers import repository
from crm.papers.errors import PaperRefusedError
from crm.papers.model import Paper, read_record


async def find_paper(connection: AsyncConnection, typed: str) -> Paper:
    """Find a paper by its record, the address of its page, or the number of a business document.

    Raises PaperRefusedError.
    """
    record = read_record(typed)
    found = await _load(connection, [record]) if record else await repository.find_by_number(connection, typed.strip())
    if not found:
        raise PaperRefusedError("there is no such document", field="record")
    if len(found) > 1:
        raise PaperRefusedError("several have the number: name one by the address of its page", field="record")
    return found[0]


async def list_papers(connection: AsyncConnection, records: Collection[str]) -> list[Paper]:
    """List papers by their records, in the order of these; what is not there any more is left out."""
    found = {one.record: one for one in await _load(connection, records)}
    return [found[record] for record in records if record in found]


async def _load(connection: AsyncConnection, records: Collection[str]) -> list[Paper]:
    keys: dict[str, list[str]] = {}
    for one in records:
        family, _, key = one.partition(":")
        keys.setdefault(family, []).append(key)
    found: list[Paper] = []
    if "receipt" in keys:
        found += await repository.find_receipts(connection, [UUID(key) for key in keys["receipt"]])
    if "document" in keys:
        found += await repository.find_documents(connection, [UUID(key) for key in keys["document"]])
    if "business_document" in keys:
        found += await repository.find_business_documents(connection, [int(key) for key in keys["business_document"]])
    return found
