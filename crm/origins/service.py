"""Use cases of origins: say what a record was made from, and show the whole tree around any record.

A record is named as in the journal: `event:5`, `task:7`, `business_document:3`. Who says what something was made from
locks the origins, so that two who do it at once cannot close a circle together.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.origins import repository
from crm.origins.errors import OriginRefusedError
from crm.origins.repository import MOST_STOREYS, Branch
from database.activity import Act
from database.locks import lock_name

_LOCK = "origins"


async def set_origin(connection: AsyncConnection, record: str, parent: str | None, *, act: Act) -> None:
    """Say what a record was made from, nothing where the parent is None. Raises OriginRefusedError for a circle."""
    if parent is None:
        await repository.delete_origin(connection, record)
        return
    await lock_name(connection, _LOCK)
    above = await repository.list_ancestors(connection, parent)
    if record in (parent, *above):
        raise OriginRefusedError("cannot stand below itself or below what was made from it", field="parent")
    if len(above) >= MOST_STOREYS:
        raise OriginRefusedError(f"stands at most {MOST_STOREYS} storeys deep", field="parent")
    await repository.save_origin(connection, record, parent, now=act.at)


async def load_tree(connection: AsyncConnection, record: str) -> list[Branch]:
    """Give the whole tree that a record stands in, from its root; the record alone where it has no kin."""
    above = await repository.list_ancestors(connection, record)
    return await repository.list_tree(connection, above[-1] if above else record)
