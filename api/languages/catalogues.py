"""The texts of the product in the languages that people read.

Key idea: a text of the product is its English wording; the catalogue of a language gives what stands for it there.
Catalogues are kept as translators write them, in parts, and read when a process first needs a language. A text stands
in one part alone, so that no part overrides another.

It refuses no text: what a catalogue does not know is shown in English. A test finds such texts before a reader does.
"""

from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from api.auth.model import Language

LOCALES: Final[Mapping[Language, Locale]] = {
    "en": Locale("en", "GB"),
    "ru": Locale("ru", "RU"),
    "uk": Locale("uk", "UA"),
    "bg": Locale("bg", "BG"),
}
"""How dates, numbers and lists are written for a reader."""

SOURCE: Final[Language] = "en"
"""The language in which texts stand in the code."""

TRANSLATED: Final[tuple[Language, ...]] = ("ru", "uk", "bg")
"""The languages that have catalogues."""

FOLDER: Final = Path(__file__).parent / "locales"


CONTEXT_END: Final = "\x04"
"""What stands between a context and its text where gettext keeps them as one."""


class English(NullTranslations):
    """Texts as they stand in the code, without the contexts that tell equal ones apart."""

    def gettext(self, message: str) -> str:
        """Give a text in English."""
        return message.rpartition(CONTEXT_END)[2]


class Translated(GNUTranslations):
    """Texts in a language."""

    def gettext(self, message: str) -> str:
        """Give a text in the language; of no text gettext would give what it knows of the catalogue."""
        return super().gettext(message) if message else ""


@cache
def translations_of(language: Language) -> NullTranslations:
    """Give what turns texts into a language; read once by a process."""
    if language == SOURCE:
        return English()
    whole = Catalog(locale=LOCALES[language], fuzzy=False)
    for file in parts_of(language):
        for message in read_part(file, language):
            if message.id:
                whole[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    translations = Translated(compiled)
    translations.add_fallback(English())
    return translations


def parts_of(language: Language) -> list[Path]:
    """List the files of a language's catalogue."""
    return sorted((FOLDER / language).glob("*.po"))


def read_part(file: Path, language: Language) -> Catalog:
    """Read a file of a catalogue as it is. Raises PoFileError."""
    with file.open("rb") as opened:
        return read_po(opened, locale=LOCALES[language], abort_invalid=True)
