"""Rows that could not be imported: why, and the file that gives them back.

The key idea: that file is a table again, with the line and the reason before the row's own cells, so that what was
corrected in it can be imported as it is. A row that seems to hold the number of a payment card is not written down.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from loyalty.imports.tabular import open_table, split_header

ENDING = ".rejected.csv"


class Rejection(Struct, frozen=True):
    """A row that stays out. `led_by` is the line whose fault keeps a whole receipt out, if it is another one's."""

    line: int
    reason: str
    led_by: int | None = None
    is_secret: bool = False


def rejected_file(source: Path, folder: Path) -> Path:
    """Name the file for the rejected rows of another: `year.csv.xz` gives `year.rejected.csv`."""
    name = source.name
    while (head := Path(name).stem) != name and Path(name).suffix.lower() in {".csv", ".xz", ".gz"}:
        name = head
    return folder / (name + ENDING)


def write_rejected(source: Path, target: Path, rejections: Sequence[Rejection], *, delimiter: str) -> None:
    """Write the rejected rows, in the order of their lines, in the place of what an earlier import wrote.

    Reads the source again. Raises TableError, OSError.
    """
    by_line = {rejection.line: rejection for rejection in rejections}
    with open_table(source) as table, target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(["line", "reason", *split_header(table.header_line, delimiter)])
        for row in table.rows(delimiter):
            rejection = by_line.get(row.line)
            if rejection is not None:
                writer.writerow([row.line, rejection.reason, *(() if rejection.is_secret else row.cells)])
