"""What an attribute is, and how a value of each kind is read and written. Pure.

Key idea: a definition is data. Its kind alone says how a value is read from the wire or a form, in which column it
stands and how it is compared; nothing of a single attribute is ever written in code.

Numbers are `Decimal`, read from decimal text and written back as such; no binary floating point comes near them.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from crm.attributes.errors import AttributeValueRefusedError
from crm.directories.model import name_in
from database.identifiers import MOST_ID

Directory = Literal["party", "person", "card", "goods", "task", "event", "letter"]
Kind = Literal["text", "number", "date", "yes_no", "choice", "choices", "reference"]
Target = Literal["party", "user"]

Given: TypeAlias = str | bool | int | list[str] | None
"""A value as it goes over the wire: text, a decimal string, an ISO day, true or false, codes of choices, an id."""
Value: TypeAlias = str | Decimal | date | bool | int | tuple[int, ...]
"""A value inside: a choice and a reference are identifiers, the choices of `choices` a tuple of them."""

MOST_TEXT = 1_000
MOST_CHOICES = 200
MOST_ATTRIBUTES = 100
"""The attributes of one directory, archived ones included, so that a record's panel stays a bounded read."""

_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?", re.ASCII)


class Choice(Struct, frozen=True):
    """One of the answers that a choice offers; an archived one stands where it was chosen and is offered no more."""

    id: int
    code: str
    names: Mapping[str, str]
    position: int = 0
    is_archived: bool = False

    def name(self, language: str) -> str:
        """Give what it is called in a language, else in another."""
        return name_in(self.names, language, self.code)


class Attribute(Struct, frozen=True):
    """A definition; `choices` in their order, `refers_to` for the kind reference alone."""

    id: int
    directory: Directory
    code: str
    names: Mapping[str, str]
    kind: Kind
    refers_to: Target | None = None
    position: int = 0
    version: int = 1
    is_archived: bool = False
    choices: tuple[Choice, ...] = ()

    def name(self, language: str) -> str:
        """Give what it is called in a language, else in another."""
        return name_in(self.names, language, self.code)

    @property
    def offered(self) -> tuple[Choice, ...]:
        """The choices that are not archived."""
        return tuple(choice for choice in self.choices if not choice.is_archived)

    @property
    def choices_by_id(self) -> dict[int, Choice]:
        """Its choices by identifier."""
        return {choice.id: choice for choice in self.choices}


def directories_of(directory: Directory, *, is_person: bool = False) -> tuple[Directory, ...]:
    """Name the sets that a record has: a party that is a person has those of parties and those of persons."""
    if directory in {"party", "person"}:
        return ("party", "person") if is_person else ("party",)
    return (directory,)


def read_value(attribute: Attribute, given: Given, *, kept: Value | None = None) -> Value | None:
    """Read a value of an attribute; None, an empty text or no choice at all is no value.

    An archived choice is taken only where it is `kept` already. Raises AttributeValueRefusedError, whose field is the
    attribute's code.
    """
    if given is None or given in ("", []):
        return None
    try:
        return _READERS[attribute.kind](attribute, given, kept)
    except _WrongValueError as error:
        raise AttributeValueRefusedError(str(error), field=attribute.code) from error


def write_value(attribute: Attribute, value: Value | None) -> Given:
    """Write a value as `read_value` reads it."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, tuple):
        return [attribute.choices_by_id[one].code for one in value]
    if isinstance(value, Decimal):
        return format_number(value)
    if isinstance(value, date):
        return value.isoformat()
    return attribute.choices_by_id[value].code if attribute.kind == "choice" else value


def format_number(value: Decimal) -> str:
    """Write a number with no needless zeros and no exponent: `250`, `0.5`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class _WrongValueError(Exception):
    """Why a value cannot be read."""


def _read_text(_: Attribute, given: Given, __: Value | None) -> str | None:
    if not isinstance(given, str) or "\0" in given:
        raise _WrongValueError("must be text")
    if len(given) > MOST_TEXT:
        raise _WrongValueError(f"has more than {MOST_TEXT:,} characters")
    return given.strip() or None


def _read_number(_: Attribute, given: Given, __: Value | None) -> Decimal:
    if not isinstance(given, str) or _NUMBER.fullmatch(given) is None:
        raise _WrongValueError('must be a decimal string such as "12.5", with at most 6 decimals')
    return Decimal(given) or Decimal(0)  # minus zero is zero


def _read_date(_: Attribute, given: Given, __: Value | None) -> date:
    try:
        if isinstance(given, str):
            return date.fromisoformat(given)
    except ValueError:
        pass
    raise _WrongValueError("must be a day such as 2026-11-22")


def _read_yes_no(_: Attribute, given: Given, __: Value | None) -> bool:
    if not isinstance(given, bool):
        raise _WrongValueError("must be true or false")
    return given


def _read_choice(attribute: Attribute, given: Given, kept: Value | None) -> int:
    if not isinstance(given, str):
        raise _WrongValueError("must be the code of a choice")
    return _choose(attribute, given, {kept})


def _read_choices(attribute: Attribute, given: Given, kept: Value | None) -> tuple[int, ...]:
    if not isinstance(given, list):
        raise _WrongValueError("must be a list of codes of choices")
    chosen = {_choose(attribute, code, set(kept) if isinstance(kept, tuple) else set()) for code in given}
    return tuple(choice.id for choice in attribute.choices if choice.id in chosen)


def _choose(attribute: Attribute, code: str, kept: set[Value | None] | set[int]) -> int:
    found = next((choice for choice in attribute.choices if choice.code == code), None)
    if found is None or (found.is_archived and found.id not in kept):
        raise _WrongValueError("is none of the choices")
    return found.id


def _read_reference(_: Attribute, given: Given, __: Value | None) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 0 < given <= MOST_ID:
        raise _WrongValueError("must be the identifier of a record")
    return given


_READERS: Final[Mapping[Kind, Callable[[Attribute, Given, Value | None], Value | None]]] = {
    "text": _read_text,
    "number": _read_number,
    "date": _read_date,
    "yes_no": _read_yes_no,
    "choice": _read_choice,
    "choices": _read_choices,
    "reference": _read_reference,
}
