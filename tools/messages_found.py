"""Finds the texts that the product says to people.

Key idea: what is said stands in the code as a literal at one of a few places, so that reading the code finds all of it:
`_`, `ngettext` and `pgettext` in templates; `mark` and `headings` in Python; and what an error of the service is made
with, for pages show that to people. A text that is put together otherwise is found by nobody, and a test refuses it.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from jinja2.ext import babel_extract
from msgspec import Struct

from api.languages.catalogues import CONTEXT_END
from api.languages.refusals import sentence

ROOMS: Final = ("api", "crm", "devices", "loyalty", "pos_adapter")
MARK: Final = "mark"
HEADINGS: Final = "headings"
SPEAKING: Final = ("api/auth/", "api/sheets.py", "api/uploads.py", "api/jobs/", "crm/", "devices/printing/", "loyalty/")
"""Where errors are made whose words reach people; elsewhere they are for programs and whoever runs the server."""

SILENT: Final = frozenset(
    {"AssertionError", "JobLostError", "KeyError", "LookupError", "RuntimeError", "TypeError", "UnguardedRouteError"}
)
"""Errors that no person reads."""

OPTIONS: Final = {
    "newstyle_gettext": "true",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "silent": "false",
}
KEYWORDS: Final = ("_", "gettext", "ngettext", "pgettext")
PLACE: Final = re.compile(r"%\(\w+\)s")
LEAST_LETTERS: Final = 4
_LETTERS: Final = re.compile(r"[^\W\d_]")

NOTES: Final = "Note:"
"""How a comment begins that tells translators something of the text below it."""


class Text(Struct, frozen=True, order=True):
    """A text with its plural and context, the files that say it, and notes for translators."""

    singular: str
    context: str
    plural: str
    paths: tuple[str, ...]
    notes: tuple[str, ...]


def find_texts(root: Path) -> list[Text]:
    """List the texts of a checkout, each once, by alphabet."""
    found: dict[tuple[str, str], Text] = {}
    for text in sorted(_each_text(root)):
        other = found.get((text.context, text.singular))
        found[text.context, text.singular] = text if other is None else _joined(other, text)
    return list(found.values())


def _joined(one: Text, other: Text) -> Text:
    """Join two places of one text; a text that is counted at one place has a plural at the other too."""
    return Text(
        one.singular,
        one.context,
        one.plural or other.plural,
        tuple(sorted({*one.paths, *other.paths})),
        tuple(dict.fromkeys([*one.notes, *other.notes])),
    )


def _each_text(root: Path) -> Iterator[Text]:
    for file in sorted(file for room in ROOMS for file in (root / room).rglob("*.py")):
        path = file.relative_to(root).as_posix()
        for text in _said_in(ast.parse(file.read_text(encoding="utf-8")), path):
            context, _, singular = text.rpartition(CONTEXT_END)
            yield Text(singular, context, "", (path,), ())
    for file in sorted((root / "api").rglob("templates/**/*.html")):
        yield from _in_template(file, file.relative_to(root).as_posix())


def _said_in(tree: ast.Module, path: str) -> Iterator[str]:
    is_speaking = path.startswith(SPEAKING)
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            name = _name_of(call.func)
            if name == MARK:
                yield from filter(None, [CONTEXT_END.join(reversed([*_literals(call.args)]))])
            elif name == HEADINGS:
                yield from _literals(call.args)
            elif is_speaking and name.endswith("Error") and name not in SILENT:
                yield from (sentence(text) for text in map(_refusal_of, call.args) if _is_sentence(text))


def _literals(arguments: Sequence[ast.expr]) -> Iterator[str]:
    for argument in arguments:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def _name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def _refusal_of(argument: ast.expr) -> str:
    """Give a literal with a place for each value in it, which is named for what fills it; empty for anything else."""
    parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
    names: list[str] = []
    text = ""
    for part in parts:
        if isinstance(part, ast.FormattedValue):
            names.append(_place_of(part.value, names))
            text += f"%({names[-1]})s"
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            text += part.value.replace("%", "%%")
    return text


def _place_of(value: ast.expr, taken: Sequence[str]) -> str:
    """Name a place by the last name of what fills it; bounds are called alike wherever they stand."""
    inner = next((node for node in ast.walk(value) if isinstance(node, ast.Name | ast.Attribute)), None)
    name = "value" if inner is None else _name_of(inner).strip("_").lower()
    name = next((bound for bound in ("most", "least") if name.startswith(bound)), name)
    return name if name not in taken else f"{name}_{len(taken)}"


def _is_sentence(text: str) -> bool:
    """Tell what people read from codes, fields' names and what is values alone."""
    return " " in text and len(_LETTERS.findall(PLACE.sub("", text))) >= LEAST_LETTERS


def _in_template(file: Path, path: str) -> Iterator[Text]:
    with file.open("rb") as opened:
        for _, function, message, comments in babel_extract(opened, KEYWORDS, (NOTES,), OPTIONS):
            texts = [message] if isinstance(message, str) else [text for text in message or () if text is not None]
            if not texts:
                continue  # a text that was marked elsewhere
            context = texts.pop(0) if function == "pgettext" else ""
            plural = texts[1] if function == "ngettext" else ""
            yield Text(texts[0], context, plural, (path,), tuple(comments))
