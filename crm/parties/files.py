"""Use cases of a party's files. Two parties with the same file keep its content once."""

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.files.model import NewFile
from crm.files.repository import drop_content, load_content, put_content
from crm.parties.changes import record_change
from crm.parties.errors import PartNotFoundError, TooManyPartsError
from crm.parties.parts import MOST_PARTS
from crm.parties.repository import files as repository
from crm.parties.repository.files import KeptFile
from crm.parties.service import lock_party
from database.activity import Act

list_files = repository.list_files


async def add_file(connection: AsyncConnection, party_id: int, file: NewFile, *, act: Act) -> int:
    """Give a party a file and give its identifier. Raises TooManyPartsError, and what `lock_party` raises."""
    await lock_party(connection, party_id)
    if await repository.count_files(connection, party_id) >= MOST_PARTS:
        raise TooManyPartsError(f"a party has at most {MOST_PARTS} files")
    await put_content(connection, file, now=act.at)
    file_id = await repository.insert_file(connection, party_id, file, actor=act.actor, now=act.at)
    after = {"name": file.name, "size": len(file.content)}
    await record_change(connection, party_id, "file.added", before=None, after=after, act=act, part_id=file_id)
    return file_id


async def remove_file(connection: AsyncConnection, party_id: int, file_id: int, *, act: Act) -> None:
    """Take a file off a party; its content goes with the last who has it.

    Raises PartNotFoundError, and what `lock_party` raises.
    """
    await lock_party(connection, party_id)
    file = await load_file(connection, party_id, file_id)
    await repository.delete_file(connection, file_id)
    await drop_content(connection, file.hash)
    before = {"name": file.name, "size": file.size}
    await record_change(connection, party_id, "file.removed", before=before, after=None, act=act, part_id=file_id)


async def load_file(connection: AsyncConnection, party_id: int, file_id: int) -> KeptFile:
    """Load what is known of a file. Raises PartNotFoundError."""
    file = await repository.find_file(connection, party_id, file_id)
    if file is None:
        raise PartNotFoundError("the party has no such file: it may have been removed meanwhile")
    return file


async def open_file(connection: AsyncConnection, party_id: int, file_id: int) -> tuple[KeptFile, bytes]:
    """Load a file with what it holds. Raises PartNotFoundError."""
    file = await load_file(connection, party_id, file_id)
    return file, await load_content(connection, file.hash)
