"""The command that proves what is kept."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import click

from api.commands.running import on_database
from api.commands.saying import Failure
from database.engine import Database
from database.signs import VERIFY, note_sign
from loyalty.accounts.verify import Verified, verify_ledgers

_DIGEST_LENGTH = 64


@click.command()
@click.option(
    "--anchor",
    "anchors",
    multiple=True,
    metavar="UNTIL=CHAINS",
    help="An anchor of the worker's log to be held against the books: its until, an equals sign, its chains.",
)
def verify(anchors: tuple[str, ...]) -> None:
    """Prove the ledgers against receipts and documents, and the journal against its seals; name what differs."""
    kept = dict(_read_anchor(anchor) for anchor in anchors)

    async def run(database: Database) -> Verified:
        verified = await database.run(verify_ledgers, anchors=kept)
        found = {"cards": verified.cards, "differences": len(verified.differences)}
        is_well = not verified.differences
        await database.run(note_sign, VERIFY, at=datetime.now(UTC), is_well=is_well, detail=found)
        return verified

    tell_verified(on_database(run))


def tell_verified(verified: Verified) -> None:
    """Say what was proved. Raises Failure where anything differs."""
    click.echo(
        f"{verified.cards:,} cards, {verified.receipts:,} receipts, {verified.documents:,} documents"
        f" and {verified.entries:,} entries checked"
    )
    for difference in verified.differences:
        click.echo(difference, err=True)
    if verified.differences:
        raise Failure("the ledgers do not agree with the receipts; nothing was changed")
    click.echo("ledgers agree")


def _read_anchor(anchor: str) -> tuple[date, str]:
    until, _, chains = anchor.partition("=")
    try:
        day = date.fromisoformat(until)
    except ValueError:
        day = None
    if day is None or len(chains) != _DIGEST_LENGTH:
        raise click.BadParameter("give it as the log has it: 2026-11-20=<64 digits>", param_hint="--anchor")
    return day, chains


COMMANDS: Sequence[click.Command] = (verify,)
"""What the command line takes from here."""
