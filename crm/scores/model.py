"""What a score is, as pure data: a party's place among all who bought within a year, in each of three respects.

Key idea: a class is a fifth of the parties, told by how many are worse, so that equals are always of one class: where
half of all bought once, all of these are of class 1 and the rest lie above. Class 5 is the best.

It refuses to score who bought nothing within the year: there is nothing to compare.
"""

from datetime import date
from typing import Final

from msgspec import Struct

CLASSES: Final = range(1, 6)
DAYS: Final = 365
"""The year ends with the day of scoring."""


class Cell(Struct, frozen=True):
    """The parties of one class by recency and by frequency: how many, and their turnover of the year in minor units."""

    recency: int
    frequency: int
    parties: int
    turnover: int


class Scores(Struct, frozen=True):
    """All parties by class; a class of nobody has no cell. `scored_on` is None where nobody was ever scored."""

    cells: tuple[Cell, ...]
    scored_on: date | None

    def cell(self, recency: int, frequency: int) -> Cell:
        """Give the parties of a class, nobody if there are none."""
        found = (one for one in self.cells if (one.recency, one.frequency) == (recency, frequency))
        return next(found, Cell(recency, frequency, 0, 0))
