"""A copy of all that is kept about a person, as one ZIP file: for programs in JSON, for people as a page, and files.

Key idea: it is written to a disk piece by piece, so that ten years of receipts cost no memory, and given from there.
The page holds no script and loads nothing: it opens on any computer, years later.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from html import escape
from tempfile import TemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec

from crm.privacy.reading import Kept, read_file, read_kept, read_receipts
from crm.privacy.repository import Rows
from database.activity import Act
from database.engine import Database

MEDIA_TYPE = "application/zip"
PIECE_BYTES = 262_144

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;width:100%;margin:0 0 1rem}}
th,td{{border:1px solid #bbb;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}}
th{{width:14rem;font-weight:600}}</style></head>
<body><h1>{title}</h1><p>All that is kept. The same for programs stands in data.json and receipts.json.</p>
"""


async def write_copy(database: Database, party_id: int, *, act: Act) -> IO[bytes]:
    """Write the copy and give it as an open file, which is gone once it is closed. Raises PartyNotFoundError."""
    kept = await database.run(read_kept, party_id, act=act)
    file = TemporaryFile()  # noqa: SIM115 - whoever is given it closes it
    try:
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            await asyncio.to_thread(archive.writestr, "data.json", _in_json(kept.sections))
            sales = await _write_receipts(database, kept, archive)
            await asyncio.to_thread(archive.writestr, "index.html", "".join(_in_words(kept, sales)))
            for file_id, name in kept.files:
                content = await read_file(database, file_id)
                await asyncio.to_thread(archive.writestr, _place(file_id, name), content)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


async def give_pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    """Give a file piece by piece, and close it."""
    try:
        while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
            yield piece
    finally:
        file.close()


async def _write_receipts(database: Database, kept: Kept, archive: ZipFile) -> Rows:
    """Write all receipts with their lines; gives them without, for the page."""
    sales: Rows = []
    with archive.open("receipts.json", "w", force_zip64=True) as target:
        before = b"["
        async for rows in read_receipts(database, kept):
            for row in rows:
                target.write(before + b"\n" + msgspec.json.encode(row))
                before = b","
            sales += [{name: value for name, value in row.items() if name != "lines"} for row in rows]
        target.write(b"[]\n" if before == b"[" else b"\n]\n")
    return sales


def _in_json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2)


def _place(file_id: int, name: str) -> str:
    """Name a file in the archive: its number keeps two of one name apart, and no name leads out of its folder."""
    return f"files/{file_id}-{name.replace('/', '_').replace(chr(92), '_')}"


def _in_words(kept: Kept, sales: Rows) -> Iterable[str]:
    yield _HEAD.format(title=escape(kept.name))
    for name, rows in {**kept.sections, "receipts": sales}.items():
        yield f"<h2>{escape(_title(name))}</h2>\n"
        if not rows:
            yield "<p>Nothing.</p>\n"
        for row in rows:
            yield _table(row)
    if kept.files:
        places = (_place(file_id, name) for file_id, name in kept.files)
        links = "".join(f'<li><a href="{escape(place, quote=True)}">{escape(place)}</a></li>' for place in places)
        yield f"<h2>Contents of files</h2>\n<ul>{links}</ul>\n"
    yield "</body></html>\n"


def _table(row: dict[str, object]) -> str:
    lines = (f"<tr><th>{escape(_title(name))}</th><td>{_cell(value)}</td></tr>" for name, value in row.items())
    return f"<table>{''.join(lines)}</table>\n"


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return _table(value) if value else ""
    if isinstance(value, list):
        return "<br>".join(_cell(one) for one in value)
    return "" if value is None else escape(str(value))


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
