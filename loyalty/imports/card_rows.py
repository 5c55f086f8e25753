"""Reads the rows of a file of cards. Pure but for the file itself; an empty cell says nothing about its card."""

from datetime import date
from itertools import islice
from typing import Literal, get_args

from msgspec import Struct

from loyalty.imports.card_mapping import CardMapping
from loyalty.imports.lines import RowError
from loyalty.imports.mapping import Column, Fitted
from loyalty.imports.progress import StoppedError, Watch
from loyalty.imports.rejections import Rejection
from loyalty.imports.tabular import Row, Table
from loyalty.imports.times import read_time
from loyalty.money import MOST_MINOR, PERCENT, WHOLE, DecimalError, Scale
from loyalty.payment_cards import looks_like_payment_card

ROWS_AT_ONCE = 1_000
MOST_TEXT = 200

ImportedState = Literal["active", "blocked", "closed"]


class CardDraft(Struct, frozen=True):
    """A card as a file has it; money in minor units, the percent in 1/10000 of a percent, None where nothing stands."""

    line: int
    number: str
    holder: str | None = None
    percent: int | None = None
    credit_limit: int | None = None
    turnover: int = 0
    balance: int = 0
    points: int = 0
    expires_on: date | None = None
    state: ImportedState = "active"
    as_of: date | None = None


class CardRows(Struct, frozen=True):
    """What a file holds: cards in the order of their rows, and the rows that stay out."""

    rows: int
    drafts: list[CardDraft]
    rejections: list[Rejection]


def read_cards(table: Table, fitted: Fitted[CardMapping], *, money: Scale, watch: Watch) -> CardRows:
    """Read a whole file. Raises TableError, StoppedError."""
    drafts: list[CardDraft] = []
    rejections: list[Rejection] = []
    rows = table.rows(fitted.mapping.delimiter)
    while portion := list(islice(rows, ROWS_AT_ONCE)):
        for row in portion:
            try:
                drafts.append(_read_row(row, fitted, money))
            except RowError as error:
                rejections.append(Rejection(row.line, str(error), is_secret=_may_be_payment_card(row)))
        watch.report(table.position, table.size)
        if watch.is_stopped():
            raise StoppedError
    return CardRows(len(drafts) + len(rejections), drafts, rejections)


def _may_be_payment_card(row: Row) -> bool:
    return any(looks_like_payment_card(cell.strip()) for cell in row.cells)


def _read_row(row: Row, fitted: Fitted[CardMapping], money: Scale) -> CardDraft:
    if row.fault is not None:
        raise RowError(row.fault)
    cells = {word: _read_cell(row, column) for word, column in fitted.columns.items()}
    number = cells["number"]
    if number is None:
        raise RowError(f"{fitted.columns['number'].header} is empty")
    if looks_like_payment_card(number):
        raise RowError(f"{fitted.columns['number'].header} looks like a payment card: no card of ours may have it")

    def read(word: str, scale: Scale, *, least: int = -MOST_MINOR, most: int = MOST_MINOR) -> int | None:
        return _read_decimal(scale, cells.get(word), fitted, word, bounds=(least, most))

    return CardDraft(
        line=row.line,
        number=number,
        holder=cells.get("holder"),
        percent=read("percent", PERCENT, least=-WHOLE, most=WHOLE),
        credit_limit=read("credit_limit", money, least=0),
        turnover=read("turnover", money) or 0,
        balance=read("balance", money) or 0,
        points=read("points", Scale(0), least=0) or 0,
        expires_on=_read_date(cells, fitted, "expires_on"),
        state=_read_state(cells, fitted),
        as_of=_read_date(cells, fitted, "as_of"),
    )


def _read_cell(row: Row, column: Column) -> str | None:
    text = row.cells[column.place].strip()
    if len(text) > MOST_TEXT:
        raise RowError(f"{column.header} has more than {MOST_TEXT} characters")
    return text or None


def _read_decimal(
    scale: Scale, text: str | None, fitted: Fitted[CardMapping], word: str, *, bounds: tuple[int, int]
) -> int | None:
    if text is None:
        return None
    header = fitted.columns[word].header
    try:
        value = scale.parse(text.replace(fitted.mapping.decimal_mark, "."))
    except DecimalError as error:
        raise RowError(f"{header} {error}") from error
    if not bounds[0] <= value <= bounds[1]:
        raise RowError(f"{header} must lie between {scale.format(bounds[0])} and {scale.format(bounds[1])}")
    return value


def _read_date(cells: dict[str, str | None], fitted: Fitted[CardMapping], word: str) -> date | None:
    text = cells.get(word)
    if text is None:
        return None
    try:
        return read_time(text, fitted.mapping.cards.date_formats).date()
    except ValueError as error:
        raise RowError(f"{fitted.columns[word].header} {error}") from error


def _read_state(cells: dict[str, str | None], fitted: Fitted[CardMapping]) -> ImportedState:
    text = cells.get("state")
    if text is None:
        return "active"
    for state in get_args(ImportedState):
        if text.casefold() == state:
            found: ImportedState = state
            return found
    raise RowError(f"{fitted.columns['state'].header} must be one of {', '.join(get_args(ImportedState))}")
