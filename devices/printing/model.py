"""The values of printing: how a sheet is to look, where the ink goes on one card, and what stands on a paper.

Key idea: every place and length is a whole number of the printer's dots, from the top left corner, so that no bar is
ever widened or narrowed by rounding at the printer.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from msgspec import Struct

Symbology = Literal["ean13", "code128", "qr"]
Dpi = Literal[203, 300]
LayoutName = Literal[
    "a4-cards", "letter-cards", "a4-labels", "letter-labels", "a4-tags", "letter-tags", "card", "label"
]  # fmt: skip

MOST_CARDS = 500
"""The cards of one file: some 100 kB, and one to three seconds of drawing."""
MOST_TEXT = 60
"""The characters of a line of text; how many fit in print depends on the layout."""
UM_PER_INCH = 25_400


class Sheet(Struct, frozen=True):
    """How cards are printed. `title` stands above in bold and is shortened where it must be; `text` never is."""

    layout: LayoutName = "a4-cards"
    symbology: Symbology = "code128"
    dpi: Dpi = 300
    title: str = ""
    text: str = ""


class Fonts(Struct, frozen=True):
    """The TrueType files that text is set in; they travel inside the PDF, cut down to the characters used."""

    regular: Path
    bold: Path


class Column(Struct, frozen=True):
    """A column of the table; numbers stand at its right end."""

    title: str
    is_number: bool = False


class Paper(Struct, frozen=True):
    """What stands on a paper. Facts and sums are pairs of what it is and what it says."""

    title: str
    facts: Sequence[tuple[str, str]] = ()
    columns: Sequence[Column] = ()
    rows: Sequence[Sequence[str]] = ()
    sums: Sequence[tuple[str, str]] = ()
    note: str = ""
    foot: str = ""


class Box(NamedTuple):
    """A black rectangle."""

    x: int
    y: int
    width: int
    height: int


class Words(NamedTuple):
    """One line of text: `x` is its left end, or its middle where `is_centred`; `y` is its base line."""

    text: str
    x: int
    y: int
    size: int
    is_bold: bool = False
    is_centred: bool = False


class Face(NamedTuple):
    """All that is printed on one card."""

    boxes: list[Box]
    words: list[Words]


def dots(micrometres: int, dpi: Dpi) -> int:
    """Give the whole number of dots nearest to a length."""
    return (2 * micrometres * dpi + UM_PER_INCH) // (2 * UM_PER_INCH)
