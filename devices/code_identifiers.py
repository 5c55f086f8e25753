"""What the letters before a barcode mean: AIM identifiers of ISO/IEC 15424, and the sets of the makers.

The key idea: a label carries a symbology only as far as the reader told it. `retail` is the family of EAN and UPC,
told as one by some makers; the number's length then says which.
"""

import re
from typing import Final, Literal

from msgspec import Struct

from devices.model import Symbology

Told = Symbology | Literal["retail"]

# Longer identifiers stand before those they begin with.
LETTERS: Final[dict[str, tuple[tuple[str, Told], ...]]] = {
    "honeywell": (
        ("c", "upca"), ("E", "upce"), ("d", "ean13"), ("D", "ean8"), ("j", "code128"), ("I", "gs1-128"), ("s", "qr"),
        ("w", "datamatrix"), ("b", "code39"), ("r", "pdf417"), ("a", "codabar"), ("e", "itf"), ("i", "code93"),
        ("y", "databar"),
    ),
    "datalogic-usa": (("FF", "ean8"), ("F", "ean13"), ("A", "upca"), ("E", "upce"), ("#", "code128"), ("*", "code39")),
    "datalogic-eu": (("B", "ean13"), ("A", "ean8"), ("C", "upca"), ("D", "upce"), ("T", "code128"), ("V", "code39")),
    "symbol": (
        ("P00", "datamatrix"), ("P01", "qr"), ("A", "retail"), ("B", "code39"), ("C", "codabar"), ("D", "code128"),
        ("E", "code93"), ("F", "itf"), ("K", "gs1-128"), ("R", "databar"),
    ),
}  # fmt: skip

_AIM: Final = re.compile(r"\][A-Za-z][0-9A-Fa-f]")
_AIM_SYMBOLOGIES: Final[dict[str, Told]] = {
    "E0": "retail", "E3": "retail", "E4": "ean8", "C1": "gs1-128", "Q3": "gs1-qr", "Q4": "gs1-qr",
    "d2": "gs1-datamatrix", "d5": "gs1-datamatrix",
}  # fmt: skip
_AIM_FAMILIES: Final[dict[str, Told]] = {
    "A": "code39", "C": "code128", "F": "codabar", "G": "code93", "I": "itf", "L": "pdf417", "Q": "qr",
    "d": "datamatrix", "e": "databar",
}  # fmt: skip


class Label(Struct, frozen=True):
    """What a scanner sent, its identifier taken off; `symbology` is None where none was sent."""

    data: str
    symbology: Told | None = None
    aim: str | None = None


def split_aim(text: str) -> Label | None:
    """Take an AIM identifier off a text; None if it begins with none. One that is not known is `unknown`."""
    found = _AIM.match(text)
    if found is None:
        return None
    aim = found.group()
    told = _AIM_SYMBOLOGIES.get(aim[1:]) or _AIM_FAMILIES.get(aim[1]) or "unknown"
    return Label(text[found.end() :], told, aim)


def split_letters(text: str, maker: str) -> Label | None:
    """Take the identifier of a maker's set off a text; None if it begins with none of the set."""
    for letters, told in LETTERS[maker]:
        if text.startswith(letters):
            return Label(text.removeprefix(letters), told)
    return None
