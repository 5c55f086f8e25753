"""Reads the first sheet of a workbook (XLSX) as rows, as `tabular` reads text.

The key idea: a workbook is a packed archive, so its unpacked size is looked at before anything is unpacked, and rows
and columns are bounded. Numbers are written as a spreadsheet shows them, dates as ISO 8601; a formula gives the value
that was kept with it, and nothing is calculated here.
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from msgspec import Struct
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from loyalty.imports.tabular import Row, TableError

ENDING = ".xlsx"
_SHOWN_DIGITS = 15
"""So many digits of a number a spreadsheet keeps; what stands behind them is noise of its binary fractions."""


class SheetLimits(Struct, frozen=True):
    """How large a sheet may be: rows, columns, and bytes unpacked, of all and of any part that is read as a whole."""

    rows: int = 100_000
    columns: int = 50
    unpacked_bytes: int = 64 * 1024 * 1024
    part_bytes: int = 64 * 1024 * 1024


PASTED = SheetLimits()
"""The limits of what is looked at as a whole on a page."""


def read_sheet(content: bytes | Path, name: str, *, limits: SheetLimits | None = None) -> Iterator[Row]:
    """Give the rows of the first sheet that are not empty, the header among them. Raises TableError.

    `name` is what the sender calls the workbook, without limits they are PASTED. A row ends with its last cell.
    """
    limits = PASTED if limits is None else limits
    file = BytesIO(content) if isinstance(content, bytes) else content
    _check_size(file, name, limits)
    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise TableError(f"{name} is no workbook that can be read: save it as .xlsx or as .csv") from error
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a workbook says of its size need not be so
        for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            if line > limits.rows:
                raise TableError(f"{name} has more than {limits.rows:,} rows: divide it")
            texts = [_text(cell) for cell in cells]
            if any(texts[limits.columns :]):
                raise TableError(f"{name} has more than {limits.columns} columns: is it a table?")
            if any(texts):
                yield Row(line, texts[: limits.columns])
    finally:
        book.close()


def _check_size(file: BytesIO | Path, name: str, limits: SheetLimits) -> None:
    try:
        with ZipFile(file) as archive:
            parts = archive.infolist()
    except BadZipFile as error:
        raise TableError(f"{name} is no workbook that can be read: save it as .xlsx or as .csv") from error
    if sum(part.file_size for part in parts) > limits.unpacked_bytes:
        raise TableError(f"{name} unpacks to more than {limits.unpacked_bytes:,} bytes")
    if any(part.file_size > limits.part_bytes for part in parts if "worksheets/" not in part.filename):
        raise TableError(f"{name} holds a part that unpacks to more than {limits.part_bytes:,} bytes")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, bool | int | str):
        return str(cell).replace("\0", "").strip()
    return _plain(Decimal(str(cell)))


def _plain(number: Decimal) -> str:
    """Write a number without an exponent and as precisely as a spreadsheet shows it."""
    if not number.is_finite():
        return str(number)
    shown = round(number, max(0, _SHOWN_DIGITS - 1 - number.adjusted()))
    text = f"{shown:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
