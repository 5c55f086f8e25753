"""Commands that need no database: what is set, and the embedded PostgreSQL's end; and where its data lie.

It loads neither SQLAlchemy nor the web framework, so these commands answer at once.
"""

from collections.abc import Sequence
from pathlib import Path

import click

from api.settings import Settings, describe, load_settings
from database.embedded import default_data_folder, stop

POSTGRES_FOLDER = "postgres"


def data_folder(settings: Settings) -> Path:
    """Give the data folder: the one that was set, else the default or, where its account cannot enter that, another."""
    if settings.sources["DATA"] == "environment":
        return settings.data
    return default_data_folder(settings.data)


@click.group()
def database() -> None:
    """Look after the embedded PostgreSQL."""


@database.command("stop")
def stop_database() -> None:
    """Stop the embedded PostgreSQL if one was left running."""
    settings = load_settings()
    click.echo("stopped" if stop(data_folder(settings) / POSTGRES_FOLDER) else "not running")


@click.command()
def settings() -> None:
    """Print all settings with their source."""
    rows = describe(load_settings())
    for name, value, source, meaning in rows:
        click.echo(f"{name}={value}  ({source}: {meaning})")


COMMANDS: Sequence[click.Command] = (database, settings)
