"""The linter says of a template what making and mistyping each of its numbers would show."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.cards.linting import Lint, Slips, count_swaps, lint
from loyalty.money import format_percent
from loyalty.numbering import Template, ean_digit, luhn_digit, read_template

SMALL = st.builds(
    lambda outer, head, width, first, span, check: Template(outer, head, width, first, min(first + span, 10**width - 1), check),
    st.sampled_from(["", "7", "L"]),
    st.sampled_from(["", "29", "9A"]),
    st.integers(1, 5),
    st.integers(0, 9),
    st.integers(0, 700),
    st.sampled_from([None, "^", "!"]),
)  # fmt: skip


def lint_text(text: str, *, last_counter: int = 0, goods: tuple[str, ...] = (), **others: str) -> Lint:
    templates = {code: read_template(other) for code, other in others.items()}
    return lint(read_template(text), last_counter=last_counter, others=templates, goods=goods)


def codes(found: Lint) -> list[str]:
    return [finding.code for finding in found.findings]


def is_right(template: Template, number: str) -> bool:
    """Check a number's check digit alone, as somebody who reads it would."""
    if template.check is None:
        return True
    covered = "".join(filter(str.isdigit, number[len(template.outer) : -1]))
    return number[-1] == (ean_digit(covered) if template.check == "^" else luhn_digit(covered))


@settings(max_examples=100)
@given(SMALL)
def test_swaps_are_counted_as_swapping_the_digits_of_every_number_counts_them(template: Template) -> None:
    """PAP-23: the share of swapped neighbours that the check digit catches is exact."""
    caught = slips = 0
    for number in template.numbers(range(template.first, template.last + 1)):
        head, digits = number[: len(template.prefix)], number[len(template.prefix) :]
        for place, (left, right) in enumerate(pairwise(digits)):
            if left != right:
                slips += 1
                swapped = head + digits[:place] + right + left + digits[place + 2 :]
                caught += not is_right(template, swapped)

    assert count_swaps(template) == Slips(caught, slips)


@given(SMALL)
def test_check_digit_of_either_kind_catches_every_single_wrong_digit(template: Template) -> None:
    """PAP-23: the share of single wrong digits that the check digit catches."""
    number = template.number(template.first)
    wrong = [
        number[:place] + digit + number[place + 1 :]
        for place in range(len(template.prefix), len(number))
        for digit in "0123456789"
        if digit != number[place]
    ]

    found = lint(template, last_counter=0, others={}, goods=()).single_digit

    assert all(is_right(template, each) for each in wrong) == (template.check is None)
    assert (found.percent == 0) == (template.check is None)
    assert found.all == len(wrong) * template.capacity


def test_shares_of_caught_swaps_are_those_of_the_check_digits() -> None:
    shares = [
        format_percent(lint_text(text).swapped.percent)
        for text in ("29%010[0..9999999999]^", "L%08[0..99999999]!", "L%08")
    ]

    assert shares == ["88.8888", "97.7777", "0.00"]  # fmt: skip


def test_capacity_and_what_is_left_of_it_are_told() -> None:
    """PAP-23: first and last number, capacity in all and left."""
    fresh, used = lint_text("290%09[1..500000]^"), lint_text("290%09[1..500000]^", last_counter=120_000)

    assert (fresh.first, fresh.last) == ("2900000000018", "2900005000006")
    assert (fresh.capacity, fresh.left, fresh.one_in_now) == (500_000, 500_000, None)
    assert (used.left, used.one_in_now, used.one_in_full) == (380_000, 83_333, 20_000)


@pytest.mark.parametrize(
    ("text", "code", "number"),
    [
        ("411111%09!", "payment_range", "4111110000000013"),
        ("290%09[500..900]^", "template_collides", "2900000005006"),
        ("291%09^", "goods_collide", "2910000000017"),
    ],
)
def test_template_that_collides_is_refused_by_the_number(text: str, code: str, number: str) -> None:
    """PAP-23: another series, a code of goods and payment cards, each named by its number."""
    found = lint_text(text, goods=("2910000000017", "1001", "291000000001"), GOLD="290%09[1..500]^").refusal

    assert found is not None
    assert (found.code, found.number) == (code, number)
    assert number in found.text


def test_article_whose_upc_a_is_the_number_collides_as_well() -> None:
    assert codes(lint_text("04%010^", goods=("400000000015",))) == ["goods_collide"]
    assert codes(lint_text("04%010^", goods=("400000000016",))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("290%09[1..500000]^", []),
        ("L%06^", []),
        ("40%010^", ["near_payment_range", "manufacturers_range"]),
        ("38%010[1..9]^", ["near_payment_range", "manufacturers_range"]),
        ("91%010^", ["manufacturers_range"]),
        ("L%06[1..99999]", ["no_check_digit"]),
        ("L%06", ["no_check_digit", "guessable"]),
    ],
)
def test_what_people_should_look_at_is_only_warned_of(text: str, expected: list[str]) -> None:
    found = lint_text(text)

    assert (codes(found), found.refusal) == (expected, None)
