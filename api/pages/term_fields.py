"""A term as two fields, a number and a unit: `term` and `term_unit`.

One that cannot be said so, such as a month and three days, is offered as it stands and stays until another is chosen.
"""

from collections.abc import Mapping

from msgspec import Struct

from api.pages import forms
from api.pages.forms import Form, Problem, WrongError
from api.pages.words import mark
from loyalty.cards.terms import TermError, read_term

UNITS: Mapping[str, str] = {"M": mark("months"), "Y": mark("years"), "W": mark("weeks"), "D": mark("days")}
_MONTHS_IN_A_YEAR, _DAYS_IN_A_WEEK = 12, 7


class Term(Struct, frozen=True):
    """A term as a number and a unit; a unit may be a whole term that cannot be said so."""

    count: str = ""
    unit: str = "M"


def show_term(term: str | None) -> Term:
    """Take a term apart into the greatest unit that says it whole."""
    if term is None:
        return Term()
    years, months, weeks, days = read_term(term)
    if not (weeks or days):
        return Term(str(years), "Y") if not months else Term(str(years * _MONTHS_IN_A_YEAR + months), "M")
    if years or months:
        return Term(unit=term)
    return Term(str(weeks), "W") if not days else Term(str(weeks * _DAYS_IN_A_WEEK + days), "D")


def units_of(form: Form, name: str) -> Mapping[str, str]:
    """Give the units to choose from, and before them the term that no unit says."""
    unit = form.text(f"{name}_unit")
    return UNITS if unit in UNITS or not unit else {unit: unit, **UNITS}


def read_term_fields(form: Form, name: str) -> str | None:
    """Read a term; a number always counts units, so that a term which no unit says goes when one is typed."""
    unit = form.text(f"{name}_unit")
    if unit not in UNITS and not form.text(name):
        return form.read(f"{name}_unit", _whole_term, None)
    term = form.read(name, lambda text: f"P{forms.count(text)}{unit if unit in UNITS else 'M'}", None)
    return None if term is None else form.read(name, lambda _: _whole_term(term), None)


def _whole_term(term: str) -> str:
    try:
        read_term(term)
    except TermError as error:
        raise WrongError(Problem(mark("This term is too long."))) from error
    return term
