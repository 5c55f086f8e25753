"""Gathers the rows of a file into receipts. Pure.

The key idea: a receipt is whole or not at all. Its rows may stand anywhere in the file, and where one of them cannot be
read, all of them stay out, named, so that the corrected receipt can come in under the same number.

The order of rows means nothing: lines are numbered by their content, the earliest time is that of the receipt. Exact
duplicates are goods that were sold twice.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Literal

from msgspec import Struct

from loyalty.imports.lines import DraftLine, Layout, RowError, check_number, read_line, read_number
from loyalty.imports.progress import StoppedError, Watch
from loyalty.imports.receipt_mapping import ReceiptSettings
from loyalty.imports.rejections import Rejection
from loyalty.imports.tabular import Row, Table
from loyalty.money import MOST_MINOR

ROWS_AT_ONCE = 5_000

DraftKind = Literal["sale", "return", "adjustment"]


class Draft(Struct, frozen=True):
    """A receipt or an adjustment as the file has it, its lines in the order of their content; its time is local."""

    number: str
    kind: DraftKind
    closed_at: datetime
    customer: int | None
    lines: tuple[DraftLine, ...]

    @property
    def total(self) -> int:
        """The sum of its lines, with the file's signs."""
        return sum(line.gross for line in self.lines)

    def reject(self, reason: str, *, is_secret: bool = False) -> list[Rejection]:
        """Keep all its rows out."""
        return [Rejection(line.line, reason, is_secret=is_secret) for line in self.lines]


class Drafts(Struct, frozen=True):
    """What a file holds: receipts in the order of their times, and the rows that stay out."""

    rows: int
    receipts: list[Draft]
    rejections: list[Rejection]


def read_drafts(table: Table, layout: Layout, watch: Watch) -> Drafts:
    """Read a whole file. Raises TableError, StoppedError."""
    gathered: dict[str, list[DraftLine]] = {}
    rejections: list[Rejection] = []
    spoiled: dict[str, int] = {}
    count = 0
    rows = table.rows(layout.mapping.delimiter)
    while portion := list(islice(rows, ROWS_AT_ONCE)):
        count += len(portion)
        for row in portion:
            _gather(row, layout, gathered=gathered, spoiled=spoiled, rejections=rejections)
        watch.report(table.position, table.size)
        if watch.is_stopped():
            raise StoppedError
    for number, culprit in spoiled.items():
        reason = f"its receipt stays out because of line {culprit}"
        rejections += [Rejection(line.line, reason, led_by=culprit) for line in gathered.pop(number, ())]
    receipts = list(_make_drafts(gathered, layout.mapping.receipt, rejections))
    receipts.sort(key=lambda draft: (draft.closed_at, draft.number))
    return Drafts(count, receipts, rejections)


def _gather(
    row: Row,
    layout: Layout,
    *,
    gathered: dict[str, list[DraftLine]],
    spoiled: dict[str, int],
    rejections: list[Rejection],
) -> None:
    number = read_number(row, layout)
    try:
        line = read_line(row, layout)
        check_number(number, layout)
    except RowError as error:
        rejections.append(Rejection(row.line, str(error)))
        if number:
            spoiled.setdefault(number, row.line)
        return
    gathered.setdefault(number, []).append(line)


def _make_drafts(
    gathered: dict[str, list[DraftLine]], settings: ReceiptSettings, rejections: list[Rejection]
) -> Iterator[Draft]:
    for number, lines in gathered.items():
        ordered = tuple(sorted(lines, key=lambda line: line.content))
        closed_at = min(line.closed_at for line in ordered)
        draft = Draft(number, _kind(number, settings), closed_at, ordered[0].customer, ordered)
        problem = _problem(draft)
        if problem is None:
            yield draft
        else:
            rejections += draft.reject(f"its receipt {problem}")


def _kind(number: str, settings: ReceiptSettings) -> DraftKind:
    if _has_prefix(number, settings.return_prefix):
        return "return"
    return "adjustment" if _has_prefix(number, settings.adjustment_prefix) else "sale"


def _has_prefix(number: str, prefix: str | None) -> bool:
    return prefix is not None and number.startswith(prefix) and number[len(prefix) :][:1].isdigit()


def _problem(draft: Draft) -> str | None:
    if any(line.customer != draft.customer for line in draft.lines):
        return "names different customers in its lines"
    if draft.kind != "adjustment" and any(line.price < 0 for line in draft.lines):
        return "has a negative price, which only an adjustment may have"
    return f"has a total beyond {MOST_MINOR}" if abs(draft.total) > MOST_MINOR else None


def count_customers(drafts: Iterable[Draft]) -> int:
    """Count the customers that are named."""
    return len({draft.customer for draft in drafts if draft.customer is not None})
