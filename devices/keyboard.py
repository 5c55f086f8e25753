"""What a reader that types like a keyboard has typed: from key presses to text, by the layout it is set to.

The key idea: a key has a number and no letter; the letter is the layout's. A reader has one layout of its own, mostly
American, whatever the till's keyboard has, so it is named and never guessed. A pure function from one key to at most
one character, with the state of the shift keys beside it.

It knows the keys that codes and stripes need: digits, letters, the signs of tracks and identifiers, and the ends.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

Layout = Literal["us", "de", "fr", "cz"]

PRESSED: Final = 1
RELEASED: Final = 0
SHIFTS: Final = frozenset({42, 54})

# Rows of keys by the numbers of linux/input-event-codes.h: from 1 to =, Q to ], A to ' and `, \\ and Z to /, the blank.
_ROWS: Final = (range(2, 14), range(16, 28), range(30, 42), (43, *range(44, 54)), (57,))
_ENDS: Final = {28: "\r", 96: "\r", 15: "\t"}
_KEYPAD: Final = dict(zip((82, 79, 80, 81, 75, 76, 77, 71, 72, 73), "0123456789", strict=True))

# A row of each layout as the keys stand, plain and with shift.
_PLAIN_AND_SHIFTED: Final[dict[Layout, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "us": (
        ("1234567890-=", "qwertyuiop[]", "asdfghjkl;'`", "\\zxcvbnm,./", " "),
        ("!@#$%^&*()_+", "QWERTYUIOP{}", 'ASDFGHJKL:"~', "|ZXCVBNM<>?", " "),
    ),
    "de": (
        ("1234567890ß´", "qwertzuiopü+", "asdfghjklöä^", "#yxcvbnm,.-", " "),
        ('!"§$%&/()=?`', "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ°", "'YXCVBNM;:_", " "),
    ),
    "fr": (
        ("&é\"'(-è_çà)=", "azertyuiop^$", "qsdfghjklmù²", "*wxcvbn,;:!", " "),
        ("1234567890°+", "AZERTYUIOP¨£", "QSDFGHJKLM%²", "µWXCVBN?./§", " "),
    ),
    "cz": (
        ("+ěščřžýáíé=´", "qwertzuiopú)", "asdfghjklů§;", "¨yxcvbnm,.-", " "),
        ("1234567890%ˇ", "QWERTZUIOP/(", 'ASDFGHJKL"!°', "'YXCVBNM?:_", " "),
    ),
}
LAYOUTS: Final = tuple(_PLAIN_AND_SHIFTED)


def _keys(rows: tuple[str, ...]) -> Mapping[int, str]:
    typed = {key: sign for keys, row in zip(_ROWS, rows, strict=True) for key, sign in zip(keys, row, strict=True)}
    return MappingProxyType(typed | _ENDS | _KEYPAD)


_MAPS: Final = {layout: tuple(map(_keys, both)) for layout, both in _PLAIN_AND_SHIFTED.items()}


class Typing:
    """One keyboard: keys in, text out. What a layout has no character for is left out."""

    def __init__(self, layout: Layout) -> None:
        self._plain, self._shifted = _MAPS[layout]
        self._held: set[int] = set()

    def press(self, key: int, value: int) -> str:
        """Take one key event, as evdev gives it (1 pressed, 0 released, 2 repeated), and give what it types."""
        if key in SHIFTS:
            (self._held.discard if value == RELEASED else self._held.add)(key)
            return ""
        if value != PRESSED:
            return ""
        return (self._shifted if self._held else self._plain).get(key, "")
