"""Reads the quotations of a price list from a table: a file of text, a workbook, or what was pasted.

The key idea: a row that cannot be read is told with its line and its reason and hides no other. Nothing is changed
here: what was read is compared with the list as it stands, and a person looks at the difference first.

A first line that names the columns is used as such (`sku` or `article`, and `price`); without one, the first column is
the article and the second its price.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal

from msgspec import Struct

from loyalty.imports.sheets import ENDING as WORKBOOK_ENDING
from loyalty.imports.sheets import read_sheet
from loyalty.imports.tabular import Row, TableError, open_table, split_header
from loyalty.money import MOST_MINOR, PRICE, DecimalError

MOST_QUOTATIONS = 50_000
MOST_SKU_LENGTH = 200
SKU_NAMES = frozenset({"sku", "article", "code", "item"})
PRICE_NAMES = frozenset({"price", "quotation", "fixed price"})
DELIMITERS = "\t;,"

_DECIMAL_COMMA = re.compile(r"[0-9]+,[0-9]+", re.ASCII)
_TWO_READINGS = re.compile(r"[0-9]{1,3},[0-9]{3}", re.ASCII)
_NEUTRALISED = re.compile(r"'(?=[=+\-@])")

Reason = Literal["broken", "no_sku", "long_sku", "no_price", "ambiguous_price", "repeated"]


class Refused(Struct, frozen=True):
    """A row that cannot be taken, and why."""

    line: int
    reason: Reason
    sku: str = ""


class Reading(Struct, frozen=True):
    """What a table holds: prices in ten-thousandths by article, and the rows that were refused."""

    quotations: dict[str, int]
    refused: tuple[Refused, ...]


class Change(Struct, frozen=True):
    """One article whose price is another afterwards; None where it has none."""

    sku: str
    old: int | None
    new: int | None


def read_file(content: bytes, name: str) -> Reading:
    """Read a file by the ending of its name. Raises TableError."""
    plain = Path(name).name
    if plain.lower().endswith(WORKBOOK_ENDING):
        return read_quotations(read_sheet(content, plain))
    ending = "".join(Path(plain).suffixes[-2:]).lower() or ".csv"
    with NamedTemporaryFile(suffix=ending if ending.endswith((".gz", ".xz")) else ".csv") as kept:
        kept.write(content)
        kept.flush()
        try:
            return read_quotations(_rows_of(Path(kept.name)))
        except TableError as error:
            raise TableError(str(error).replace(kept.name, plain)) from error


def read_pasted(text: str) -> Reading:
    """Read what was pasted: an article and its price on each line. Raises TableError."""
    return read_file(text.encode(), "pasted.csv")


def _rows_of(path: Path) -> Iterator[Row]:
    with open_table(path) as table:
        delimiter = max(DELIMITERS, key=table.header_line.count)
        yield Row(1, split_header(table.header_line, delimiter))
        yield from table.rows(delimiter)


def read_quotations(rows: Iterable[Row]) -> Reading:
    """Read quotations from rows, the header among them. Raises TableError where more than `MOST_QUOTATIONS` come."""
    remaining = iter(rows)
    first = next(remaining, Row(1, []))
    names = [cell.strip().casefold() for cell in first.cells]
    sku_at = next((place for place, name in enumerate(names) if name in SKU_NAMES), None)
    price_at = next((place for place, name in enumerate(names) if name in PRICE_NAMES), None)
    if sku_at is None or price_at is None:
        sku_at, price_at, remaining = 0, 1, chain([first], remaining)
    found: dict[str, int] = {}
    refused: list[Refused] = []
    for row in remaining:
        read = _read_row(row, sku_at, price_at, found)
        if isinstance(read, Refused):
            refused.append(read)
        else:
            found[read[0]] = read[1]
        if len(found) + len(refused) > MOST_QUOTATIONS:
            raise TableError(f"more than {MOST_QUOTATIONS:,} rows: divide the table")
    return Reading(found, tuple(refused))


def _read_row(row: Row, sku_at: int, price_at: int, found: Mapping[str, int]) -> Refused | tuple[str, int]:
    if row.fault is not None and len(row.cells) <= max(sku_at, price_at):
        return Refused(row.line, "broken")
    cells = [*row.cells, *[""] * (max(sku_at, price_at) + 1 - len(row.cells))]
    sku = _NEUTRALISED.sub("", cells[sku_at].strip(), count=1)
    if not sku:
        return Refused(row.line, "no_sku")
    if len(sku) > MOST_SKU_LENGTH:
        return Refused(row.line, "long_sku")
    if sku in found:
        return Refused(row.line, "repeated", sku)
    price = read_price(cells[price_at])
    return (sku, price) if isinstance(price, int) else Refused(row.line, price, sku)


def read_price(text: str) -> int | Literal["no_price", "ambiguous_price"]:
    """Read a price as a person or a spreadsheet writes it, with a point or a comma, or say why it cannot be read."""
    plain = text.replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
    if _TWO_READINGS.fullmatch(plain):
        return "ambiguous_price"
    try:
        price = PRICE.parse(plain.replace(",", ".") if _DECIMAL_COMMA.fullmatch(plain) else plain)
    except DecimalError:
        return "no_price"
    return price if 0 <= price < MOST_MINOR else "no_price"


def compare(before: Mapping[str, int], after: Mapping[str, int]) -> list[Change]:
    """List what differs between two states of a list, by article."""
    skus = sorted(before.keys() | after.keys())
    changes = (Change(sku, before.get(sku), after.get(sku)) for sku in skus)
    return [change for change in changes if change.old != change.new]
