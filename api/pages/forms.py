"""Forms as a person fills them: every field is read by itself, so that one that is wrong never hides the next.

Key idea: what was typed is kept as text beside what it means. A refused form is shown again from that text, each
problem beside its field. Decimals may be written with a comma, minus signs as a text program writes them.

It knows no rule of the service: what a use case refuses is put beside its field by `refuse`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time
from typing import TypeAlias, TypeVar
from uuid import UUID

from litestar.datastructures import UploadFile

from api.languages import refusals
from api.pages.renderer import Call
from api.pages.words import mark
from loyalty.errors import LoyaltyError
from loyalty.money import MOST_MINOR, PERCENT, WHOLE, DecimalError, Scale

T = TypeVar("T")

Problem: TypeAlias = refusals.Problem

REFUSED = 422
MOST_TEXT = 200
MOST_NUMBER = 60
MOST_REASON = 2_000
MOST_COUNT = 10**9

_CODE = re.compile(r"(?!\.+$)[^\W_](?:[\w.-]{0,63})")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_TWO_READINGS = re.compile(r"[+-]?\d{1,3},\d{3}", re.ASCII)


class WrongError(ValueError):
    """A field that cannot be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


class Form:
    """What stands in the fields of a form, and what is wrong with them in the order in which it was found."""

    def __init__(self, typed: Mapping[str, str | Sequence[str]], files: Mapping[str, UploadFile] | None = None) -> None:
        self._typed = {name: [texts] if isinstance(texts, str) else list(texts) for name, texts in typed.items()}
        self.files = files or {}
        self.problems: dict[str, Problem] = {}

    def names(self) -> list[str]:
        """List the fields that were sent."""
        return list(self._typed)

    def text(self, name: str) -> str:
        """Give what was typed without blanks around it; empty for a field that is not there."""
        return next(iter(self.texts(name)), "")

    def texts(self, name: str) -> list[str]:
        """Give all values of a field that may stand there several times."""
        return [text.strip() for text in self._typed.get(name, ())]

    def raw(self, name: str) -> str:
        """Give what was typed to the letter, for text of several lines."""
        return next(iter(self._typed.get(name, ())), "")

    def is_ticked(self, name: str) -> bool:
        """Tell whether a box is ticked."""
        return bool(self.text(name))

    def with_typed(self, typed: Mapping[str, str | Sequence[str]]) -> "Form":
        """Give a form without problems in which some fields have other texts."""
        return Form({**self._typed, **typed}, self.files)

    def read(self, name: str, read: Callable[[str], T], default: T) -> T:
        """Read a field; an empty one is the default, and so is one that is wrong, whose problem is kept."""
        text = self.text(name)
        if not text:
            return default
        try:
            return read(text)
        except WrongError as error:
            self.refuse(name, error.problem)
            return default

    def need(self, name: str, read: Callable[[str], T], default: T) -> T:
        """Read a field that must be filled."""
        if not self.text(name):
            self.refuse(name, EMPTY)
            return default
        return self.read(name, read, default)

    def refuse(self, name: str, problem: Problem) -> None:
        """Put a problem beside a field; the first one of a field stays."""
        self.problems.setdefault(name, problem)

    def refuse_by(self, error: LoyaltyError, fields: Iterable[str], default: str) -> None:
        """Put what a use case refused beside the field that it names, or beside another if the form has none such."""
        named = next((field for field in fields if field == error.field), default)
        self.refuse(named, told(error.detail))


async def read_form(call: Call) -> Form:
    """Read the form that was sent. U+0000, which no database text can hold, is taken out."""
    found = await call.form()
    typed: dict[str, list[str]] = {}
    files: dict[str, UploadFile] = {}
    for name, value in found.multi_items():
        if isinstance(value, UploadFile):
            files[name] = value
        else:
            typed.setdefault(name, []).append(str(value).replace("\0", ""))
    return Form(typed, files)


def told(detail: str) -> Problem:
    """Make a problem of what the service says, which is English, so that it can be said in another language."""
    return refusals.read_back(detail)


EMPTY = Problem(mark("This must be filled in."))


def short_text(text: str) -> str:
    """Read a name. Raises WrongError."""
    return _text(text, MOST_TEXT)


def long_text(text: str) -> str:
    """Read a reason. Raises WrongError."""
    return _text(text, MOST_REASON)


def _text(text: str, most: int) -> str:
    if len(text) > most:
        raise WrongError(Problem(mark("At most %(count)s characters."), {"count": f"{most:,}"}))
    return text


def code(text: str) -> str:
    """Read the code of something new, which stands in addresses. Raises WrongError."""
    if _CODE.fullmatch(text) is None:
        raise WrongError(Problem(mark("Letters, digits, points and hyphens, at most 64, such as GOLD or summer-2027.")))
    return text


def card_number(text: str) -> str:
    """Read a card's number as it is printed, with or without blanks and hyphens in it. Raises WrongError."""
    return _text(re.sub(r"[\s-]", "", text), MOST_NUMBER)


def one_of(choices: Mapping[str, T]) -> Callable[[str], T]:
    """Read one of the values that a list offers. Raises WrongError."""

    def read(text: str) -> T:
        if text not in choices:
            raise WrongError(Problem(mark("This is none of the choices.")))
        return choices[text]

    return read


def money(scale: Scale, *, least: int = -MOST_MINOR) -> Callable[[str], int]:
    """Read an amount of money. Raises WrongError."""
    return lambda text: bounded(scale, text, least=least)


def percent(*, least: int) -> Callable[[str], int]:
    """Read a percent of at most 100. Raises WrongError."""
    return lambda text: bounded(PERCENT, text.removesuffix("%").rstrip(), least=least, most=WHOLE)


def bounded(scale: Scale, text: str, *, least: int | None = None, most: int | None = None) -> int:
    """Read a decimal within bounds, within those of money if none are given. Raises WrongError."""
    value = decimal(scale, text)
    lowest, highest = -MOST_MINOR if least is None else least, MOST_MINOR if most is None else most
    if lowest <= value <= highest:
        return value
    bounds = {"least": scale.format(lowest, least_places=0), "most": scale.format(highest, least_places=0)}
    if most is None:
        raise WrongError(Problem(mark("At least %(least)s."), bounds))
    raise WrongError(Problem(mark("From %(least)s to %(most)s."), bounds))


def decimal(scale: Scale, text: str) -> int:
    """Read a decimal as a person types it, with a point or a comma. Raises WrongError."""
    plain = text.replace("\N{MINUS SIGN}", "-").replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
    if _TWO_READINGS.fullmatch(plain):
        values = {"whole": plain.replace(",", ""), "part": plain.replace(",", ".")}
        raise WrongError(Problem(mark("This can be read in two ways: write %(whole)s or %(part)s."), values))
    if _DECIMAL_COMMA.fullmatch(plain):
        plain = plain.replace(",", ".")
    try:
        return scale.parse(plain.removeprefix("+"))
    except DecimalError as error:
        raise WrongError(_decimal_problem(scale)) from error


def _decimal_problem(scale: Scale) -> Problem:
    if not scale.places:
        return Problem(mark("A whole number such as 12."))
    return Problem(mark("A number such as 12.90, with at most %(places)s decimals."), {"places": str(scale.places)})


def count(text: str) -> int:
    """Read a whole number from 1 on, with or without spaces or commas in it. Raises WrongError."""
    plain = re.sub(r"[\s,]", "", text)
    if not (plain.isascii() and plain.isdigit() and len(plain) < len(str(MOST_COUNT)) and int(plain)):
        raise WrongError(Problem(mark("A whole number from 1 on.")))
    return int(plain)


def day(text: str) -> date:
    """Read a day. Raises WrongError."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongError(Problem(mark("A day such as 2026-11-22."))) from error


def clock(text: str) -> time:
    """Read a time of day. Raises WrongError."""
    try:
        read = time.fromisoformat(text)
    except ValueError as error:
        raise WrongError(Problem(mark("A time such as 09:00."))) from error
    return read.replace(microsecond=0, tzinfo=None)


def read_hours(form: Form) -> tuple[time | None, time | None]:
    """Read the daily window `hours_from` and `hours_until`, of which both are given or none."""
    since, until = form.read("hours_from", clock, None), form.read("hours_until", clock, None)
    if bool(form.text("hours_from")) != bool(form.text("hours_until")):
        empty = "hours_until" if form.text("hours_from") else "hours_from"
        form.refuse(empty, Problem(mark("Give both times or none.")))
    return since, until


def uid(text: str) -> UUID:
    """Read the identity that a form was given when it was shown. Raises WrongError."""
    try:
        return UUID(text)
    except ValueError as error:
        raise WrongError(Problem(mark("Load the page again and repeat."))) from error
