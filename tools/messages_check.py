"""Says what is wrong with a catalogue: what is missing, left over, guessed at, or unlike its English text in form.

Key idea: what can be told without knowing the language is told here, a line for each text, so that a translator works
through a list and a test asks for an empty one. Whether the words are good is for people to say.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from babel.messages.catalog import Message
from babel.messages.plurals import get_plural

from api.auth.model import Language
from api.languages.catalogues import parts_of, read_part
from tools.messages_found import Text

PLACE: Final = re.compile(r"%(?:\((\w+)\)[a-z]|%)|\{\w*\}")
TAG: Final = re.compile(r"</?[a-z]+[^>]*>")
MOST_TOLD: Final = 90

ALIKE: Final = frozenset(
    {
        "BIC",
        "CSV",
        "IBAN",
        "IMAP",
        "NPS",
        "OK",
        "PDF",
        "SMS",
        "SMTP",
        "STARTTLS",
        "Tallycard",
        "TLS",
        "UUID",
        "XLSX",
        "id",
    }
)
"""Words that stand in every language as they are in English."""

WORD: Final = re.compile(r"[a-z]{2,}", re.IGNORECASE)
_ABBREVIATION: Final = re.compile(r"\w+\.")
FOREIGN: Final = {
    "ru": re.compile(r"[іїєґІЇЄҐ]"),
    "uk": re.compile(r"[ыэёъЫЭЁЪ]"),
    "bg": re.compile(r"[ыэёіїєґЫЭЁІЇЄҐ]"),
}
"""Letters that a language does not have: the text was taken from a neighbour's."""


def problems_of(language: Language, found: Sequence[Text]) -> Iterator[str]:
    """Tell what is wrong with a language's catalogue, given the texts of the product."""
    wanted = {(text.context, text.singular): text for text in found}
    seen: set[tuple[str, str]] = set()
    for file in parts_of(language):
        for message in read_part(file, language):
            if not message.id:
                continue
            singular = message.id if isinstance(message.id, str) else message.id[0]
            key = (message.context or "", singular)
            where = f"{language}/{file.name}: {singular[:MOST_TOLD]!r}"
            if key in seen:
                yield f"{where} stands twice"
            elif key not in wanted:
                yield f"{where} is no longer said"
            seen.add(key)
            yield from (f"{where} {problem}" for problem in problems_in(message, language))
    for _, singular in wanted.keys() - seen:
        yield f"{language}: {singular[:MOST_TOLD]!r} is not in the catalogue; run `make messages`"


def problems_in(message: Message, language: Language) -> Iterator[str]:
    """Tell what is wrong with one text of a catalogue."""
    if message.fuzzy:
        yield "is marked as a guess"
    identities = [message.id] if isinstance(message.id, str) else list(message.id)
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
    count = get_plural(language).num_plurals if len(identities) > 1 else 1
    if len(strings) != count:
        yield f"has {len(strings)} forms instead of {count}"
    for string in strings:
        yield from _problems_between(identities, string, language)


def _problems_between(identities: Sequence[str], string: str, language: Language) -> Iterator[str]:
    """Compare a translation with its text, or with singular and plural."""
    if not string:
        yield "has no translation"
        return
    singular, plural = identities[0], identities[-1]
    if _places(string) != _places(plural) and not (len(identities) > 1 and _places(string) == _places(singular)):
        yield f"has other places than the English text: {' '.join(_places(plural)) or 'none'}"
    if sorted(TAG.findall(string)) != sorted(TAG.findall(plural)):
        yield "has other tags than the English text"
    if _edges(string) != _edges(singular):
        yield "begins or ends with other blanks or lines than the English text"
    if _end(string) != _end(singular) and not (_end(singular) == "" and _ABBREVIATION.fullmatch(string)):
        yield "ends with another mark than the English text"
    if FOREIGN[language].search(string):
        yield "has letters of another language"
    if string in identities and any(word not in ALIKE for word in WORD.findall(PLACE.sub("", string))):
        yield "is the English text"


def _places(text: str) -> list[str]:
    return sorted(match[0] for match in PLACE.finditer(text))


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def _end(text: str) -> str:
    """Give the mark that ends a sentence or leads on, if there is one."""
    last = text.rstrip()[-1:]
    return last if last in ".:?!…" else ""
