"""Brings a backup back into an empty database: all of it, or nothing.

Key idea: the schema is made as the backup's version had it, then one transaction takes every row in. Foreign keys are
dropped for it and made again at its end, which holds every row against them. Only then is the schema brought up to
date.
"""

import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from database.backups import statements
from database.backups.archive import BackupError, pieces, reading
from database.backups.model import Kept, Manifest
from database.engine import make_engine
from database.migrate import list_revisions, migrate
from database.partitions import ensure_months

Finish = Callable[[AsyncConnection, Manifest], Awaitable[None]]
"""What belongs to a restore beyond its rows, done in the same transaction."""


async def restore_backup(
    url: str, file: Path, *, kept: Kept, finish: Finish, say: Callable[[str], None] = lambda _: None
) -> Manifest:
    """Fill an empty database from a backup. Raises BackupError, and then the database is as empty as before."""
    with reading(file) as (archive, manifest):
        if manifest.revision not in list_revisions():
            raise BackupError(
                f"{file} was made by version {manifest.software}, whose schema {manifest.revision} this one does not"
                " know: upgrade the software"
            )
        await _check_empty(url, manifest)
        await migrate(url, revision=manifest.revision)
        say(f"taking in {manifest.rows:,} rows of {manifest.made_at:%Y-%m-%d %H:%M} UTC")
        engine = make_engine(url, role=None, pooled=False)
        try:
            async with engine.begin() as connection:
                await _fill(connection, archive, manifest, kept)
                await finish(connection, manifest)
        except asyncpg.PostgresError as error:
            # The message alone: details of an error quote rows.
            raise BackupError(f"the rows do not fit the schema: {error.args[0]}; nothing was taken in") from None
        finally:
            await engine.dispose()
    await migrate(url)
    return manifest


async def _check_empty(url: str, manifest: Manifest) -> None:
    connection = await asyncpg.connect(url)
    try:
        revision = await statements.find_revision(connection)
        if revision is None:
            if await statements.list_columns(connection, Kept(frozenset(), frozenset())):
                raise BackupError("the database has tables of somebody else: name an empty one")
            return
        await _check_history(connection)
        if revision != manifest.revision:
            raise BackupError(
                f"the database has tables of schema {revision}, and the backup is of {manifest.revision}: name an"
                " empty database without tables"
            )
    finally:
        await connection.close()


async def _check_history(connection: asyncpg.Connection) -> None:
    if await statements.has_history(connection):
        raise BackupError("something was done in this database already: restore into an empty one. Nothing was changed")


async def _fill(connection: AsyncConnection, archive: zipfile.ZipFile, manifest: Manifest, kept: Kept) -> None:
    await statements.lock_history(connection)  # whoever began to work here meanwhile is seen now, or waits
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, asyncpg.Connection)
    await _check_history(driver)
    for month in manifest.months:
        await ensure_months(connection, month, month)
    await statements.settle_forms(driver)
    keys = await statements.drop_foreign_keys(driver)
    await statements.empty_tables(driver)
    known = await statements.list_columns(driver, kept)
    for table in manifest.tables:
        if set(table.columns) - set(known.get(table.name, ())):
            raise BackupError(f"the backup has columns of {table.name} that schema {manifest.revision} has not")
        told = await driver.copy_to_table(
            table.name, schema_name="public", columns=table.columns, source=pieces(archive, table)
        )
        if told != f"COPY {table.rows}":
            raise BackupError(f"{table.name}: {table.rows} rows were written, and {told} came; nothing was taken in")
    await statements.set_sequences(driver, manifest.sequences)
    await statements.make_foreign_keys(driver, keys)
