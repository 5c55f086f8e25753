"""Commands that take files of other systems in: receipts, parties and cards.

Exit codes: 0 all is in, now or before; 1 some rows, or a file, could not be imported; 130 ended on a wish.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from api.commands.card_imports import import_cards_command
from api.commands.import_files import FILE, MAPPING, end_early, explained, give_back
from api.commands.progress import showing, stopping
from api.commands.running import command_act, migrated_database
from api.quick_running import run_quickly
from api.settings import Settings, load_settings
from api.state import running_service
from crm.parties.importing import ImportedParties, import_parties
from crm.parties.model import PartyRecord
from crm.parties.reading import PACKAGE as PARTIES
from crm.parties.reading import PartyMapping, read_parties
from database.engine import Database
from loyalty.imports.drafts import Drafts, count_customers, read_drafts
from loyalty.imports.lines import make_layout
from loyalty.imports.mapping import fit_mapping
from loyalty.imports.progress import Watch
from loyalty.imports.receipt_mapping import PACKAGE as RECEIPTS
from loyalty.imports.receipt_mapping import ReceiptMapping
from loyalty.imports.receipts import Imported, import_receipts
from loyalty.imports.tabular import open_table


@click.group("import")
def import_group() -> None:
    """Take receipts, parties or cards of another system in; again changes nothing, and what was stopped goes on."""


@import_group.command("receipts")
@FILE
@MAPPING
def import_receipts_command(file: Path, mapping: str | None) -> None:
    """Import the receipts of FILE.

    FILE is a table with a header, .csv, .csv.xz or .csv.gz. Rows that stay out are written to NAME.rejected.csv.
    """
    settings = load_settings()
    with stopping() as is_stopped, explained():
        with open_table(file) as table, showing("reading", "bytes") as report:
            fitted = fit_mapping(ReceiptMapping, RECEIPTS, named=mapping, header_line=table.header_line)
            layout = make_layout(fitted, places=settings.currency.places)
            drafts = read_drafts(table, layout, Watch(report, is_stopped))
        _tell_drafts(drafts)
        with migrated_database(settings) as url, showing("importing", "receipts") as report:
            watch = Watch(report, is_stopped)
            imported = run_quickly(_import_receipts(drafts, fitted.mapping, settings, url=url, watch=watch))
    posted = imported.posted
    what = f"{len(drafts.receipts):,} receipts"
    if not posted.is_complete:
        end_early(f"{posted.new + posted.known:,} of {what} are in")
    if posted.new or imported.cards_made:
        click.echo(f"{posted.new:,} imported, {posted.known:,} were here already; {imported.cards_made:,} cards made")
    elif posted.known:
        click.echo(f"nothing new: all {posted.known:,} were here already")
    give_back(file, drafts.rejections + posted.rejections, delimiter=fitted.mapping.delimiter)


async def _import_receipts(
    drafts: Drafts, mapping: ReceiptMapping, settings: Settings, *, url: str, watch: Watch
) -> Imported:
    async with running_service(settings, url) as service:
        return await import_receipts(
            drafts.receipts,
            mapping,
            database=service.database,
            flights=service.flights,
            act=command_act(),
            watch=watch,
        )


def _tell_drafts(drafts: Drafts) -> None:
    receipts = drafts.receipts
    kinds = Counter(draft.kind for draft in receipts)
    what = f"{kinds['sale']:,} sales, {kinds['return']:,} returns, {kinds['adjustment']:,} adjustments"
    click.echo(f"{drafts.rows:,} rows, {len(receipts):,} receipts: {what}")
    without = sum(draft.customer is None for draft in receipts)
    click.echo(f"{count_customers(receipts):,} customers; {without:,} receipts without one")


@import_group.command("parties")
@FILE
@MAPPING
def import_parties_command(file: Path, mapping: str | None) -> None:
    """Import the parties of FILE.

    FILE is a table with a header, .csv, .csv.xz or .csv.gz. Rows that stay out are written to NAME.rejected.csv.
    """
    settings = load_settings()
    with stopping() as is_stopped, explained():
        with open_table(file) as table, showing("reading", "bytes") as report:
            fitted = fit_mapping(PartyMapping, PARTIES, named=mapping, header_line=table.header_line)
            read = read_parties(table, fitted, Watch(report, is_stopped))
        records = read.parties
        click.echo(f"{read.rows:,} rows, {len(records):,} parties")
        with migrated_database(settings) as url, showing("importing", "parties") as report:
            watch = Watch(report, is_stopped)
            imported = run_quickly(_import_parties(records, fitted.mapping.source, url=url, watch=watch))
    if imported.done < len(records):
        end_early(f"{imported.done:,} of {len(records):,} parties are in")
    if imported.new or imported.changed:
        click.echo(f"{imported.new:,} imported, {imported.changed:,} changed, {imported.same:,} as they were")
    elif imported.same:
        click.echo(f"nothing new: all {imported.same:,} were here already")
    give_back(file, read.rejections, delimiter=fitted.mapping.delimiter)


async def _import_parties(records: list[PartyRecord], source: str, *, url: str, watch: Watch) -> ImportedParties:
    database = Database(url)
    try:
        return await import_parties(records, source, database=database, act=command_act(), watch=watch)
    finally:
        await database.close()


import_group.add_command(import_cards_command)

COMMANDS: Sequence[click.Command] = (import_group,)
