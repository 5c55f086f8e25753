import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.cards.templates import find_collision
from loyalty.numbering import Template, canonical, read_template

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
