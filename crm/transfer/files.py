"""Rows of a file as a person puts it in at a page: CSV of any usual delimiter, plain or packed, a workbook, or vCards.

Key idea: whatever the file is, it becomes rows with the number of their line, one after another, and nothing is kept of
those that were given. A file that cannot be trusted - not UTF-8, damaged, a bomb, a single endless line, more columns
than a table has - ends in a TableError that says what to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Final

from crm.transfer.model import MOST_COLUMNS
from crm.transfer.vcards.rows import card_rows
from loyalty.imports.sheets import ENDING as WORKBOOK
from loyalty.imports.sheets import SheetLimits, read_sheet
from loyalty.imports.tabular import ENDINGS, Row, TableError, open_table, split_header

PLAIN: Final = ".csv"
VCARDS: Final = ".vcf"
ACCEPTED: Final = (*ENDINGS, WORKBOOK, VCARDS)
LIMITS: Final = SheetLimits(rows=1_048_576, columns=MOST_COLUMNS, unpacked_bytes=1_073_741_824, part_bytes=268_435_456)
"""A sheet as large as a spreadsheet makes it; its shared texts, which must be held in memory, in bounds."""
MOST_VCARDS_BYTES: Final = 67_108_864
MOST_UNPACKED_CSV: Final = 2_147_483_648
_DELIMITERS: Final = ",;\t|"


def ending_of(name: str) -> str | None:
    """Give by which ending a file can be read; None for another kind."""
    plain = name.casefold()
    return next((ending for ending in sorted(ACCEPTED, key=len, reverse=True) if plain.endswith(ending)), None)


@contextmanager
def open_rows(path: Path, name: str) -> Iterator[Iterator[Row]]:
    """Open a file, called `name` by who sent it, and give its rows; the first is its header. Raises TableError."""
    try:
        if ending_of(name) == WORKBOOK:
            yield _bounded(read_sheet(path, name, limits=LIMITS))
        elif ending_of(name) == VCARDS:
            yield _cards(path, name)
        else:
            with open_table(path) as table:
                delimiter = max(_DELIMITERS, key=table.header_line.count)
                header = Row(1, split_header(table.header_line, delimiter))
                yield _bounded(_counted(chain([header], table.rows(delimiter)), name))
    except TableError as error:
        raise TableError(str(error).replace(str(path), name)) from error


def _cards(path: Path, name: str) -> Iterator[Row]:
    """Give vCards, which are read as a whole."""
    if path.stat().st_size > MOST_VCARDS_BYTES:
        raise TableError(f"{name} has more than {MOST_VCARDS_BYTES:,} bytes: divide it")
    return card_rows(path.read_bytes())


def _bounded(rows: Iterator[Row]) -> Iterator[Row]:
    """Refuse a header without names, or of more columns than a table has."""
    header = next(rows, None)
    if header is None or not any(header.cells):
        raise TableError("the file is empty: its first line names the columns")
    if len(header.cells) > MOST_COLUMNS:
        raise TableError(f"the file has {len(header.cells):,} columns, at most {MOST_COLUMNS} are read: is it a table?")
    yield header
    yield from rows


def _counted(rows: Iterator[Row], name: str) -> Iterator[Row]:
    """Refuse a packed file that unpacks without end."""
    size = 0
    for row in rows:
        size += sum(map(len, row.cells))
        if size > MOST_UNPACKED_CSV:
            raise TableError(f"{name} unpacks to more than {MOST_UNPACKED_CSV:,} characters: divide it")
        yield row
