"""The command that takes cards of a former system in: `tallycard import cards`."""

from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy.ext.asyncio import AsyncConnection

from api.commands.import_files import FILE, MAPPING, end_early, explained, give_back
from api.commands.progress import showing, stopping
from api.commands.running import command_act, migrated_database
from api.quick_running import run_quickly
from api.settings import load_settings
from crm.parties.repository.importing import find_party_ids
from database.engine import Database
from loyalty.imports.card_mapping import PACKAGE, CardMapping
from loyalty.imports.card_rows import CardDraft, read_cards
from loyalty.imports.cards import CardsImported, import_cards
from loyalty.imports.mapping import fit_mapping
from loyalty.imports.progress import Watch
from loyalty.imports.tabular import open_table


@click.command("cards")
@FILE
@click.option("--series", required=True, help="The code of the series that the cards belong to.")
@MAPPING
def import_cards_command(file: Path, series: str, mapping: str | None) -> None:
    """Import the cards of FILE with their own settings and opening figures.

    FILE is a table with a header, .csv, .csv.xz or .csv.gz. Rows that stay out are written to NAME.rejected.csv.
    """
    settings = load_settings()
    with stopping() as is_stopped, explained():
        with open_table(file) as table, showing("reading", "bytes") as report:
            fitted = fit_mapping(CardMapping, PACKAGE, named=mapping, header_line=table.header_line)
            read = read_cards(table, fitted, money=settings.currency.scale, watch=Watch(report, is_stopped))
        click.echo(f"{read.rows:,} rows, {len(read.drafts):,} cards")
        with migrated_database(settings) as url, showing("importing", "cards") as report:
            watch = Watch(report, is_stopped)
            imported = run_quickly(_import(read.drafts, series, fitted.mapping, url=url, watch=watch))
    if not imported.is_complete:
        end_early(f"{imported.new + imported.known:,} of {len(read.drafts):,} cards are in")
    if imported.new:
        click.echo(f"{imported.new:,} imported, {imported.known:,} were here already")
    elif imported.known:
        click.echo(f"nothing new: all {imported.known:,} were here already")
    give_back(file, read.rejections + imported.rejections, delimiter=fitted.mapping.delimiter)


async def _import(
    drafts: Sequence[CardDraft], series: str, mapping: CardMapping, *, url: str, watch: Watch
) -> CardsImported:
    async def find_holders(connection: AsyncConnection, keys: Sequence[str]) -> dict[str, int]:
        return await find_party_ids(connection, mapping.cards.holders or "", keys)

    database = Database(url)
    try:
        return await import_cards(
            drafts,
            series,
            source=mapping.source,
            find_holders=find_holders,
            database=database,
            act=command_act(),
            watch=watch,
        )
    finally:
        await database.close()
