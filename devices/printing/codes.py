"""Codes in modules: which are dark, and how much white a reader wants around them.

The patterns come from python-barcode and segno; what stands here is what they leave to the caller. python-barcode puts
another check digit in the place of a wrong one without a word and cuts what is too long, so an EAN-13 is checked first
and read back afterwards.

Quiet zones: EAN-13 11 and 7 modules (GS1 General Specifications 5.2.3.4), Code 128 10 on either side (ISO/IEC 15417),
QR 4 on all sides (ISO/IEC 18004).
"""

from collections.abc import Iterator
from itertools import groupby

import segno
from barcode.codex import Code128
from barcode.ean import EuropeanArticleNumber13WithGuard
from msgspec import Struct

from devices.printing.errors import SymbologyMisfitError
from devices.printing.model import Symbology
from loyalty.numbering import canonical, ean_digit, mask

EAN_DIGITS = 13
EAN_QUIET = (11, 7)
CODE128_QUIET = 10
QR_QUIET = 4


class Run(Struct, frozen=True):
    """Dark modules side by side in one row; a `guard` is a longer bar of an EAN."""

    x: int
    y: int
    width: int
    is_guard: bool = False


class Code(Struct, frozen=True):
    """A code in modules, its quiet zone included; bars take any height (None). `text` is what a scanner gives."""

    text: str
    width: int
    height: int | None
    runs: tuple[Run, ...]


def encode(number: str, symbology: Symbology) -> Code:
    """Give the code of a card number. Raises SymbologyMisfitError."""
    if symbology == "ean13":
        return _encode_ean13(number)
    return _encode_code128(number) if symbology == "code128" else _encode_qr(number)


def is_ean13(number: str) -> bool:
    """Tell whether an EAN-13 holds a number: 13 digits, the last of which checks; a valid UPC-A gets its leading 0."""
    text = canonical(number)
    return len(text) == EAN_DIGITS and text.isascii() and text.isdigit() and ean_digit(text[:-1]) == text[-1]


def _encode_ean13(number: str) -> Code:
    if not is_ean13(number):
        raise SymbologyMisfitError(
            f"{mask(number)} is no EAN-13, which has 13 digits with a check digit at the end: choose {_choice(number)}",
            field="symbology",
        )
    made = EuropeanArticleNumber13WithGuard(canonical(number))
    assert made.ean == canonical(number), "python-barcode made another number of it"
    left, right = EAN_QUIET
    pattern = made.build()[0]
    return Code(made.ean, left + len(pattern) + right, None, tuple(_runs(pattern, x=left)))


def _encode_code128(number: str) -> Code:
    if not _is_printable_ascii(number):
        raise SymbologyMisfitError(
            f"{mask(number)} has characters that Code 128 does not hold: choose QR", field="symbology"
        )
    pattern = Code128(number).build()[0]
    return Code(number, 2 * CODE128_QUIET + len(pattern), None, tuple(_runs(pattern, x=CODE128_QUIET)))


def _encode_qr(number: str) -> Code:
    matrix = segno.make_qr(number, error="m").matrix
    rows = ("".join("1" if is_dark else "0" for is_dark in row) for row in matrix)
    runs = tuple(run for y, row in enumerate(rows, QR_QUIET) for run in _runs(row, x=QR_QUIET, y=y))
    side = len(matrix) + 2 * QR_QUIET
    return Code(number, side, side, runs)


def _runs(pattern: str, *, x: int, y: int = 0) -> Iterator[Run]:
    """Give the dark runs of a row of "0", "1" and "G"."""
    for kind, group in groupby(pattern):
        width = len(list(group))
        if kind != "0":
            yield Run(x, y, width, is_guard=kind == "G")
        x += width


def _choice(number: str) -> str:
    return "Code 128 or QR" if _is_printable_ascii(number) else "QR"


def _is_printable_ascii(number: str) -> bool:
    return number.isascii() and number.isprintable()
