"""The use case of giving people a copy of what is kept about them: every section, every receipt, every file.

Who asked for it stands in the journal before anything is read, so that no copy leaves unseen.
"""

from collections.abc import AsyncIterator

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.service import load_party
from crm.privacy import repository
from crm.privacy.repository import KEPT, Rows
from database.activity import Act, record_activity
from database.engine import Database


class Kept(Struct, frozen=True):
    """What is kept about a party and those merged into it, by section; files by number and name."""

    ids: list[int]
    name: str
    sections: dict[str, Rows]
    files: list[tuple[int, str]]


async def read_kept(connection: AsyncConnection, party_id: int, *, act: Act) -> Kept:
    """Read all that is kept about a party but receipts and contents of files. Raises PartyNotFoundError."""
    party = await load_party(connection, party_id)
    ids = await repository.list_ids(connection, party_id)
    await record_activity(connection, act=act, what="party.copied", record=f"party:{party_id}", party_id=party_id)
    sections = {name: await repository.read_section(connection, name, ids) for name in KEPT}
    return Kept(ids, party.name, sections, await repository.list_files(connection, ids))


async def read_receipts(database: Database, kept: Kept) -> AsyncIterator[Rows]:
    """Give the receipts of the party's cards with their lines, portion by portion."""
    after = None
    while True:
        rows, after = await database.run(repository.list_receipts, kept.ids, after=after)
        yield rows
        if after is None:
            return


async def read_file(database: Database, file_id: int) -> bytes:
    """Give the content of a file."""
    return await database.run(repository.load_content, file_id)
