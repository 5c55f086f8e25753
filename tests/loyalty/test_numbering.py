import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.numbering import TemplateError, canonical, ean_digit, luhn_digit, mask, read_template


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("L01(290%09[1..6])^", "L012900000000018", "L012900000000063"),
        ("000%09[1..500]^", "0000000000017", "0000000005005"),
        ("ABC%09[1..400]", "ABC000000001", "ABC000000400"),
        ("%06", "000001", "999999"),
        ("990077%07!", "99007700000018", "99007799999997"),
    ],
)
def test_template_makes_its_first_and_last_number(text: str, first: str, last: str) -> None:
    """PAP-23: prefix, counter, check digit, EAN-13."""
    template = read_template(text)

    assert (template.number(template.first), template.number(template.last)) == (first, last)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("%03[1..1200]", "range_exceeds_width"),
        ("290", "template_invalid"),
        ("(290%09^", "template_invalid"),
        ("290%09)^", "template_invalid"),
        ("290%00", "template_invalid"),
        ("290%09[9..1]", "template_invalid"),
        ("é%03", "template_invalid"),
        ("", "template_invalid"),
    ],
)
def test_template_that_cannot_make_numbers_is_refused(text: str, code: str) -> None:
    with pytest.raises(TemplateError) as refused:
        read_template(text)

    assert refused.value.code == code


@given(st.integers(1, 999_999), st.sampled_from(["29%06^", "A7%06!", "L01(290%06)^", "%06"]))
def test_counter_is_found_again_in_its_number(counter: int, text: str) -> None:
    template = read_template(text)

    assert template.counter(template.number(counter)) == counter


@given(st.integers(0, 10**11 - 1), st.integers(0, 11), st.integers(1, 9))
def test_check_digits_catch_every_single_wrong_digit(body: int, place: int, by: int) -> None:
    digits = f"{body:012d}"
    wrong = digits[:place] + str((int(digits[place]) + by) % 10) + digits[place + 1 :]

    assert ean_digit(wrong) != ean_digit(digits)
    assert luhn_digit(wrong) != luhn_digit(digits)


def test_upc_a_and_the_same_with_a_leading_zero_are_one_number() -> None:
    assert canonical("042100005264") == canonical("0042100005264") == "0042100005264"
    assert canonical("042100005265") == "042100005265"


def test_own_number_shows_its_last_four_or_two_when_short() -> None:
    assert (mask("2900000012067"), mask("12345678")) == ("··· 2067", "··· 78")
