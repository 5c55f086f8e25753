"""The command line `tallycard`: how everything starts.

Exit codes: 0 done, 1 found or met something that a person must act on, 2 called wrongly. Errors are one line that says
what to do, on standard error; tokens and reports stand alone on standard output.
"""

import sys

import click

from api.commands import imports, people, proving, reports, serving, till
from api.commands.running import Failure, explain


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tallycard", prog_name="tallycard")
def tallycard() -> None:
    """Run the card and loyalty service of a shop with tills."""


for module in (serving, people, imports, reports, proving, till):
    for command in module.COMMANDS:
        tallycard.add_command(command)


def main() -> None:
    """Run the command line; what a person can act on is said in one line."""
    try:
        tallycard.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except Failure as error:
        click.echo(f"tallycard: {error}", err=True)
        sys.exit(1)
    except Exception as error:
        message = explain(error)
        if message is None:
            raise
        click.echo(f"tallycard: {message}", err=True)
        sys.exit(1)
