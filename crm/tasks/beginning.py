"""What a task that is begun from another record takes from it: its words, party, project and phase.

A record is named as in the journal: `event:5`, `task:7`, `business_document:3`. What cannot be found gives nothing, so
that a link of yesterday still opens an empty form.
"""

import re
from typing import Final

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.tasks.repository.beginning import BEGINNINGS, find_beginning
from database.identifiers import MOST_ID

_RECORD: Final = re.compile(r"([a-z_]{1,40}):([0-9]{1,18})")


class Begun(Struct, frozen=True):
    """What is taken from the record that a task is begun from."""

    title: str = ""
    party_id: int | None = None
    project_id: int | None = None
    phase_id: int | None = None


async def find_begun(connection: AsyncConnection, record: str) -> Begun | None:
    """Find what a task takes from a record; None where there is no such record that tasks are begun from."""
    named = _RECORD.fullmatch(record)
    if named is None or named[1] not in BEGINNINGS or int(named[2]) > MOST_ID:
        return None
    row = await find_beginning(connection, named[1], int(named[2]))
    return None if row is None else Begun(*row)
