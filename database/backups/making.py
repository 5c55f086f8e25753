"""Makes a backup while the service goes on: everything in it is of one moment."""

import zipfile
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import asyncpg

from database.backups import statements
from database.backups.archive import BackupError, part_of, write_manifest, writing
from database.backups.model import FORMAT, Kept, Manifest, TableCopy
from database.backups.statements import quoted


async def make_backup(
    url: str, file: Path, *, kept: Kept, software: str, now: datetime, say: Callable[[str], None] = lambda _: None
) -> Manifest:
    """Write all that is to be kept of a database into a new file. Raises BackupError; then there is no such file.

    Nothing is locked but against changes of tables themselves, and whoever sells goes on selling.
    """
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC", "application_name": "tallycard backup"})
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await statements.settle_forms(connection)
            revision = await statements.find_revision(connection)
            if revision is None:
                raise BackupError("the database has no tables of ours: there is nothing to back up")
            with writing(file) as archive:
                tables = [
                    await _copy(connection, archive, name=name, columns=columns, say=say)
                    for name, columns in (await statements.list_columns(connection, kept)).items()
                ]
                manifest = Manifest(
                    format=FORMAT,
                    software=software,
                    server=connection.get_settings().server_version,
                    revision=revision,
                    made_at=now,
                    months=await statements.list_months(connection),
                    sequences=await statements.list_sequences(connection),
                    tables=tuple(tables),
                )
                write_manifest(archive, manifest)
            return manifest
    finally:
        await connection.close()


async def _copy(
    connection: asyncpg.Connection,
    archive: zipfile.ZipFile,
    *,
    name: str,
    columns: tuple[str, ...],
    say: Callable[[str], None],
) -> TableCopy:
    """Copy one table into its part."""
    digest = sha256()
    with archive.open(part_of(name), "w", force_zip64=True) as part:

        async def take(piece: bytes) -> None:
            digest.update(piece)
            part.write(piece)

        listed = ", ".join(quoted(column) for column in columns)
        told = await connection.copy_from_query(f"select {listed} from public.{quoted(name)}", output=take)
    rows = int(told.rpartition(" ")[2])
    if rows:
        say(f"{name}: {rows:,}")
    return TableCopy(name, columns, rows, digest.hexdigest())
