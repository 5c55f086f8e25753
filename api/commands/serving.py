"""Commands that run the service: serve, worker, migrate, demo."""

import asyncio
from collections.abc import Sequence

import click
from msgspec import structs

from api.commands.running import PATIENCE_SECONDS, database_url, migrated_database
from api.commands.saying import say
from api.settings import load_settings
from database.migrate import migrate


@click.command()
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on; 0 takes a free one.")
@click.option("--host", help="Address to listen on.")
def serve(port: int | None, host: str | None) -> None:
    """Serve the till API and the back office; without a database of yours, start one in the data folder."""
    from api.server import run_server  # noqa: PLC0415 - `migrate` does without the web framework

    settings = load_settings()
    settings = structs.replace(
        settings, port=settings.port if port is None else port, host=settings.host if host is None else host
    )
    with migrated_database(settings, patience_seconds=PATIENCE_SECONDS) as url:
        run_server(settings, url, say=say)


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now and end.")
def worker(*, once: bool) -> None:
    """Do jobs as they come, and what is due at times: partitions ahead, parked returns."""
    from api.worker import run_worker  # noqa: PLC0415 - as above

    settings = load_settings()
    with migrated_database(settings, patience_seconds=PATIENCE_SECONDS) as url:
        asyncio.run(run_worker(settings, url, say=say, once=once))


@click.command("migrate")
def migrate_command() -> None:
    """Bring the database to the schema of this version."""
    with database_url(load_settings()) as url:
        click.echo("migrated" if asyncio.run(migrate(url)) else "up to date")


@click.command()
@click.option("--once", is_flag=True, help="End after the story.")
def demo(*, once: bool) -> None:
    """Show the main job on a small invented shop, with simulated readers."""
    from api.demo import run_demo  # noqa: PLC0415 # what only the demo needs is not loaded for every command

    run_demo(once=once)


COMMANDS: Sequence[click.Command] = (serve, worker, migrate_command, demo)
