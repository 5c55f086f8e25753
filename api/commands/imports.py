"""Commands that take files of other systems in: receipts and parties.

Exit codes: 0 all is in, now or before; 1 some rows, or a file, could not be imported; 130 ended on a wish.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

from api.commands.progress import STOPPED, showing, stopping
from api.commands.running import Failure, command_act, migrated_database
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
from loyalty.imports.mapping import MappingError, fit_mapping
from loyalty.imports.progress import StoppedError, Watch
from loyalty.imports.receipt_mapping import PACKAGE as RECEIPTS
from loyalty.imports.receipt_mapping import ReceiptMapping
from loyalty.imports.receipts import Imported, SeriesTakenError, import_receipts
from loyalty.imports.rejections import Rejection, rejected_file, write_rejected
from loyalty.imports.tabular import TableError, open_table
from loyalty.receipts.flights import UnavailableError

MOST_SHOWN = 5

_FILE = click.argument("file", type=click.Path(path_type=Path))
_MAPPING = click.option("--mapping", help="A ready mapping's name, or a file of yours; left out, the header decides.")


@click.group("import")
def import_group() -> None:
    """Take receipts or parties of another system in; again changes nothing, and what was stopped goes on."""


@import_group.command("receipts")
@_FILE
@_MAPPING
def import_receipts_command(file: Path, mapping: str | None) -> None:
    """Import the receipts of FILE.

    FILE is a table with a header, .csv, .csv.xz or .csv.gz. Rows that stay out are written to NAME.rejected.csv.
    """
    settings = load_settings()
    with stopping() as is_stopped, _explained():
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
        _end_early(f"{posted.new + posted.known:,} of {what} are in")
    if posted.new or imported.cards_made:
        click.echo(f"{posted.new:,} imported, {posted.known:,} were here already; {imported.cards_made:,} cards made")
    elif posted.known:
        click.echo(f"nothing new: all {posted.known:,} were here already")
    _give_back(file, drafts.rejections + posted.rejections, delimiter=fitted.mapping.delimiter)


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
@_FILE
@_MAPPING
def import_parties_command(file: Path, mapping: str | None) -> None:
    """Import the parties of FILE.

    FILE is a table with a header, .csv, .csv.xz or .csv.gz. Rows that stay out are written to NAME.rejected.csv.
    """
    settings = load_settings()
    with stopping() as is_stopped, _explained():
        with open_table(file) as table, showing("reading", "bytes") as report:
            fitted = fit_mapping(PartyMapping, PARTIES, named=mapping, header_line=table.header_line)
            read = read_parties(table, fitted, Watch(report, is_stopped))
        records = read.parties
        click.echo(f"{read.rows:,} rows, {len(records):,} parties")
        with migrated_database(settings) as url, showing("importing", "parties") as report:
            watch = Watch(report, is_stopped)
            imported = run_quickly(_import_parties(records, fitted.mapping.source, url=url, watch=watch))
    if imported.done < len(records):
        _end_early(f"{imported.done:,} of {len(records):,} parties are in")
    if imported.new or imported.changed:
        click.echo(f"{imported.new:,} imported, {imported.changed:,} changed, {imported.same:,} as they were")
    elif imported.same:
        click.echo(f"nothing new: all {imported.same:,} were here already")
    _give_back(file, read.rejections, delimiter=fitted.mapping.delimiter)


async def _import_parties(records: list[PartyRecord], source: str, *, url: str, watch: Watch) -> ImportedParties:
    database = Database(url)
    try:
        return await import_parties(records, source, database=database, act=command_act(), watch=watch)
    finally:
        await database.close()


@contextmanager
def _explained() -> Iterator[None]:
    """Say what ends an import in words that a person can act on."""
    try:
        yield
    except StoppedError:
        _end_early("nothing is in yet")
    except (TableError, MappingError, SeriesTakenError) as error:
        raise Failure(f"{error}; nothing was imported") from error
    except UnavailableError as error:
        raise Failure("the database went away; what is in stays in: import the same file again to go on") from error


def _end_early(what_is_in: str) -> NoReturn:
    click.echo(f"ended early, {what_is_in}: the same command goes on from there", err=True)
    sys.exit(STOPPED)


def _give_back(file: Path, rejections: list[Rejection], *, delimiter: str) -> None:
    """Name the first rows that stay out with their reasons, and write all of them to a file."""
    if not rejections:
        return
    rejections = sorted(rejections, key=lambda rejection: rejection.line)
    leading = [rejection for rejection in rejections if rejection.led_by is None]
    for rejection in leading[:MOST_SHOWN]:
        click.echo(f"line {rejection.line:,}: {rejection.reason}", err=True)
    if len(leading) > MOST_SHOWN:
        click.echo(f"and {len(leading) - MOST_SHOWN:,} more", err=True)
    target = rejected_file(file, Path.cwd())
    try:
        write_rejected(file, target, rejections, delimiter=delimiter)
    except (OSError, TableError) as error:
        raise Failure(f"{len(rejections):,} rows stay out, and {target} cannot be written: {error}") from error
    raise Failure(f"{len(rejections):,} rows stay out, with their reasons in {target.name}; the rest is in")


COMMANDS: Sequence[click.Command] = (import_group,)
