"""Values of attributes as they are read and written."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.attributes.errors import AttributeValueRefusedError
from crm.attributes.model import Attribute, Choice, directories_of, format_number, read_value, write_value

NUMBER = Attribute(1, "card", "limit", {"en": "Limit"}, "number")
OLD, NEW = Choice(7, "old", {"en": "Old"}, is_archived=True), Choice(8, "new", {"en": "New"})
CHOICES = Attribute(2, "card", "sizes", {"uk": "Розміри"}, "choices", choices=(OLD, NEW))


@given(st.decimals(min_value=-(10**14), max_value=10**14, places=6, allow_nan=False, allow_infinity=False))
def test_number_is_read_back_as_it_was_written(value: Decimal) -> None:
    """UNF-37: no digit is lost on the way."""
    assert read_value(NUMBER, format_number(value)) == value


@pytest.mark.parametrize(
    ("given_", "written"), [("250.00", "250"), ("0.50", "0.5"), ("-0", "0"), ("007", "7"), ("1000", "1000")]
)
def test_number_is_written_with_no_needless_zeros(given_: str, written: str) -> None:
    assert write_value(NUMBER, read_value(NUMBER, given_)) == written


@pytest.mark.parametrize("wrong", ["1e5", "١", " 1", "+1", "1.", ".5", "1,5", "NaN", "0.0000001", "1" * 16])
def test_text_that_is_no_plain_decimal_is_no_number(wrong: str) -> None:
    with pytest.raises(AttributeValueRefusedError):
        read_value(NUMBER, wrong)


def test_archived_choice_is_taken_only_where_it_stands_already() -> None:
    assert read_value(CHOICES, ["new", "old"], kept=(7,)) == (7, 8)
    with pytest.raises(AttributeValueRefusedError):
        read_value(CHOICES, ["new", "old"], kept=(8,))


@pytest.mark.parametrize("nothing", [None, "", []])
def test_nothing_is_no_value(nothing: str | list[str] | None) -> None:
    assert read_value(CHOICES, nothing) is None


def test_name_is_that_of_the_language_else_of_another() -> None:
    assert (CHOICES.name("uk"), CHOICES.name("bg")) == ("Розміри", "Розміри")


def test_person_has_the_set_of_parties_and_that_of_persons() -> None:
    """UNF-33."""
    assert directories_of("party", is_person=True) == ("party", "person")
    assert (directories_of("party"), directories_of("card")) == (("party",), ("card",))
