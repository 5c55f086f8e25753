"""Keeps the catalogues of the languages in step with the texts of the product.

    python -m tools.messages          take new texts into every catalogue, drop those that are no longer said
    python -m tools.messages check    say what a translator has still to do, and end with 1 if there is anything

Key idea: a catalogue is split into parts by what a text is about, so that a person can hold one in the head and two can
work at once. The part is computed from the files that say the text; a text of several parts stands in `common`, and all
that the service refuses is together. A text that moves takes its translation along, whichever part it comes from.

Catalogues are sorted by text and name files without lines, so that only a changed text changes them. It never guesses:
a text that is changed is a new one and has no translation.
"""

import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.plurals import get_plural
from babel.messages.pofile import write_po

from api.auth.model import Language
from api.languages.catalogues import FOLDER, LOCALES, TRANSLATED, parts_of, read_part
from api.languages.refusals import PART as REFUSALS
from tools.messages_check import problems_of
from tools.messages_found import Text, find_texts

ROOT: Final = Path(__file__).resolve().parent.parent
COMMON: Final = "common"
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "cards": ("band", "card", "flag", "point", "price", "quotation", "receipt", "rule", "series", "term"),
    "people": ("attribute", "duplicate", "kin", "lookalike", "mass", "merg", "party", "person", "profile"),
    "consents": ("consent", "preference", "privacy", "public", "saved", "score", "segment", "subscri"),
    "events": ("calendar", "caller", "event", "survey"),
    "work": ("business", "dispatcher", "document", "lateness", "project", "structure", "task", "workload"),
    "mailings": ("mailing", "suppression"),
    "mail": ("letter", "mail", "notice", "notification"),
    "settings": ("account", "audit", "director", "template_check", "till", "token", "user"),
}
"""By how the names of files of pages begin; the first part that fits is the one, and any other file is of `common`."""

WIDTH: Final = 120
HEADER: Final = r"""# {name}: {part}. Written by `make messages`; translators fill in `msgstr` and change nothing else.
msgid ""
msgstr ""
"Language: {language}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals={plurals}; plural={rule};\n"

"""


def main(arguments: Sequence[str]) -> None:
    """Do what the word asks for; see the module."""
    found = find_texts(ROOT)
    if list(arguments) == ["check"]:
        problems = [problem for language in TRANSLATED for problem in problems_of(language, found)]
        sys.stdout.writelines(f"{problem}\n" for problem in problems)
        sys.exit(1 if problems else 0)
    for language in TRANSLATED:
        renew(language, found)


def renew(language: Language, found: Sequence[Text]) -> None:
    """Write every part of a language anew: today's texts, each with the translation that it has."""
    known = {
        (message.context or "", _singular(message.id)): message.string
        for file in parts_of(language)
        for message in read_part(file, language)
    }
    parts: dict[str, Catalog] = {}
    for text in found:
        catalogue = parts.setdefault(part_of(text), Catalog(locale=LOCALES[language], fuzzy=False))
        string = known.get((text.context, text.singular), "")
        _add(catalogue, text, string if isinstance(string, tuple if text.plural else str) else "")
    for file in parts_of(language):
        if file.stem not in parts:
            file.unlink()
    for part, catalogue in parts.items():
        _write(catalogue, part, language)


def part_of(text: Text) -> str:
    """Give the part that a text stands in."""
    parts = {_part_of_file(path) for path in text.paths}
    return parts.pop() if len(parts) == 1 else REFUSALS if REFUSALS in parts else COMMON


def _part_of_file(path: str) -> str:
    if not path.startswith("api/pages/"):
        return REFUSALS
    name = path.removeprefix("api/pages/").removeprefix("templates/")
    return next((part for part, beginnings in PARTS.items() if name.startswith(beginnings)), COMMON)


def _add(catalogue: Catalog, text: Text, string: str | tuple[str, ...]) -> None:
    catalogue.add(
        (text.singular, text.plural) if text.plural else text.singular,
        string or (("",) * catalogue.num_plurals if text.plural else ""),
        locations=[(path, 0) for path in text.paths],
        auto_comments=text.notes,
        context=text.context or None,
    )


def _singular(identity: str | tuple[str, ...] | list[str]) -> str:
    return identity if isinstance(identity, str) else identity[0]


def _write(catalogue: Catalog, part: str, language: Language) -> None:
    """Write a part whole or not at all."""
    rule = get_plural(language)
    name = LOCALES[language].get_language_name("en")
    header = HEADER.format(name=name, part=part, language=language, plurals=rule.num_plurals, rule=rule.plural_expr)
    written = io.BytesIO()
    write_po(written, catalogue, width=WIDTH, omit_header=True, sort_output=True, include_lineno=False)
    file = FOLDER / language / f"{part}.po"
    file.parent.mkdir(parents=True, exist_ok=True)
    half_written = file.with_suffix(".new")
    half_written.write_bytes(header.encode() + written.getvalue().rstrip() + b"\n")
    half_written.replace(file)


if __name__ == "__main__":
    main(sys.argv[1:])
