"""The command that proves what is kept."""

from collections.abc import Sequence

import click

from api.commands.running import Failure, on_database
from loyalty.accounts.verify import verify_ledgers


@click.command()
def verify() -> None:
    """Prove the ledgers against receipts and documents; name the first difference."""
    verified = on_database(lambda database: database.run(verify_ledgers))
    click.echo(
        f"{verified.cards:,} cards, {verified.receipts:,} receipts, {verified.documents:,} documents"
        f" and {verified.entries:,} entries checked"
    )
    for difference in verified.differences:
        click.echo(difference, err=True)
    if verified.differences:
        raise Failure("the ledgers do not agree with the receipts; nothing was changed")
    click.echo("ledgers agree")


COMMANDS: Sequence[click.Command] = (verify,)
