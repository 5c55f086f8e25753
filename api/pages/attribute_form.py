"""The fields of a definition: names by language, and choices as rows of a table, each read as a person typed it."""

from collections.abc import Mapping

from msgspec import Struct

from api.pages.forms import EMPTY, Form, Problem
from api.pages.words import mark
from crm.attributes.definitions import ChoiceDraft
from crm.attributes.model import MOST_CHOICES, Attribute
from crm.directories.model import LANGUAGES, MOST_NAME

NEW = "/settings/new-attribute"
SPARE_ROWS = 3
SOME_LANGUAGE: Mapping[str, str] = {
    "names.en": mark("Name in English"),
    "names.ru": mark("Name in Russian"),
    "names.uk": mark("Name in Ukrainian"),
    "names.bg": mark("Name in Bulgarian"),
}
_TOO_LONG = Problem(mark("At most %(count)s characters."), {"count": str(MOST_NAME)})


class ChoiceRow(Struct, frozen=True):
    """A row of the table of choices as it was typed."""

    code: str = ""
    names: Mapping[str, str] = {}
    is_archived: bool = False


def fill_attribute(attribute: Attribute) -> Form:
    """Give the form of a definition as it stands."""
    choices = attribute.choices
    texts: dict[str, str | list[str]] = {
        "directory": attribute.directory,
        "kind": attribute.kind,
        "position": "" if attribute.is_archived else str(attribute.position),
        "version": str(attribute.version),
        "archived": "yes" if attribute.is_archived else "",
        "choice_code": [one.code for one in choices],
        "choice_archived": [str(place) for place, one in enumerate(choices) if one.is_archived],
    }
    texts |= {f"names.{language}": attribute.names.get(language, "") for language in LANGUAGES}
    texts |= {f"choice_{language}": [one.names.get(language, "") for one in choices] for language in LANGUAGES}
    return Form(texts)


def choice_rows(form: Form) -> list[ChoiceRow]:
    """Give the rows to show: those that were filled, and a few more."""
    return [*_typed_rows(form), *[ChoiceRow()] * SPARE_ROWS][: MOST_CHOICES + SPARE_ROWS]


def read_names(form: Form) -> dict[str, str]:
    """Read the names, of which there must be one; problems are kept in the form."""
    names = {language: form.text(f"names.{language}") for language in LANGUAGES}
    for language, name in names.items():
        if len(name) > MOST_NAME:
            form.refuse(f"names.{language}", _TOO_LONG)
    if not any(names.values()):
        form.refuse("names.en", EMPTY)
    return names


def read_choices(form: Form) -> list[ChoiceDraft]:
    """Read the choices in their order; an empty row is none, and takes a known choice out."""
    return [
        ChoiceDraft(row.names, row.code or None, row.is_archived)
        for row in _typed_rows(form)
        if any(row.names.values())
    ]


def _typed_rows(form: Form) -> list[ChoiceRow]:
    codes = form.texts("choice_code")
    columns = {language: form.texts(f"choice_{language}") for language in LANGUAGES}
    archived = set(form.texts("choice_archived"))
    count = max(len(codes), *(len(column) for column in columns.values()))
    rows = [
        ChoiceRow(
            codes[place] if place < len(codes) else "",
            {language: column[place] if place < len(column) else "" for language, column in columns.items()},
            str(place) in archived,
        )
        for place in range(count)
    ]
    return [row for row in rows if row.code or any(row.names.values())]
