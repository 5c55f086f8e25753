import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.numbering import Template, TemplateError, canonical, ean_digit, luhn_digit, mask, read_template
from loyalty.payment_cards import is_gtin, passes_luhn

HEADS = st.text("ABCXYZ0123456789", max_size=6)


@pytest.mark.parametrize(
    ("text", "first", "last", "capacity"),
    [
        ("ABC%09[1..400]", "ABC000000001", "ABC000000400", 400),
        ("%06", "000001", "999999", 999_999),
        ("L01(290%09[1..6])^", "L012900000000018", "L012900000000063", 6),
        ("000%09[1..500]^", "0000000000017", "0000000005005", 500),
        ("290%09[1..500000]^", "2900000000018", "2900005000006", 500_000),
        ("99%03!", "990010", "999995", 999),
        ("%01[0..9]", "0", "9", 10),
    ],
)
def test_template_makes_its_numbers(text: str, first: str, last: str, capacity: int) -> None:
    template = read_template(text)

    assert (template.number(template.first), template.number(template.last)) == (first, last)
    assert template.capacity == capacity


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "template_invalid"),
        ("ABC", "template_invalid"),
        ("%0", "template_invalid"),
        ("%00", "template_invalid"),
        ("%016", "template_invalid"),
        ("%05%05", "template_invalid"),
        ("%5", "template_invalid"),
        ("A(29%05", "template_invalid"),
        ("A29%05)", "template_invalid"),
        ("29%05[5..1]", "template_invalid"),
        ("29%05[1..]", "template_invalid"),
        ("29%05[-1..5]", "template_invalid"),
        ("29%05#", "template_invalid"),
        ("ЛК%05", "template_invalid"),
        ("29 %05", "template_invalid"),
        ("29%0٥", "template_invalid"),
        ("X" * 30 + "%010", "template_invalid"),
        ("%03[1..1200]", "range_exceeds_width"),
        ("%03[1000..1000]", "range_exceeds_width"),
    ],
)
def test_template_that_makes_no_numbers_is_refused(text: str, code: str) -> None:
    with pytest.raises(TemplateError) as refused:
        read_template(text)

    assert refused.value.code == code


@given(HEADS, HEADS, st.integers(1, 12), st.sampled_from([None, "^", "!"]), st.data())
def test_number_and_counter_lead_to_each_other(
    outer: str, head: str, width: int, check: str | None, data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, 10**width - 1))
    last = data.draw(st.integers(first, 10**width - 1))
    template = read_template(f"{outer}({head}%0{width}[{first}..{last}]){check or ''}")
    counter = data.draw(st.integers(first, last))

    number = template.number(counter)

    assert template.counter(number) == counter
    assert number.startswith(template.prefix)


@given(st.integers(1, 10**6), st.integers(0, 9))
def test_number_with_a_wrong_check_digit_is_nobodys(counter: int, digit: int) -> None:
    template = read_template("290%09^")
    number = template.number(counter)

    wrong = number[:-1] + str(digit)

    assert template.counter(wrong) == (counter if wrong == number else None)


@pytest.mark.parametrize(
    "number", ["", "290", "29000000000A8", "2910000000017", "29000000000180", "290000000001", "２900000000018"]
)
def test_number_of_another_shape_is_nobodys(number: str) -> None:
    assert read_template("290%09[1..500000]^").counter(number) is None


@given(st.text("0123456789", min_size=1, max_size=20))
def test_check_digits_are_those_of_their_standards(digits: str) -> None:
    assert is_gtin(digits + ean_digit(digits))
    assert passes_luhn(digits + luhn_digit(digits))


@pytest.mark.parametrize(
    ("digits", "ean", "luhn"), [("400638133393", "1", None), ("03600029145", "2", None), ("7992739871", None, "3")]
)
def test_published_check_digits_come_out(digits: str, ean: str | None, luhn: str | None) -> None:
    assert ean is None or ean_digit(digits) == ean
    assert luhn is None or luhn_digit(digits) == luhn


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("036000291452", "0036000291452"),
        ("0036000291452", "0036000291452"),
        ("036000291453", "036000291453"),
        ("ABC000000001", "ABC000000001"),
        ("03600029145", "03600029145"),
        ("", ""),
    ],
)
def test_upc_a_is_kept_as_its_ean_13(number: str, kept: str) -> None:
    assert canonical(number) == kept
    assert canonical(kept) == kept


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("2900000000018", "··· 0018"),
        ("123456789", "··· 6789"),
        ("12345678", "··· 78"),
        ("12", "··· 12"),
        ("1", "··· 1"),
    ],
)
def test_own_number_is_masked_to_its_end(number: str, shown: str) -> None:
    assert mask(number) == shown


def test_counter_outside_the_range_is_our_own_mistake() -> None:
    template = Template("", "29", 3, 1, 9, None)

    with pytest.raises(AssertionError):
        template.number(10)


@given(st.text("0123456789", min_size=1, max_size=19), st.data())
def test_check_digits_catch_every_single_wrong_digit(digits: str, data: st.DataObject) -> None:
    place, by = data.draw(st.integers(0, len(digits) - 1)), data.draw(st.integers(1, 9))
    wrong = digits[:place] + str((int(digits[place]) + by) % 10) + digits[place + 1 :]

    assert ean_digit(wrong) != ean_digit(digits)
    assert luhn_digit(wrong) != luhn_digit(digits)


@given(
    st.sampled_from(["29%07^", "L7(3%05)!", "A%04", "5%03^", "7(9%06)!", "%015!"]),
    st.integers(0, 9_000),
    st.integers(0, 3_000),
)
def test_neighbouring_numbers_are_those_made_one_by_one(text: str, start: int, count: int) -> None:
    template = read_template(text)
    counters = range(template.first + start, template.last + 1)[:count]

    assert template.numbers(counters) == [template.number(counter) for counter in counters]
