"""Fields as people type them: read one by one, told with what to write instead."""

from datetime import date, time

import pytest

from api.pages import forms
from api.pages.forms import Form, WrongError
from loyalty.money import PERCENT, WHOLE, Currency

MONEY = Currency("EUR", 2).scale


@pytest.mark.parametrize(
    ("typed", "minor"),
    [("12.90", 1_290), ("12,9", 1_290), ("1 234.50", 123_450), ("\N{MINUS SIGN}5", -500), ("+5", 500), ("5.00", 500)],
)
def test_amount_is_read_as_it_is_written(typed: str, minor: int) -> None:
    assert forms.money(MONEY)(typed) == minor


@pytest.mark.parametrize("typed", ["12.905", "twelve", "1,234", "1.2.3", "--5", "1e3", "٣"])
def test_amount_that_is_none_is_told(typed: str) -> None:
    with pytest.raises(WrongError):
        forms.money(MONEY)(typed)


def test_comma_that_may_be_two_things_is_asked_about() -> None:
    with pytest.raises(WrongError) as told:
        forms.decimal(MONEY, "1,234")
    assert told.value.problem.values == {"whole": "1234", "part": "1.234"}


def test_bounds_are_told_with_the_problem() -> None:
    assert forms.percent(least=-WHOLE)("10 %") == 100_000
    with pytest.raises(WrongError) as told:
        forms.bounded(PERCENT, "101", least=0, most=WHOLE)
    assert told.value.problem.values == {"least": "0", "most": "100"}


@pytest.mark.parametrize("typed", ["GOLD", "summer-2027", "a.b", "З-1"])
def test_code_may_stand_in_an_address(typed: str) -> None:
    assert forms.code(typed) == typed


@pytest.mark.parametrize("typed", ["..", "a/b", "a b", "", "-x", "x" * 65, "a\n"])
def test_code_that_an_address_cannot_hold_is_refused(typed: str) -> None:
    with pytest.raises(WrongError):
        forms.code(typed)


def test_first_problem_of_a_field_stays_and_other_fields_are_read_all_the_same() -> None:
    form = Form({"day": "soon", "hours_from": "09:00", "count": "1,000"})
    assert form.read("day", forms.day, None) is None
    assert form.need("name", forms.short_text, "") == ""
    assert form.read("count", forms.count, 0) == 1_000
    assert forms.read_hours(form) == (time(9), None)
    form.refuse("day", forms.told("another one"))
    assert list(form.problems) == ["day", "name", "hours_until"]
    assert form.problems["day"].text == "A day such as 2026-11-22."


def test_what_the_service_says_becomes_a_sentence_and_is_never_taken_for_a_pattern() -> None:
    problem = forms.told('a template looks like "290%09[1..5]^"')
    assert problem.text % problem.values == 'A template looks like "290%09[1..5]^".'


def test_fields_are_read_without_the_blanks_around_them() -> None:
    form = Form({"name": "  Gold ", "days": ["1", "2 "]})
    assert (form.text("name"), form.texts("days"), form.is_ticked("off")) == ("Gold", ["1", "2"], False)
    assert Form({"d": "2026-11-22"}).read("d", forms.day, None) == date(2026, 11, 22)
