"""Commands of attributes."""

from collections.abc import Sequence

import click

from api.commands.running import command_act, on_database
from crm.attributes.examples import add_examples


@click.group()
def attributes() -> None:
    """Look after what is asked of parties beyond what is there already."""


@attributes.command("add-examples")
def add_examples_command() -> None:
    """Define the examples manager, region and vip of parties, those of them that are not there yet."""
    for code in on_database(lambda database: database.run(add_examples, act=command_act())):
        click.echo(code)


COMMANDS: Sequence[click.Command] = (attributes,)
