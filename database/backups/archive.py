"""The file of a backup: a ZIP archive with a part for each table and, as the last one, the manifest.

Key idea: it is written under another name, brought to the disk, and renamed when it is whole, so that no half of one
ever stands under the good name. What was cut off afterwards has no directory at its end, what was altered has another
digest.
"""

import os
import zipfile
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from database.backups.model import FORMAT, Manifest, TableCopy

MANIFEST: Final = "manifest.json"
PIECE_BYTES: Final = 1 << 20
MOST_MANIFEST_BYTES: Final = 16 << 20
_LEVEL: Final = 3  # of deflate: half the time of the usual 6, for a tenth more on the disk


class BackupError(Exception):
    """A backup that cannot be made or used; the message says why, and what to do."""


@contextmanager
def writing(file: Path) -> Iterator[zipfile.ZipFile]:
    """Give an archive that stands under `file` once the block has ended well, readable by its owner alone.

    Raises BackupError where the file is there already.
    """
    if file.exists():
        raise BackupError(f"{file} is there already: name another file, or move it away")
    half = file.with_name(f"{file.name}.part")
    try:
        half.unlink(missing_ok=True)
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
                yield archive
            out.flush()
            os.fsync(out.fileno())
        half.rename(file)
        _sync_folder(file.parent)
    except OSError as error:
        raise BackupError(f"{file} cannot be written: {error.strerror}") from error
    finally:
        half.unlink(missing_ok=True)


def write_manifest(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Write the last part."""
    archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))


@contextmanager
def reading(file: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Give an archive and its manifest, after every byte of it was held against its digest. Raises BackupError."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _read_manifest(archive)
            for table in manifest.tables:
                _check(archive, table)
            yield archive, manifest
    except OSError as error:
        raise BackupError(f"{file} cannot be read: {error.strerror}") from error
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, msgspec.MsgspecError) as error:
        raise BackupError(f"{file} is no whole backup ({error}): take another one; nothing was changed") from error


async def pieces(archive: zipfile.ZipFile, table: TableCopy) -> AsyncIterator[bytes]:
    """Give the rows of a table, a piece at a time."""
    for piece in _pieces(archive, table):
        yield piece


def part_of(table: str) -> str:
    """Name the part that holds a table."""
    return f"tables/{table}.copy"


def _read_manifest(archive: zipfile.ZipFile) -> Manifest:
    if archive.getinfo(MANIFEST).file_size > MOST_MANIFEST_BYTES:
        raise zipfile.BadZipFile("its manifest is too long")
    form = msgspec.json.decode(archive.read(MANIFEST), type=_Form).format
    if form != FORMAT:
        raise zipfile.BadZipFile(f"it is laid out as {form}, and this version reads {FORMAT}")
    return msgspec.json.decode(archive.read(MANIFEST), type=Manifest)


class _Form(msgspec.Struct, frozen=True):
    """How a file is laid out, whatever else stands in its manifest."""

    format: int


def _check(archive: zipfile.ZipFile, table: TableCopy) -> None:
    digest = sha256()
    for piece in _pieces(archive, table):
        digest.update(piece)
    if digest.hexdigest() != table.sha256:
        raise zipfile.BadZipFile(f"the rows of {table.name} are not those that were written")


def _pieces(archive: zipfile.ZipFile, table: TableCopy) -> Iterator[bytes]:
    with archive.open(part_of(table.name)) as part:
        while piece := part.read(PIECE_BYTES):
            yield piece


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
