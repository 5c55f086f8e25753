"""The command that runs a till agent."""

from collections.abc import Sequence
from pathlib import Path

import click

from api.commands.running import Failure
from api.server import configure_logging
from api.settings import load_settings
from pos_adapter.config import ConfigError, load_config
from pos_adapter.run import run_till
from pos_adapter.tokens import TokenError


@click.command("till")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("till.toml"),
    show_default=True,
    help="The till's file.",
)
def till_command(config: Path) -> None:
    """Run the agent of one till: its readers, its local API, the way to the server."""
    configure_logging(load_settings().log_level)
    try:
        run_till(load_config(config), say=lambda line: click.echo(line, err=True))
    except (ConfigError, TokenError) as error:
        raise Failure(str(error)) from error


COMMANDS: Sequence[click.Command] = (till_command,)
