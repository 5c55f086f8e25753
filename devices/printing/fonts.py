"""Fonts as reportlab wants them: read once, and asked whether they can write a text.

reportlab keeps fonts by name for the whole process and remembers in them which characters the file at hand uses; so one
file is drawn at a time, under `one_at_a_time`.
"""

from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

from devices.printing.errors import CharacterMissingError

one_at_a_time: Final = Lock()


@cache
def load_font(file: Path) -> TTFont:
    """Read a font once; the file is its name."""
    font = TTFont(str(file), str(file))
    registerFont(font)
    return font


def check_characters(text: str, field: str, font: TTFont) -> None:
    """Check that a font can write a text. Raises CharacterMissingError."""
    for character in text:
        if ord(character) not in font.face.charToGlyph:
            raise CharacterMissingError(f"{character!r} cannot be printed: the font has no such character", field=field)
