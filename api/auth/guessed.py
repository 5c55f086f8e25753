"""Which passwords are guessed first, however long: common ones, words of the person and the shop, rows of keys. Pure.

Key idea: people lengthen a common word with digits and signs and write letters as signs. So both are taken off before
the word is looked up in `common_passwords.txt`, and one entry stands for all that is made of it.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).parent / "common_passwords.txt"
LEAST_WORD: Final = 4
"""Shorter words of a person or shop say nothing of a password that holds them."""
MOST_SIGNS: Final = 4
"""A password of fewer different signs than one more is a pattern."""
_AS_LETTERS: Final = str.maketrans("013457@$!", "oleastasi")
_ROWS: Final = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюя")
_ENDS: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def is_guessed_first(password: str, about: Collection[str] = ()) -> bool:
    """Tell whether a password is common, a pattern, or a word `about` the person or shop with little else."""
    plain = password.casefold()
    if len(set(plain)) <= MOST_SIGNS or _is_row(plain):
        return True
    words = {_core(word) for word in about} | {_core(part) for word in about for part in word.split()}
    refused = _common() | {word for word in words if len(word) >= LEAST_WORD}
    cores = plain, _core(plain), _core(plain).translate(_AS_LETTERS), _core(plain.translate(_AS_LETTERS))
    return not refused.isdisjoint(cores)


def _core(text: str) -> str:
    """Give a text in small letters without blanks, and without digits and signs around it."""
    return _ENDS.sub("", "".join(text.casefold().split()))


def _is_row(plain: str) -> bool:
    """Tell whether a text goes up or down a row of signs, some times over."""
    return any(plain in one * len(plain) for row in _ROWS for one in (row, row[::-1], row[:10], row[1:], row[:0:-1]))


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    lines = FILE.read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
