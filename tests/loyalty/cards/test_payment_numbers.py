import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.cards.payment_numbers import find_number_in_payment_range, find_payment_number
from loyalty.numbering import Template, read_template
from loyalty.payment_cards import looks_like_payment_card

SMALL = st.builds(
    lambda outer, head, width, first, span, check: Template(outer, head, width, first, min(first + span, 10**width - 1), check),
    st.sampled_from(["", "4", "22", "6"]),
    st.sampled_from(["2", "22", "222", "45678901", "8100000000", "29", "60000000", "L4"]),
    st.integers(4, 12),
    st.integers(1, 9_999),
    st.integers(0, 3_000),
    st.sampled_from([None, "^", "!"]),
)  # fmt: skip


@settings(max_examples=200)
@given(SMALL)
def test_first_payment_number_is_the_one_that_a_scan_finds_first(template: Template) -> None:
    """PAP-23: reckoned without making the numbers, and the same as looking at each."""
    numbers = template.numbers(range(template.first, template.last + 1))

    assert find_payment_number(template) == next(filter(looks_like_payment_card, numbers), None)


def test_widest_template_is_judged_without_making_its_numbers() -> None:
    assert find_payment_number(read_template("29%015")) is None
    assert find_payment_number(read_template("2%015[300000000000000..999999999999999]!")) == "23000000000000002"


@pytest.mark.parametrize(
    ("template", "number"),
    [
        ("40%010^", "4000000000013"),
        ("4%011!", "4000000000014"),
        ("2%012[1..999999999999]", "2200000000000"),
        ("29%010^", None),
        ("4%05", None),
        ("L4%015", None),
    ],
)
def test_number_that_only_begins_like_a_payment_card_is_found(template: str, number: str | None) -> None:
    found = find_number_in_payment_range(read_template(template))

    assert found == number


@pytest.mark.parametrize(
    "template", ["4%015", "%015", "34%013", "60%09^", "411111%09!", "62%014^", "2720%012", "81%014"]
)
def test_payment_number_in_a_template_is_found(template: str) -> None:
    found = find_payment_number(read_template(template))

    assert found is not None
    assert looks_like_payment_card(found)
    assert read_template(template).counter(found) is not None


@pytest.mark.parametrize(
    "template",
    ["290%09^", "400%09^", "40%010^", "99%014", "1%015", "9%015!", "A4%015", "4%08", "2721%012", "4%010[1..9]"],
)
def test_template_without_a_payment_number_is_left_alone(template: str) -> None:
    assert find_payment_number(read_template(template)) is None


@settings(max_examples=100)
@given(st.sampled_from(["4", "22", "9", "222", "551"]), st.sampled_from([None, "^", "!"]), st.integers(1, 999_999_000))
def test_payment_number_is_found_wherever_a_scan_finds_one(head: str, check: str | None, first: int) -> None:
    template = Template("", head, 12, first, first + 300, check)  # type: ignore[arg-type] # from the list above

    scanned = any(looks_like_payment_card(template.number(counter)) for counter in range(first, first + 301))

    assert (find_payment_number(template) is not None) == scanned
