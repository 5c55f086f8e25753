"""The SQL of records that a task may be begun from, each read by the few columns that a task takes from it."""

from typing import Final

from sqlalchemy import TableClause, column, null, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

_COLUMNS: Final = ("title", "party_id", "project_id", "phase_id")


def _known(name: str, **columns: str) -> tuple[TableClause, dict[str, str]]:
    return table(name, column("id"), *map(column, columns.values())), columns


BEGINNINGS: Final = {
    "event": _known("event", title="topic", party_id="party_id", project_id="project_id", phase_id="phase_id"),
    "task": _known("task", title="title", party_id="party_id", project_id="project_id", phase_id="phase_id"),
    "business_document": _known("business_document", title="number", party_id="party_id"),
    "party": _known("party", party_id="id"),
    "project": _known("project", party_id="party_id", project_id="id"),
}
"""Which records, and the column of each that a task's field is taken from."""


async def find_beginning(
    connection: AsyncConnection, name: str, record_id: int
) -> tuple[str, int | None, int | None, int | None] | None:
    """Find title, party, project and phase of a record."""
    known, columns = BEGINNINGS[name]
    taken = [(known.c[columns[field]] if field in columns else null()).label(field) for field in _COLUMNS]
    row = (await connection.execute(select(*taken).where(known.c.id == record_id))).one_or_none()
    return None if row is None else (row.title or "", row.party_id, row.project_id, row.phase_id)
