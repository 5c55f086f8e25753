"""Reads the first sheet of a workbook (XLSX) as rows, as `tabular` reads text.

The key idea: a workbook is a packed archive, so its unpacked size is looked at before anything is unpacked, and rows
and columns are bounded. Numbers are written as a spreadsheet shows them, dates as ISO 8601; a formula gives the value
that was kept with it, and nothing is calculated here.
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from loyalty.imports.tabular import Row, TableError

ENDING = ".xlsx"
MOST_UNPACKED_BYTES = 64 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 50
_SHOWN_DIGITS = 15
"""So many digits of a number a spreadsheet keeps; what stands behind them is noise of its binary fractions."""


def read_sheet(content: bytes, name: str) -> Iterator[Row]:
    """Give the rows of the first sheet that are not empty, the header among them. Raises TableError."""
    _check_size(content, name)
    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise TableError(f"{name} is no workbook that can be read: save it as .xlsx or as .csv") from error
    try:
        for line, cells in enumerate(book.worksheets[0].iter_rows(max_col=MOST_COLUMNS, values_only=True), 1):
            if line > MOST_ROWS:
                raise TableError(f"{name} has more than {MOST_ROWS:,} rows: divide it")
            texts = [_text(cell) for cell in cells]
            if any(texts):
                yield Row(line, texts)
    finally:
        book.close()


def _check_size(content: bytes, name: str) -> None:
    try:
        with ZipFile(BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except BadZipFile as error:
        raise TableError(f"{name} is no workbook that can be read: save it as .xlsx or as .csv") from error
    if unpacked > MOST_UNPACKED_BYTES:
        raise TableError(f"{name} unpacks to more than {MOST_UNPACKED_BYTES:,} bytes")


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
