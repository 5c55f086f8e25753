"""Recordings of talks as players ask for them: whole, or in the parts that a Range names (RFC 9110, 14.2).

Every answer is read and told to the journal in one transaction, so nobody hears what the journal does not know of. One
range at a time is given; of several, or of one that makes no sense, the whole is, as the standard allows.
"""

import re
from collections.abc import Mapping
from typing import Final

from litestar import Response
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.events.files import load_file, play_recording
from database.activity import Act
from database.engine import Database

MOST_PART: Final = 2 * 2**20
"""So many bytes a part has at most; a player asks on."""
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)


class Part(Struct, frozen=True):
    """Bytes of a file from one on; `is_whole` where all were asked for."""

    start: int
    length: int
    is_whole: bool = False


async def answer_sound(
    database: Database, headers: Mapping[str, str], event_id: int, file_id: int, *, act: Act
) -> Response[bytes]:
    """Answer with a recording, or the part that the request's headers ask for; 416 where there is no such part.

    Raises EventUnknownError, EventFileUnknownError.
    """
    return await database.run(_answer, headers.get("range"), event_id, file_id, act=act)


async def _answer(
    connection: AsyncConnection, asked: str | None, event_id: int, file_id: int, *, act: Act
) -> Response[bytes]:
    size = (await load_file(connection, event_id, file_id)).size
    part = read_range(asked, size)
    common = {
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }
    if part is None:
        return Response(b"", status_code=416, headers={**common, "Content-Range": f"bytes */{size}"})
    file, content = await play_recording(connection, event_id, file_id, start=part.start, length=part.length, act=act)
    if part.is_whole:
        return Response(content, media_type=file.media_type, headers=common)
    last = part.start + len(content) - 1
    ranged = {**common, "Content-Range": f"bytes {part.start}-{last}/{size}"}
    return Response(content, status_code=206, media_type=file.media_type, headers=ranged)


def read_range(asked: str | None, size: int) -> Part | None:
    """Read a Range header for a file of so many bytes; None is a part that the file does not have."""
    found = None if asked is None else _RANGE.fullmatch(asked.strip())
    if found is None or found[1] == found[2] == "":
        return Part(0, size, is_whole=True)
    if not found[1]:
        length = min(int(found[2]), size)
        return Part(size - length, length) if length else None
    start, last = int(found[1]), int(found[2]) if found[2] else size - 1
    if last < start and found[2]:
        return Part(0, size, is_whole=True)
    return Part(start, min(last - start + 1, size - start, MOST_PART)) if start < size else None
