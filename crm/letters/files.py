"""Use cases of files of letters: scans of paper, and what came with an e-mail."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.files.model import NewFile
from crm.files.repository import drop_content, load_content, put_content
from crm.letters.changes import record
from crm.letters.errors import LetterFileUnknownError, LetterRefusedError
from crm.letters.keeping import lock_letter
from crm.letters.model import Attached
from crm.letters.repository import files as repository
from crm.letters.repository.files import LetterFile
from database.activity import Act
from database.identifiers import MOST_ID

MOST_FILES: Final = 50

list_files = repository.list_files


async def add_file(connection: AsyncConnection, letter_id: int, file: NewFile, *, act: Act) -> LetterFile:
    """Keep a file with a letter. Raises LetterNotFoundError, LetterArchivedError, LetterRefusedError."""
    letter = await lock_letter(connection, letter_id)
    if await repository.count_files(connection, letter_id) >= MOST_FILES:
        raise LetterRefusedError(f"a letter has at most {MOST_FILES} files", field="file")
    await put_content(connection, file, now=act.at)
    kept = Attached(file.name, file.media_type, file.hash)
    file_id = (await repository.insert_files(connection, letter_id, [kept], actor=act.actor, now=act.at))[0]
    await record(connection, letter, "file_added", {"file": file_id, "size": len(file.content)}, act=act)
    return await load_file(connection, letter_id, file_id)


async def remove_file(connection: AsyncConnection, letter_id: int, file_id: int, *, act: Act) -> None:
    """Take a file off a letter; its content goes with the last who has it.

    Raises LetterNotFoundError, LetterArchivedError, LetterFileUnknownError.
    """
    letter = await lock_letter(connection, letter_id)
    file = await load_file(connection, letter_id, file_id)
    await repository.delete_file(connection, file_id)
    await drop_content(connection, file.hash)
    await record(connection, letter, "file_removed", {"file": file_id, "size": file.size}, act=act)


async def load_file(connection: AsyncConnection, letter_id: int, file_id: int) -> LetterFile:
    """Load what is known of a file. Raises LetterFileUnknownError."""
    known = 0 < letter_id <= MOST_ID and 0 < file_id <= MOST_ID
    file = await repository.find_file(connection, letter_id, file_id) if known else None
    if file is None:
        raise LetterFileUnknownError("the letter has no such file: it may have been removed meanwhile")
    return file


async def open_file(connection: AsyncConnection, letter_id: int, file_id: int) -> tuple[LetterFile, bytes]:
    """Load a file with what it holds. Raises LetterFileUnknownError."""
    file = await load_file(connection, letter_id, file_id)
    return file, await load_content(connection, file.hash)
