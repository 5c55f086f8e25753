"""Tables to take along, as CSV or as a workbook: what a list shows, for a spreadsheet.

Key idea: a spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula. Texts come from tills and
imports, so such a one gets an apostrophe before it; numbers are written as numbers and need none.

It gives whole tables, which who calls bounds, and CSV piece by piece, which is as long as it likes.
"""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Iterable, Sequence
from decimal import Decimal
from urllib.parse import quote

from litestar import Response
from litestar.exceptions import NotFoundException
from litestar.response import Stream
from openpyxl import Workbook

from api.pages.renderer import HEADERS

Cell = str | int | Decimal | None
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"
_FORMULA_HEADS = ("=", "+", "-", "@", "\t", "\r", "\n")


def headings(*texts: str) -> tuple[str, ...]:
    """Mark what stands above the columns of a table for translation."""
    return texts


def answer_table(name: str, ending: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response[bytes]:
    """Answer with a file for the browser to keep. Raises NotFoundException for another ending than csv and xlsx."""
    if ending == "csv":
        return _file(write_csv(header, rows), f"{name}.csv", CSV_TYPE)
    if ending == "xlsx":
        return _file(write_xlsx(header, rows), f"{name}.xlsx", XLSX_TYPE)
    raise NotFoundException("tables are given as csv or xlsx")


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write UTF-8 with a byte order mark, by which spreadsheets know it."""
    return BOM_UTF8 + write_lines([header]) + write_lines(rows)


def write_lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write rows that follow others."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_safe(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def stream_csv(name: str, pieces: AsyncIterator[bytes]) -> Stream:
    """Answer with a file that is written while it is sent: what `write_csv` gives, then what `write_lines` does."""
    return Stream(pieces, media_type=CSV_TYPE, headers=_headers(f"{name}.csv"))


def write_xlsx(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write a workbook of one sheet; its first line stays in sight."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.freeze_panes = "A2"
    sheet.append(list(header))
    for row in rows:
        sheet.append([_safe(cell) for cell in row])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _safe(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_HEADS) else cell


def _file(content: bytes, name: str, kind: str) -> Response[bytes]:
    return Response(content, media_type=kind, headers=_headers(name))


def _headers(name: str) -> dict[str, str]:
    return {**HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
