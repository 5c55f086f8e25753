"""The command line `tallycard`: how everything starts.

Key idea: a command's module is loaded when the command is called, and not before, so that a small one does not wait for
the web framework and the database library. The table `COMMANDS` says which module holds which command.

Exit codes: 0 done, 1 found or met something that a person must act on, 2 called wrongly. Errors are one line that says
what to do, on standard error; tokens and reports stand alone on standard output.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final

import click

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "attributes": "attributes",
        "backup": "backups",
        "cards": "cards",
        "database": "places",
        "demo": "serving",
        "doctor": "doctor",
        "import": "imports",
        "migrate": "serving",
        "readers": "readers",
        "report": "reports",
        "reprice": "repricing",
        "restore": "backups",
        "serve": "serving",
        "settings": "places",
        "till": "till",
        "token": "people",
        "user": "people",
        "verify": "proving",
        "worker": "serving",
    }
)
"""The module of `api.commands` that holds each command."""


class Commands(click.Group):
    """A group whose commands are loaded one by one; its help loads them all."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Load a command; None where there is none of the name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"api.commands.{COMMANDS[cmd_name]}")
        found: dict[str | None, click.Command] = {command.name: command for command in module.COMMANDS}
        return found[cmd_name]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tallycard", prog_name="tallycard")
def tallycard() -> None:
    """Run the card and loyalty service of a shop with tills."""


def main() -> None:
    """Run the command line; what a person can act on is said in one line."""
    try:
        tallycard.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except Exception as error:
        from api.commands.running import explain  # noqa: PLC0415 - what knows every error loads all that can raise one

        message = explain(error)
        if message is None:
            raise
        click.echo(f"tallycard: {message}", err=True)
        sys.exit(1)
