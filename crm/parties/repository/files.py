"""All SQL of which files a party has; what they hold is `crm.files`'."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import Select, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.files.model import NewFile
from crm.files.tables import file_content
from crm.parties.tables import party_file


class KeptFile(Struct, frozen=True):
    """A file of a party; its content is found by its hash."""

    id: int
    name: str
    media_type: str
    size: int
    hash: bytes
    actor: str
    at: datetime


async def list_files(connection: AsyncConnection, party_id: int) -> Sequence[KeptFile]:
    """List a party's files, the newest first."""
    query = _files().where(party_file.c.party_id == party_id)
    rows = await connection.execute(query.order_by(party_file.c.at.desc(), party_file.c.id.desc()))
    return [convert(row, KeptFile, from_attributes=True) for row in rows]


async def find_file(connection: AsyncConnection, party_id: int, file_id: int) -> KeptFile | None:
    """Find a file of a party."""
    query = _files().where(party_file.c.party_id == party_id, party_file.c.id == file_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else convert(row, KeptFile, from_attributes=True)


def _files() -> Select[*tuple[object, ...]]:
    columns = (party_file.c[name] for name in KeptFile.__struct_fields__ if name != "size")
    return select(*columns, file_content.c.size).join_from(party_file, file_content)


async def count_files(connection: AsyncConnection, party_id: int) -> int:
    """Count a party's files."""
    query = select(func.count()).select_from(party_file).where(party_file.c.party_id == party_id)
    return int((await connection.execute(query)).scalar_one())


async def insert_file(connection: AsyncConnection, party_id: int, file: NewFile, *, actor: str, now: datetime) -> int:
    """Give a party a file whose content is kept already, and give its identifier."""
    values = {
        "party_id": party_id,
        "name": file.name,
        "media_type": file.media_type,
        "hash": file.hash,
        "actor": actor,
        "at": now,
    }
    return int((await connection.execute(insert(party_file).values(values).returning(party_file.c.id))).scalar_one())


async def delete_file(connection: AsyncConnection, file_id: int) -> None:
    """Take a file off its party."""
    await connection.execute(delete(party_file).where(party_file.c.id == file_id))
