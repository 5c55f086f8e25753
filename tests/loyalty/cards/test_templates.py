import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.cards.templates import find_collision, find_payment_number
from loyalty.numbering import Template, canonical, read_template
from loyalty.payment_cards import looks_like_payment_card

TEMPLATES = st.builds(
    lambda head, width, first, last, check: Template("", head, width, first, last, check),
    st.sampled_from(["", "2", "29", "290", "A", "A2"]),
    st.just(3),
    st.integers(1, 500),
    st.integers(501, 999),
    st.sampled_from([None, "^", "!"]),
)


@settings(max_examples=300)
@given(TEMPLATES, TEMPLATES)
def test_collision_is_found_exactly_where_two_templates_make_one_number(one: Template, other: Template) -> None:
    numbers = [
        {canonical(made.number(counter)) for counter in range(made.first, made.last + 1)} for made in (one, other)
    ]
    common = numbers[0] & numbers[1]

    found = find_collision(one, other)

    assert (found is not None) == bool(common)
    assert found is None or canonical(found) in common


@pytest.mark.parametrize(
    ("one", "other", "number"),
    [
        ("290%09[1..500]^", "290%09[500..900]^", "2900000005006"),
        ("20%09^", "020%09^", "200000000011"),
        ("20%09[1..9]^", "020%09[10..99]^", None),
        ("290%09^", "291%09^", None),
        ("A%05", "B%05", None),
        ("A%05", "A%06", None),
    ],
)
def test_number_that_both_make_is_named(one: str, other: str, number: str | None) -> None:
    assert find_collision(read_template(one), read_template(other)) == number


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
