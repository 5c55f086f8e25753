"""A report as a table that people read and as one that a spreadsheet takes; page, file and letter share it.

Key idea: an answer holds keys and whole numbers; here each is written once, in a reader's language. Nothing is counted.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from msgspec import Struct

from api.pages.downloads import Cell
from api.pages.formats import Formats
from api.pages.report_words import (
    COLUMNS,
    DIMENSIONS,
    GROUPS,
    NEW_CARD,
    NOT_GIVEN,
    REASONS,
    STEPS,
    TITLES,
    WITHOUT,
)
from api.pages.words import mark
from crm.reports.model import Answer, Asked, Column, Key
from loyalty.money import PERCENT

Say = Callable[[str], str]
NO_VALUE = "–"
YES, NO = mark("yes"), mark("no")


class ShownRow(Struct, frozen=True):
    """A row: what it is called by each dimension, and its numbers."""

    heads: tuple[str, ...]
    cells: tuple[str, ...]


class Shown(Struct, frozen=True):
    """A table for people: what names rows, what the columns are called, the rows and their sum."""

    title: str
    period: str
    dimensions: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[ShownRow, ...]
    totals: tuple[str, ...]


class Writer(Struct, frozen=True):
    """How one reader reads a report: the forms of numbers, and what says a text in the language."""

    f: Formats
    say: Say
    group: str = ""
    """What the grouping is called, if it is an attribute."""

    def write(self, answer: Answer) -> Shown:
        """Write a report."""
        return Shown(
            title=self.say(TITLES[answer.asked.report.id]),
            period=self.period(answer.asked),
            dimensions=self.dimensions(answer),
            columns=tuple(self.say(COLUMNS[one.code]) for one in answer.columns),
            rows=tuple(ShownRow(self.heads(answer, row.keys), self.numbers(answer, row.values)) for row in answer.rows),
            totals=self.numbers(answer, answer.totals),
        )

    def period(self, asked: Asked) -> str:
        """Write a period: `1 Nov 2026 – 30 Nov 2026`, or one day."""
        first, last = self.f.day(asked.period.first), self.f.day(asked.period.last)
        return first if first == last else f"{first} – {last}"

    def dimensions(self, answer: Answer) -> tuple[str, ...]:
        """Name what names the rows."""
        asked = answer.asked
        names = {"step": STEPS.get(asked.step or "", ""), "group": GROUPS.get(asked.by, "")}
        found = [names.get(one) or DIMENSIONS[one] for one in answer.dimensions]
        said = [self.say(one) for one in found]
        if asked.by and self.group:
            said[-1] = self.group
        return tuple(said)

    def heads(self, answer: Answer, keys: tuple[Key, ...]) -> tuple[str, ...]:
        """Write what a row is called."""
        return tuple(self.head(answer, place, key) for place, key in enumerate(keys))

    def head(self, answer: Answer, place: int, key: Key) -> str:
        """Write a key of a dimension."""
        dimension, asked = answer.dimensions[place], answer.asked
        if dimension == "cohort" or (dimension == "step" and asked.step == "month"):
            assert isinstance(key, date), "months are their first days"
            return self.f.month_of_year(key)
        if dimension in {"from", "to"} or (dimension == "group" and asked.by == "tier"):
            return self._tier(answer, key, self.say(NEW_CARD if dimension == "from" else WITHOUT["tier"]))
        if key is None:
            return self.say(WITHOUT.get(asked.by, NOT_GIVEN))
        if dimension == "group" and asked.by == "reason":
            return self.say(REASONS[str(key)])
        return self._plain(key, answer.name(place, key))

    def _tier(self, answer: Answer, key: Key, otherwise: str) -> str:
        if key is None:
            return otherwise
        code, _, percent = str(key).rpartition(":")
        return f"{answer.names.get('series', {}).get(code, code)} {self.f.percent(int(percent))}"

    def _plain(self, key: Key, name: str | None) -> str:
        if isinstance(key, bool):
            return self.say(YES if key else NO)
        if isinstance(key, date):
            return self.f.day(key)
        if isinstance(key, Decimal):
            return self.f.decimal(key)
        return str(key) if name is None else name

    def numbers(self, answer: Answer, values: tuple[int | None, ...]) -> tuple[str, ...]:
        """Write the numbers of a row."""
        return tuple(self.number(one, value) for one, value in zip(answer.columns, values, strict=True))

    def number(self, column: Column, value: int | None) -> str:
        """Write a number of a column."""
        if value is None:
            return NO_VALUE
        match column.kind:
            case "money":
                return self.f.signed(value) if column.is_signed else self.f.money(value)
            case "share":
                return self.f.percent(value)
            case "seconds":
                return self.f.span(value)
            case _:
                text = self.f.count(value)
                return f"+{text}" if column.is_signed and value > 0 else text


def write_cells(writer: Writer, answer: Answer) -> tuple[list[str], list[list[Cell]]]:
    """Give a header and rows for a file: keys as they are read, numbers as numbers, and no sum."""
    header = [*writer.dimensions(answer), *(writer.say(COLUMNS[one.code]) for one in answer.columns)]
    rows: list[list[Cell]] = [
        [
            *(_key(writer, answer, place, key) for place, key in enumerate(row.keys)),
            *(_number(writer, one, value) for one, value in zip(answer.columns, row.values, strict=True)),
        ]
        for row in answer.rows
    ]
    return header, rows


def _key(writer: Writer, answer: Answer, place: int, key: Key) -> Cell:
    if isinstance(key, date) and not isinstance(key, bool):
        return key.isoformat()
    if isinstance(key, int) and not isinstance(key, bool) and answer.name(place, key) is None:
        return key
    return writer.head(answer, place, key)


def _number(writer: Writer, column: Column, value: int | None) -> Cell:
    if value is None:
        return None
    if column.kind == "money":
        return Decimal(writer.f.currency.scale.format(value))
    return Decimal(PERCENT.format(value)) if column.kind == "share" else value
