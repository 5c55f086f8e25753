"""What an act of the journal changed, in words: fields with what they were and what they are.

Key idea: what is only a fact of an act, its reason or its amount, has a value and no old one. A field or value without
words of its own is written as it is kept, so that nothing is left out.
"""

import json
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import TypeGuard

from msgspec import Struct

from api.languages.codes import CODES as WORDS
from api.pages.audit_words import CODES, FIELDS, LINKS_OF_CARDS, MONEY, PERCENTS
from api.pages.flag_words import FLAGS
from api.pages.formats import Formats
from crm.parties.repository.audit import KeptChange
from database.journal import JournalRow
from loyalty.money import POINTS

MOST_SHOWN = 300
NOTHING = "–"
_CHANGES = ("old", "new")
_WHOLE_PERCENT = 10_000  # tasks are done by whole percents, cards discount by ten-thousandths of one
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\S*(Z|[+-]\d\d:\d\d)$")
_ABOUT = ("fields", "part")  # they say what changed, which the kept values show


class Value(Struct, frozen=True):
    """A field of an act; `old` is None where it is no change but a fact."""

    name: str
    old: str | None
    new: str


def tell(row: JournalRow, changes: Iterable[KeptChange], formats: Formats) -> list[Value]:
    """Give the fields of an act: what changed first, then its other facts.

    `changes` are the values of people's data that may be shown; those of this act are found among them.
    """
    data = row.data or {}
    kept = [one for one in changes if one.belongs_to(row)]
    passed = {*_CHANGES, *(_ABOUT if kept else ()), *(("card",) if row.act in LINKS_OF_CARDS else ())}
    facts = {name: value for name, value in data.items() if name not in passed and value != []}
    values = _told(data.get("old", {}), data.get("new", {}), row, formats)
    for one in kept:
        values += _told(one.before or {}, one.after or {}, row, formats)
    told = {name: _writer(name, row, formats)(value) for name, value in facts.items() if value is not None}
    return values + [Value(_name(name), None, text) for name, text in told.items()]


def say_values(values: Iterable[Value], say: Callable[[str], str]) -> list[Value]:
    """Put those values that are words of the service into the reader's language."""
    return [Value(one.name, None if one.old is None else _say(one.old, say), _say(one.new, say)) for one in values]


def _say(text: str, say: Callable[[str], str]) -> str:
    words = text.replace("_", " ")
    return say(words) if words in WORDS else text


def _told(old: object, new: object, row: JournalRow, formats: Formats) -> list[Value]:
    """Compare what was and what is; either may be one value or several by name."""
    before = old if isinstance(old, dict) else {"value": old}
    after = new if isinstance(new, dict) else {"value": new}
    told = []
    for name in {**before, **after}:
        if before.get(name) != after.get(name) and not (_is_nothing(before.get(name)) and _is_nothing(after.get(name))):
            write = _writer(name, row, formats)
            told.append(Value(_name(name), write(before.get(name)), write(after.get(name))))
    return told


def _is_nothing(value: object) -> bool:
    return value is None or value in ("", [])


def _name(name: str) -> str:
    return FIELDS.get(name, name.replace("_", " "))


def _writer(name: str, row: JournalRow, formats: Formats) -> Callable[[object], str]:
    write = _number_writer(name, row, formats)
    if write is not None:
        return lambda value: write(value) if isinstance(value, int) else _plain(value, formats)
    if name == "flags":
        return lambda value: (
            ", ".join(FLAGS[one].short for one in value) if _are_flags(value) else _plain(value, formats)
        )
    if name in CODES:
        return lambda value: value.replace("_", " ") if isinstance(value, str) else _plain(value, formats)
    return lambda value: _plain(value, formats)


def _number_writer(name: str, row: JournalRow, formats: Formats) -> Callable[[int], str] | None:
    if name == "percent" and row.record.startswith("task:"):
        return lambda value: formats.percent(value * _WHOLE_PERCENT)
    if name in PERCENTS:
        return formats.percent
    if name == "amount" and (row.data or {}).get("ledger") == "points":
        return POINTS.format
    return formats.money if name in MONEY else None


def _are_flags(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(one in FLAGS for one in value)


def _plain(value: object, formats: Formats) -> str:
    if _is_nothing(value):
        return NOTHING
    if isinstance(value, str):
        return _time(value, formats)
    shown = _joined(value)
    return shown if len(shown) <= MOST_SHOWN else f"{shown[:MOST_SHOWN]}…"


def _joined(value: object) -> str:
    """Write several values in a row; what is deeper than that stands as it is kept."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(_name(one) for one in value)
    if isinstance(value, dict) and all(isinstance(one, str | int) for one in value.values()):
        return ", ".join(f"{_name(name)} {one}" for name, one in sorted(value.items()))
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _time(text: str, formats: Formats) -> str:
    """Write a day or a moment as the reader does, and any other text as it is."""
    try:
        if len(text) == len("2026-11-22"):
            return formats.day(date.fromisoformat(text))
        return formats.moment(datetime.fromisoformat(text)) if _MOMENT.match(text) else text
    except ValueError:
        return text
