"""Commands that take files of other systems in: receipts and parties.

Exit codes: 0 all is in, now or before; 1 some rows, or a file, could not be imported; 130 ended on a wish.
"""

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from api.commands.progress import STOPPED, showing, stopping
from api.commands.running import Failure, command_act, migrated_database
from api.settings import Settings, load_settings
from api.state import running_service
from loyalty.imports.drafts import Drafts, count_customers, read_drafts
from loyalty.imports.lines import make_layout
from loyalty.imports.mapping import MappingError, fit_mapping
from loyalty.imports.progress import StoppedError, Watch
from loyalty.imports.receipt_mapping import PACKAGE, ReceiptMapping
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
    """Import receipts from FILE (.csv, .csv.xz or .csv.gz)."""
    settings = load_settings()
    with stopping() as is_stopped, _explained():
        with open_table(file) as table, showing("reading, bytes") as report:
            fitted = fit_mapping(ReceiptMapping, PACKAGE, named=mapping, header_line=table.header_line)
            layout = make_layout(fitted, places=settings.currency.places)
            drafts = read_drafts(table, layout, Watch(report, is_stopped))
        with migrated_database(settings) as url, showing("importing, receipts") as report:
            started = time.monotonic_ns()
            imported = asyncio.run(_import(drafts, fitted.mapping, settings, url=url, watch=Watch(report, is_stopped)))
            milliseconds = (time.monotonic_ns() - started) // 1_000_000
    _tell_receipts(drafts, imported, milliseconds)
    rejections = drafts.rejections + imported.posted.rejections
    if not imported.posted.is_complete:
        _tell_stopped(f"{imported.posted.new + imported.posted.known:,} of {len(drafts.receipts):,} receipts")
    _tell_rejections(file, rejections, delimiter=fitted.mapping.delimiter)
