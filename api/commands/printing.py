"""The command that prints cards of a series into PDF files.

A large series comes in several files, each drawn and written before the next one is begun, so memory does not grow with
it.
Exit codes: 0 all are printed; 1 some could not be, and the files that were named are whole.
"""

from pathlib import Path
from typing import get_args

import click
from msgspec import structs

from api.commands.running import command_act, on_database
from api.commands.saying import Failure
from api.pages.assets import fonts_of, load_assets
from api.sheets import Order, Printed, Printer, print_cards
from database.engine import Database
from devices.printing.model import MOST_CARDS, MOST_TEXT, Dpi, LayoutName, Sheet, Symbology


@click.command("print")
@click.argument("series")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The PDF file to write.")
@click.option("--layout", type=click.Choice(get_args(LayoutName)), default="a4-cards", show_default=True)
@click.option("--symbology", type=click.Choice(get_args(Symbology)), default="code128", show_default=True)
@click.option("--dpi", type=click.Choice(get_args(Dpi)), default=300, show_default=True, help="The printer's dots.")
@click.option("--text", default="", help="A line under the name of the series.")
@click.option("--name/--no-name", default=True, help="Whether the name of the series stands on every card.")
@click.option("--from", "first", type=click.IntRange(1), default=1, help="The identifier of the first card.")
@click.option("--count", type=click.IntRange(1), help="How many cards; all from there on if left out.")
def print_command(
    series: str,
    *,
    out: Path,
    layout: LayoutName,
    symbology: Symbology,
    dpi: Dpi,
    text: str,
    name: bool,
    first: int,
    count: int | None,
) -> None:
    """Print cards of SERIES as PDF; more than one file holds become FILE-1.pdf, FILE-2.pdf and so on."""
    if len(text) > MOST_TEXT:
        raise click.BadParameter(f"at most {MOST_TEXT} characters", param_hint="--text")
    sheet = Sheet(layout=layout, symbology=symbology, dpi=dpi, text=text)
    order = Order(sheet, first=first, with_name=name)
    printed, files = on_database(lambda database: _print_all(database, series, order, count=count, out=out))
    click.echo(f"{printed:,} cards printed" + (f" into {files} files" if files > 1 else ""))


async def _print_all(database: Database, series: str, order: Order, *, count: int | None, out: Path) -> tuple[int, int]:
    """Print part after part; gives how many cards and files."""
    printer = Printer(fonts_of(load_assets()))
    done = files = 0
    first: int | None = order.first
    while first is not None and (count is None or done < count):
        most = MOST_CARDS if count is None else min(MOST_CARDS, count - done)
        part = structs.replace(order, first=first, count=most)
        printed = await print_cards(database, printer, series, part, act=command_act())
        done, files, first = done + printed.cards, files + 1, printed.next_first
        is_whole = files == 1 and (first is None or done == count)
        _write(out if is_whole else out.with_stem(f"{out.stem}-{files}"), printed)
    return done, files


def _write(file: Path, printed: Printed) -> None:
    """Write a file whole or not at all."""
    unfinished = file.with_name(f"{file.name}.part")
    try:
        unfinished.write_bytes(printed.pdf)
        unfinished.replace(file)
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"{file}: {printed.cards:,} cards")
