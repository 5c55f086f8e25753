"""Commands that keep the data of the shop safe: backup, and its way back."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click
from sqlalchemy.ext.asyncio import AsyncConnection

from api.commands.proving import tell_verified
from api.commands.running import command_act, database_url
from api.commands.saying import Failure, say
from api.restoring import KEPT, finishing
from api.settings import load_settings
from database.backups import BackupError, Manifest, make_backup, restore_backup
from database.engine import Database
from database.signs import BACKUP, note_sign
from loyalty.accounts.verify import verify_ledgers

_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.command()
@_FILE
def backup(file: Path) -> None:
    """Write everything that the shop has into a new FILE, while the service goes on.

    The file holds people's data and card numbers: only you can read it. The settings are not in it; keep
    TALLYCARD_MAIL_KEY beside it, or passwords of mailboxes have to be typed in anew.
    """
    with database_url(load_settings()) as url:
        manifest = asyncio.run(_back_up(url, file.absolute()))
    click.echo(f"{file}: {manifest.rows:,} rows of {len(manifest.tables)} tables, {file.stat().st_size:,} bytes")


@click.command()
@_FILE
def restore(file: Path) -> None:
    """Bring a backup back into an empty database: all of it, or nothing.

    Stop the service first. Tills send again by themselves what they sent after the backup was made.
    """
    with database_url(load_settings()) as url:
        asyncio.run(_restore(url, file.absolute()))


async def _back_up(url: str, file: Path) -> Manifest:
    now = datetime.now(UTC)
    try:
        manifest = await make_backup(url, file, kept=KEPT, software=version("tallycard"), now=now, say=say)
    except BackupError as error:
        raise Failure(str(error)) from error
    size = (await asyncio.to_thread(file.stat)).st_size
    database = Database(url)
    try:
        await database.run(_note, manifest, size=size)
    finally:
        await database.close()
    return manifest


async def _note(connection: AsyncConnection, manifest: Manifest, *, size: int) -> None:
    await note_sign(connection, BACKUP, at=manifest.made_at, detail={"rows": manifest.rows, "bytes": size})


async def _restore(url: str, file: Path) -> None:
    try:
        manifest = await restore_backup(url, file, kept=KEPT, finish=finishing(command_act()), say=say)
    except BackupError as error:
        raise Failure(str(error)) from error
    click.echo(f"restored {manifest.rows:,} rows as of {manifest.made_at.isoformat(timespec='seconds')}")
    database = Database(url)
    try:
        tell_verified(await database.run(verify_ledgers))
    finally:
        await database.close()


COMMANDS: Sequence[click.Command] = (backup, restore)
"""What the command line takes from here."""
