"""The SQL of files of letters."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.files.tables import file_content
from crm.letters.model import Attached
from crm.letters.tables import letter_file

_file = letter_file.c


class LetterFile(Struct, frozen=True):
    """What is known of a file of a letter."""

    id: int
    letter_id: int
    name: str
    media_type: str
    size: int
    hash: bytes
    actor: str
    at: datetime


_COLUMNS = (*(_file[name] for name in LetterFile.__struct_fields__ if name != "size"), file_content.c.size)


async def list_files(connection: AsyncConnection, letter_id: int) -> list[LetterFile]:
    """List the files of a letter, the first that was kept first."""
    query = select(*_COLUMNS).join_from(letter_file, file_content).where(_file.letter_id == letter_id)
    return [
        convert(row, LetterFile, from_attributes=True) for row in await connection.execute(query.order_by(_file.id))
    ]


async def find_file(connection: AsyncConnection, letter_id: int, file_id: int) -> LetterFile | None:
    """Find a file of a letter."""
    query = select(*_COLUMNS).join_from(letter_file, file_content)
    row = (await connection.execute(query.where(_file.letter_id == letter_id, _file.id == file_id))).one_or_none()
    return None if row is None else convert(row, LetterFile, from_attributes=True)


async def count_files(connection: AsyncConnection, letter_id: int) -> int:
    """Count the files of a letter."""
    query = select(func.count()).select_from(letter_file).where(_file.letter_id == letter_id)
    return int((await connection.execute(query)).scalar_one())


async def insert_files(
    connection: AsyncConnection, letter_id: int, files: Sequence[Attached], *, actor: str, now: datetime
) -> list[int]:
    """Let a letter have files whose contents are kept, and give their identifiers."""
    rows = [
        {
            "letter_id": letter_id,
            "name": one.name,
            "media_type": one.media_type,
            "hash": one.hash,
            "actor": actor,
            "at": now,
        }
        for one in files
    ]
    return list((await connection.execute(insert(letter_file).values(rows).returning(_file.id))).scalars())


async def delete_file(connection: AsyncConnection, file_id: int) -> None:
    """Take a file off its letter; its content stays."""
    await connection.execute(delete(letter_file).where(_file.id == file_id))
