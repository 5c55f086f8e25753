"""What the service refuses, in the reader's language.

Key idea: an error of the service is one English sentence, made where it is raised: programs, logs and what jobs keep
read it as it is. The catalogue knows each such sentence with places for its values, so a page reads the sentence back
into both and says it in another language; that holds for sentences too that were kept years ago.

It refuses nothing: a sentence that the catalogue does not know is shown as it is.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from gettext import NullTranslations
from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal
from msgspec import Struct

from api.auth.model import Language
from api.languages.catalogues import LOCALES, TRANSLATED, parts_of, read_part
from api.languages.codes import CODES

PART: Final = "refusals"
_PLACE: Final = re.compile(r"%\((\w+)\)s")
_NUMBER: Final = re.compile(r"\d{1,3}(?:,\d{3})+", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOST_READ: Final = 2_000


class Problem(Struct, frozen=True):
    """What is wrong: a text to be translated, and the values that stand in it, as English writes them."""

    text: str
    values: Mapping[str, str] = {}


def sentence(text: str) -> str:
    """Make a sentence of what an error says: `has no name` becomes `Has no name.`."""
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((".", "?")) else f"{whole}."


def read_back(detail: str) -> Problem:
    """Give the text that an error's sentence was made from, and the values that stood in it."""
    whole = sentence(detail)
    plain = whole.replace("%", "%%")
    if plain in _sentences():
        return Problem(plain)
    if len(whole) <= _MOST_READ:
        for text, pattern in _patterns():
            if (found := pattern.fullmatch(whole)) is not None:
                return Problem(text, found.groupdict())
    return Problem("%(detail)s", {"detail": whole})


def write_value(value: str, language: Language, texts: NullTranslations) -> str:
    """Write a value of a refusal for a reader: numbers, days and words of the service; all else stays as it is."""
    if value in CODES:
        return texts.gettext(value)
    if _NUMBER.fullmatch(value):
        return format_decimal(int(value.replace(",", "")), locale=LOCALES[language])
    if _DAY.fullmatch(value):
        return format_date(date.fromisoformat(value), "medium", locale=LOCALES[language])
    return value


@cache
def _sentences() -> frozenset[str]:
    """Give the texts of all refusals; every catalogue has them."""
    return frozenset(
        message.id
        for file in parts_of(TRANSLATED[0])
        if file.stem == PART
        for message in read_part(file, TRANSLATED[0])
        if message.id and isinstance(message.id, str)
    )


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Give what reads back each text with places; the one of which most is fixed comes first."""
    texts = [text for text in _sentences() if _PLACE.search(text)]
    texts.sort(key=lambda text: (-len(_PLACE.sub("", text)), text))
    return [(text, re.compile(_pattern_of(text), re.DOTALL)) for text in texts]


def _pattern_of(text: str) -> str:
    parts = _PLACE.split(text)
    return "".join(
        f"(?P<{part}>.+?)" if index % 2 else re.escape(part.replace("%%", "%")) for index, part in enumerate(parts)
    )
