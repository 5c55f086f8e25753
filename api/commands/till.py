"""The commands of a till: setting it up, and running its agent."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from api.commands.finding import tell
from api.commands.saying import Failure
from api.logs import configure_logging
from api.settings import load_settings
from pos_adapter.config import ConfigError, load_config
from pos_adapter.doctor import look_at_till
from pos_adapter.enrolling import EnrollingError, enrol
from pos_adapter.private_files import FileError
from pos_adapter.run import run_till
from pos_adapter.tokens import TokenError

CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("till.toml"),
    show_default=True,
    help="The till's file.",
)


@click.group("till", invoke_without_command=True)
@CONFIG
@click.pass_context
def till_command(context: click.Context, config: Path) -> None:
    """Run the agent of one till: its readers, its local API, its journal, the way to the server."""
    if context.invoked_subcommand is not None:
        return
    configure_logging(load_settings().log_level)
    try:
        run_till(load_config(config), say=lambda line: click.echo(line, err=True))
    except (ConfigError, TokenError, FileError) as error:
        raise Failure(str(error)) from error


@till_command.command("init")
@click.option("--server", required=True, metavar="URL", help="The server's address, as https://loyalty.example.")
@click.option("--code", required=True, help="The enrolment code of the back office; good once, for half an hour.")
@CONFIG
def init(server: str, code: str, config: Path) -> None:
    """Set this till up: write its file, and its token into a file that only you can read."""
    try:
        enrolled = enrol(server, code, config=config)
    except (EnrollingError, FileError) as error:
        raise Failure(str(error)) from error
    click.echo(f"Till {enrolled.till} of store {enrolled.store} is set up in {config}.", err=True)
    click.echo(f"Add its readers there, then start it: tallycard till --config {config}", err=True)


@till_command.command("doctor")
@CONFIG
def doctor(config: Path) -> None:
    """Look at this till; say of each thing how it is, and how what is wrong is mended.

    Run it as the agent's user. It changes nothing. The exit code is 1 where something is broken.
    """
    tell(look_at_till(config, now=datetime.now(UTC)))


COMMANDS: Sequence[click.Command] = (till_command,)
