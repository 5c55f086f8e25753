"""Reads one row of a file of receipts. Pure; what cannot be read is named by the file's own column and the reason."""

import re
import sys
from datetime import datetime
from functools import lru_cache

from msgspec import Struct

from loyalty.imports.mapping import Column, Fitted
from loyalty.imports.receipt_mapping import ReceiptMapping
from loyalty.imports.tabular import Row
from loyalty.imports.times import read_time
from loyalty.money import MOST_MINOR, MOST_QUANTITY, PRICE, QUANTITY, DecimalError, Scale, line_gross
from loyalty.numbering import Template

MOST_TEXT = 200
MOST_NAME = 2_000

_CUSTOMER = re.compile(r"([0-9]{1,15})(?:\.0+)?", re.ASCII)  # spreadsheets write 13085 as 13085.0
_MEMO_SIZE = 65_536


class RowError(Exception):
    """A row that cannot be imported; the message says why without saying what stands in it."""


class DraftLine(Struct, frozen=True, gc=False):
    """A line as the file has it, its quantity with the file's sign; `customer` is the counter of a card's number."""

    line: int
    sku: str
    name: str | None
    quantity: int
    price: int
    gross: int
    closed_at: datetime
    customer: int | None

    @property
    def content(self) -> tuple[str, int, int, str]:
        """What orders the lines of a receipt, whatever their order in a file."""
        return (self.sku, self.quantity, self.price, self.name or "")


class Layout(Struct, frozen=True):
    """Where a file has what, and how it is read."""

    mapping: ReceiptMapping
    columns: dict[str, Column]
    places: int
    template: Template | None


def make_layout(fitted: Fitted[ReceiptMapping], *, places: int) -> Layout:
    """Make the layout of a file for a currency of so many places."""
    cards = fitted.mapping.cards
    return Layout(fitted.mapping, fitted.columns, places, None if cards is None else cards.numbers())


def read_number(row: Row, layout: Layout) -> str:
    """Read the number of a row's receipt, of a broken row as well; empty where there is none."""
    place = layout.columns["number"].place
    return row.cells[place].strip() if place < len(row.cells) else ""


def check_number(number: str, layout: Layout) -> None:
    """Check that a receipt has a number, and one that can be kept. Raises RowError."""
    if not 0 < len(number) <= MOST_TEXT:
        raise RowError(f"{layout.columns['number'].header} is empty or has more than {MOST_TEXT} characters")


def read_line(row: Row, layout: Layout) -> DraftLine:
    """Read a row. Raises RowError."""
    if row.fault is not None:
        raise RowError(row.fault)
    quantity = _read_decimal(QUANTITY, "quantity", row, layout)
    price = _read_decimal(PRICE, "price", row, layout)
    gross = line_gross(quantity, price, layout.places)
    if abs(quantity) > MOST_QUANTITY or abs(gross) > MOST_MINOR:
        raise RowError("quantity or amount is too large")
    sku = _read_text("sku", row, layout, most=MOST_TEXT)
    if sku is None:
        raise RowError(f"{layout.columns['sku'].header} is empty")
    return DraftLine(
        line=row.line,
        sku=sku,
        name=_read_text("name", row, layout, most=MOST_NAME),
        quantity=quantity,
        price=price,
        gross=gross,
        closed_at=_read_time(row, layout),
        customer=_read_customer(row, layout),
    )


def _read_decimal(scale: Scale, word: str, row: Row, layout: Layout) -> int:
    column = layout.columns[word]
    text = row.cells[column.place].strip()
    if layout.mapping.decimal_mark != ".":
        text = text.replace(layout.mapping.decimal_mark, ".")
    try:
        return scale.parse(text)
    except DecimalError as error:
        raise RowError(f"{column.header} {error}") from error


def _read_text(word: str, row: Row, layout: Layout, *, most: int) -> str | None:
    column = layout.columns.get(word)
    if column is None:
        return None
    text = row.cells[column.place].strip()
    if len(text) > most:
        raise RowError(f"{column.header} has more than {most:,} characters")
    return sys.intern(text) or None


def _read_time(row: Row, layout: Layout) -> datetime:
    column = layout.columns["closed_at"]
    try:
        return read_time(row.cells[column.place].strip(), layout.mapping.receipt.time_formats)
    except ValueError as error:
        raise RowError(f"{column.header} {error}") from error


def _read_customer(row: Row, layout: Layout) -> int | None:
    column = layout.columns.get("customer")
    if column is None or layout.template is None:
        return None
    text = row.cells[column.place].strip()
    if not text:
        return None
    counter = _counter(text)
    if counter is None or not layout.template.first <= counter <= layout.template.last:
        raise RowError(
            f"{column.header} must be a whole number from {layout.template.first} to {layout.template.last}:"
            " a card's number is made from it"
        )
    return counter


@lru_cache(_MEMO_SIZE)
def _counter(text: str) -> int | None:
    match = _CUSTOMER.fullmatch(text)
    return None if match is None else int(match[1])
