"""The SQL of files on their way in: contents in pieces, rows that stayed out, and remembered mappings."""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.transfer.tables import import_mapping, import_piece, import_rejection, import_upload

WHAT = "parties"
"""Of which files a mapping is, where nothing else is said."""
M = TypeVar("M", bound=Struct)


class Upload(Struct, frozen=True):
    """A file that somebody put in; `ended_at` is when it was imported, and its contents forgotten.

    `rows` is about how many rows it has, None where that cannot be told before they are read.
    """

    id: int
    name: str
    size: int
    rows: int | None
    actor: str
    at: datetime
    ended_at: datetime | None


class Rejected(Struct, frozen=True):
    """A row that stayed out."""

    line: int
    reason: str
    cells: list[str]


async def insert_upload(connection: AsyncConnection, *, name: str, actor: str, now: datetime) -> int:
    """Make a file without contents and give its identifier."""
    values = {"name": name, "size": 0, "actor": actor, "at": now}
    return int(
        (await connection.execute(insert(import_upload).values(values).returning(import_upload.c.id))).scalar_one()
    )


async def add_piece(connection: AsyncConnection, upload_id: int, position: int, content: bytes) -> None:
    """Add a piece to a file."""
    values = {"upload_id": upload_id, "position": position, "content": content}
    await connection.execute(insert(import_piece).values(values))
    grown = update(import_upload).where(import_upload.c.id == upload_id)
    await connection.execute(grown.values(size=import_upload.c.size + len(content)))


async def set_rows(connection: AsyncConnection, upload_id: int, rows: int) -> None:
    """Say about how many rows a file has."""
    await connection.execute(update(import_upload).where(import_upload.c.id == upload_id).values(rows=rows))


async def find_last_job(connection: AsyncConnection, upload_id: int, *, kind: str) -> int | None:
    """Find the last job of a kind that a file was given to."""
    query = "select max(id) from job where kind = :kind and (arguments ->> 'upload')::bigint = :upload"
    job_id: int | None = (await connection.execute(text(query), {"kind": kind, "upload": upload_id})).scalar_one()
    return job_id


async def find_upload(connection: AsyncConnection, upload_id: int, *, is_locked: bool = False) -> Upload | None:
    """Find a file, and lock it if asked to."""
    query = select(import_upload).where(import_upload.c.id == upload_id)
    row = (await connection.execute(query.with_for_update() if is_locked else query)).one_or_none()
    return None if row is None else msgspec.convert(row, Upload, from_attributes=True)


async def find_piece(connection: AsyncConnection, upload_id: int, position: int) -> bytes | None:
    """Find a piece of a file; None behind the last one."""
    query = select(import_piece.c.content).where(
        import_piece.c.upload_id == upload_id, import_piece.c.position == position
    )
    return (await connection.execute(query)).scalar_one_or_none()


async def end_upload(connection: AsyncConnection, upload_id: int, *, now: datetime) -> None:
    """Forget the contents of a file that was imported; what stayed out is kept a while."""
    await connection.execute(delete(import_piece).where(import_piece.c.upload_id == upload_id))
    await connection.execute(update(import_upload).where(import_upload.c.id == upload_id).values(ended_at=now))


async def delete_upload(connection: AsyncConnection, upload_id: int) -> None:
    """Forget a file with all that belongs to it."""
    await connection.execute(delete(import_upload).where(import_upload.c.id == upload_id))


async def forget_uploads(connection: AsyncConnection, *, before: datetime, kind: str) -> int:
    """Forget files that were put in before a moment, but those whose job of a kind goes on; tells how many."""
    query = """delete from import_upload u where at < :before and not exists (select from job j
        where j.kind = :kind and j.state in ('queued', 'running') and (j.arguments ->> 'upload')::bigint = u.id)"""
    return (await connection.execute(text(query), {"before": before, "kind": kind})).rowcount


async def is_wanted(connection: AsyncConnection, upload_id: int, *, kind: str) -> bool:
    """Tell whether a job of a kind waits or works on a file."""
    query = """select exists (select from job where kind = :kind and state in ('queued', 'running')
        and (arguments ->> 'upload')::bigint = :upload)"""
    return bool((await connection.execute(text(query), {"kind": kind, "upload": upload_id})).scalar_one())


async def insert_rejections(connection: AsyncConnection, upload_id: int, rejections: Sequence[Rejected]) -> None:
    """Keep rows that stayed out; one that is kept already is kept anew."""
    rows = [{"upload_id": upload_id, "line": one.line, "reason": one.reason, "cells": one.cells} for one in rejections]
    if rows:
        put = upsert(import_rejection)
        new = {"reason": put.excluded.reason, "cells": put.excluded.cells}
        await connection.execute(put.on_conflict_do_update(index_elements=["upload_id", "line"], set_=new), rows)


async def delete_rejections(connection: AsyncConnection, upload_id: int) -> None:
    """Forget the rows that stayed out when the file was tried before."""
    await connection.execute(delete(import_rejection).where(import_rejection.c.upload_id == upload_id))


async def list_rejections(connection: AsyncConnection, upload_id: int, *, after: int, limit: int) -> list[Rejected]:
    """List rows that stayed out behind a line, in order."""
    columns = (import_rejection.c.line, import_rejection.c.reason, import_rejection.c.cells)
    query = select(*columns).where(import_rejection.c.upload_id == upload_id, import_rejection.c.line > after)
    return [Rejected(*row) for row in await connection.execute(query.order_by(import_rejection.c.line).limit(limit))]


async def find_mapping(connection: AsyncConnection, header_print: str, kind: type[M], *, what: str = WHAT) -> M | None:
    """Find what the columns of such a header meant last time; None for a mapping that is read no more."""
    query = select(import_mapping.c.mapping).where(import_mapping.c.what == what, import_mapping.c.name == header_print)
    kept: Dictionary[str, object] | None = (await connection.execute(query)).scalar_one_or_none()
    try:
        return None if kept is None else msgspec.convert(kept, kind)
    except msgspec.ValidationError:
        return None


async def keep_mapping(
    connection: AsyncConnection, header_print: str, mapping: Struct, *, what: str = WHAT, now: datetime
) -> None:
    """Remember what the columns of such a header mean."""
    values = {"what": what, "name": header_print, "mapping": msgspec.to_builtins(mapping), "used_at": now}
    put = upsert(import_mapping).values(values)
    new = {"mapping": put.excluded.mapping, "used_at": func.greatest(import_mapping.c.used_at, put.excluded.used_at)}
    await connection.execute(put.on_conflict_do_update(index_elements=["what", "name"], set_=new))
