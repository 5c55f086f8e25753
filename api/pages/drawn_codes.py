"""Codes as pictures that a page holds itself: modules become one path of an inline SVG, without any style.

Key idea: the same encoders that print cards draw them for a screen, so both read back as the same number. A card shows
bars, which a till's reader expects, as long as a phone is wide enough for them, and a QR code beyond.
"""

from typing import Final

from msgspec import Struct

from devices.printing.codes import QR_QUIET, Code, encode, is_ean13
from devices.printing.errors import SymbologyMisfitError
from devices.printing.model import Symbology

MOST_MODULES: Final = 180
"""A phone of 390 points shows so many modules of bars at two points each."""
_BARS_PART: Final = 3
"""Bars are a third as tall as they are wide."""


class Drawn(Struct, frozen=True):
    """A code to be filled into an SVG: its size in modules, quiet zone and all, and the path of what is dark."""

    width: int
    height: int
    path: str
    symbology: Symbology

    @property
    def is_bars(self) -> bool:
        """Whether it is read along a line."""
        return self.symbology != "qr"


def draw_card(number: str) -> Drawn:
    """Draw a card's number: EAN-13 if it is one, else Code 128, else QR."""
    symbology: Symbology = "ean13" if is_ean13(number) else "code128"
    try:
        code = encode(number, symbology)
    except SymbologyMisfitError:
        return draw_qr(number)
    return draw_qr(number) if code.width > MOST_MODULES else _draw(code, symbology)


def draw_qr(text: str) -> Drawn:
    """Draw any text as a QR code."""
    return _draw(encode(text, "qr"), "qr")


def _draw(code: Code, symbology: Symbology) -> Drawn:
    height = code.height or code.width // _BARS_PART
    above = QR_QUIET if code.height is None else 0
    tall = 1 if code.height is not None else height
    runs = (f"M{run.x} {run.y + above}h{run.width}v{tall}h-{run.width}z" for run in code.runs)
    return Drawn(code.width, height + 2 * above, "".join(runs), symbology)
