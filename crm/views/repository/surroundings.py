"""Reads what a view's words stand for: entries of directories, series of cards, attributes of parties and persons."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.model import Entry
from crm.directories.tables import directory_entry


async def list_all_entries(connection: AsyncConnection) -> list[Entry]:
    """List the entries of all directories, each in its order, archived ones too."""
    entry = directory_entry.c
    columns = (entry.id, entry.directory, entry.code, entry.names, entry.position, entry.party_kind, entry.version)
    query = select(*columns, entry.archived_at.is_not(None).label("is_archived"))
    rows = await connection.execute(query.order_by(entry.directory, entry.position, entry.id))
    return [Entry(**row) for row in rows.mappings()]
