"""All SQL of what files hold."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.files.model import NewFile
from crm.files.tables import file_content


async def put_content(connection: AsyncConnection, file: NewFile, *, now: datetime) -> None:
    """Keep what a file holds, once."""
    values = {"hash": file.hash, "size": len(file.content), "content": file.content, "at": now}
    await connection.execute(insert(file_content).values(values).on_conflict_do_nothing())


async def load_content(connection: AsyncConnection, content_hash: bytes) -> bytes:
    """Load what a file holds that somebody refers to."""
    query = select(file_content.c.content).where(file_content.c.hash == content_hash)
    return bytes((await connection.execute(query)).scalar_one())


async def drop_content(connection: AsyncConnection, content_hash: bytes) -> None:
    """Drop a content that nobody refers to any more; one that is referred to stays."""
    try:
        async with connection.begin_nested():
            await connection.execute(delete(file_content).where(file_content.c.hash == content_hash))
    except IntegrityError:
        return
