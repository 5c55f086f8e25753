"""What a report is, as pure data: its columns, what it may be grouped by, what was asked, and the rows that answer.

Key idea: every report answers with the same shape - keys that name a row, then whole numbers - so there is one page,
one file, one letter and one answer of the API for all of them. `REPORTS` is the one table of what there is.

It refuses words of people: titles, helps and names of columns belong to the pages.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from crm.reports.periods import Period, Preset, Step

Key: TypeAlias = str | int | bool | date | Decimal | None
Kind = Literal["count", "money", "points", "share", "seconds"]
"""Units of a column: whole numbers, minor units, points, ten-thousandths of a percent, seconds."""
Plot = Literal["columns", "matrix"]
Need = Literal["reports.read", "segments.read", "tasks.read"]
Dimension = Literal["step", "group", "from", "to", "cohort", "age", "recency", "frequency", "kind", "state"]

MOST_ROWS: Final = 5_000
MOST_GROUPS: Final = 500
NO_GROUP: Final = ""
"""Asked for as a grouping, nothing is counted apart."""


class Column(Struct, frozen=True):
    """A column of numbers; `is_signed` shows how something moved."""

    code: str
    kind: Kind = "count"
    is_signed: bool = False


class Report(Struct, frozen=True, kw_only=True):
    """A report: its columns, of which `plotted` is drawn, and what it may be grouped by, the usual one first.

    `needs` is the right, beside that to see reports, without which it is not shown; `keys` name rows of a shape of
    their own.
    """

    id: str
    columns: tuple[Column, ...]
    plotted: str
    groups: tuple[str, ...] = ()
    takes_attributes: bool = False
    takes_where: bool = True
    takes_stores: bool = False
    step: Step | None = None
    takes_steps: bool = False
    can_compare: bool = False
    plot: Plot = "columns"
    keys: tuple[Dimension, ...] = ()
    needs: Need = "reports.read"
    preset: Preset = "month"

    def column(self, code: str) -> Column:
        """Find a column by its code."""
        return next(one for one in self.columns if one.code == code)


class Asked(Struct, frozen=True, kw_only=True):
    """What an address asks of a report. An own period names its days, `days` counts the last ones; empty is usual."""

    report: Report
    preset: Preset
    period: Period
    days: int = 0
    by: str = NO_GROUP
    step: Step | None = None
    compares: bool = False
    stores: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    where: tuple[str, ...] = ()


class Row(Struct, frozen=True):
    """A row: the keys that name it, one for each of the answer's dimensions, and a number for each column."""

    keys: tuple[Key, ...]
    values: tuple[int | None, ...]


class Answer(Struct, frozen=True, kw_only=True):
    """What was counted: rows in their order, their sum, and what keys are called where that is kept somewhere.

    `names` are by dimension; a key without a name there is written by the pages, None is what has no value.
    """

    asked: Asked
    dimensions: tuple[Dimension, ...]
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    totals: tuple[int | None, ...]
    names: Mapping[str, Mapping[Key, str]] = {}

    def name(self, place: int, key: Key) -> str | None:
        """Give what a key of the dimension at a place is called where that is kept; None where its code must do."""
        is_group = self.dimensions[place] == "group"
        kept = self.asked.by if is_group and self.asked.by in self.names else self.dimensions[place]
        return self.names.get(kept, {}).get(key)

    @property
    def plotted(self) -> int:
        """The place of the column that is drawn."""
        return self.columns.index(self.asked.report.column(self.asked.report.plotted))


BEFORE: Final = Column("before", "money")
CHANGE: Final = Column("change", "money", is_signed=True)
_CARD_GROUPS: Final = ("series", "tier")
_AT_TILLS: Final = ("store", "cashier")

REPORTS: Final[Mapping[str, Report]] = {
    one.id: one
    for one in (
        Report(
            id="turnover",
            columns=(Column("turnover", "money"), Column("purchases"), Column("mean", "money")),
            plotted="turnover",
            groups=("store", "series", "tier", "cashier", NO_GROUP),
            takes_stores=True,
            takes_attributes=True,
            takes_steps=True,
            can_compare=True,
        ),
        Report(
            id="cards",
            columns=(Column("issued"), Column("activated")),
            plotted="issued",
            groups=(*_CARD_GROUPS, NO_GROUP),
            takes_attributes=True,
            takes_steps=True,
            preset="year",
        ),
        Report(
            id="tiers",
            columns=(Column("cards"),),
            plotted="cards",
            plot="matrix",
            keys=("from", "to"),
        ),
        Report(
            id="retention",
            columns=(Column("cards"), Column("share", "share")),
            plotted="share",
            plot="matrix",
            keys=("cohort", "age"),
            preset="year",
        ),
        Report(
            id="discounts",
            columns=(Column("discount", "money"), Column("gross", "money"), Column("share", "share"), Column("lines")),
            plotted="discount",
            groups=("reason", *_AT_TILLS, *_CARD_GROUPS, NO_GROUP),
            takes_stores=True,
            takes_attributes=True,
            takes_steps=True,
        ),
        Report(
            id="points",
            columns=(
                Column("opening", "points"),
                *(Column(code, "points", is_signed=True) for code in ("earned", "spent", "expired", "adjusted")),
                Column("closing", "points"),
            ),
            plotted="closing",
            groups=(*_CARD_GROUPS, NO_GROUP),
            takes_attributes=True,
            takes_steps=True,
        ),
        Report(
            id="balances",
            columns=(
                Column("opening", "money"),
                *(Column(code, "money", is_signed=True) for code in ("topped_up", "paid", "adjusted")),
                Column("closing", "money"),
            ),
            plotted="closing",
            groups=(*_CARD_GROUPS, NO_GROUP),
            takes_attributes=True,
            takes_steps=True,
        ),
        Report(
            id="scores",
            columns=(Column("parties"), Column("turnover", "money")),
            plotted="parties",
            plot="matrix",
            keys=("recency", "frequency"),
            takes_where=False,
            needs="segments.read",
        ),
        Report(
            id="task-times",
            columns=(Column("stays"), Column("mean", "seconds"), Column("median", "seconds")),
            plotted="mean",
            keys=("kind", "state"),
            takes_where=False,
            needs="tasks.read",
        ),
    )
}
"""All reports of the one shape. Others stand on pages of their own, and in the same index."""
