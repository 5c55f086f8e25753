"""The order of names for readers of every language: one key, the same as the database's `sort_key`.

Key idea: the Russian, Ukrainian and Bulgarian alphabets fit into one row of letters, so that names of all three stand
where their readers look for them, in one list and with one index. Ё counts as Е, as in dictionaries; Latin letters
count without their marks, capitals as small letters; quotation marks and apostrophes do not count.

It knows no order of other scripts: their letters stand as Unicode has them.
"""

import unicodedata
from collections.abc import Mapping
from typing import Final

ALPHABET: Final = "абвгґдеєжзиіїйклмнопрстуўфхцчшщъыьэюя"
_FIRST: Final = ord("а")
_MARKED: Final = range(ord("À"), ord("ſ"))
_ALIKE: Final = {"ß": "s", "ø": "o", "ł": "l", "đ": "d", "æ": "a", "œ": "o", "ı": "i", "þ": "t", "ð": "d"}
_PASSED: Final = "«»„“”\"'’ʼ`"


def sort_key(name: str) -> str:
    """Give what a name is sorted by, compared letter by letter."""
    return name.translate(_KEYS)


def _keys() -> Mapping[int, str | None]:
    letters = {letter: chr(_FIRST + place) for place, letter in enumerate(ALPHABET)}
    letters["ё"] = letters["е"]
    letters |= {chr(code): chr(code).lower() for code in range(ord("A"), ord("Z") + 1)}
    letters |= {letter: plain for letter in map(chr, _MARKED) if (plain := _without_mark(letter)).isascii()} | _ALIKE
    capitals = {letter.upper(): key for letter, key in letters.items() if len(letter.upper()) == 1}
    return str.maketrans({**capitals, **letters, **dict.fromkeys(_PASSED)})


def _without_mark(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0].lower()


_KEYS: Final = _keys()
