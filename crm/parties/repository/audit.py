"""Old and new values of what was done to parties, for whoever may read both the journal and people's data."""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.tables import party_change
from database.journal import JournalRow


class KeptChange(Struct, frozen=True):
    """What a change of a party replaced; None before is something new, None after is removed."""

    party_id: int
    at: datetime
    what: str
    part_id: int | None
    before: dict[str, object] | None
    after: dict[str, object] | None

    def belongs_to(self, row: JournalRow) -> bool:
        """Tell whether an act of the journal made this change; acts on the same part at the same moment are one."""
        is_act = (self.party_id, self.at, self.what) == (row.party_id, row.at, row.act)
        return is_act and self.part_id == (row.data or {}).get("part")


async def list_kept_changes(connection: AsyncConnection, acts: Collection[tuple[int, datetime]]) -> list[KeptChange]:
    """List the values of acts that are named by their party and moment; erased ones are not there any more."""
    if not acts:
        return []
    column = party_change.c
    query = select(*(column[name] for name in KeptChange.__struct_fields__))
    rows = await connection.execute(query.where(tuple_(column.party_id, column.at).in_(acts)).order_by(column.id))
    return [convert(row, KeptChange, from_attributes=True) for row in rows]
