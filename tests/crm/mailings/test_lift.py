"""What a mailing brought: Welch's interval against figures that others published."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.mailings.lift import FEWEST_HEADS, Lift, Spent, compare, student_quantile


def spent(values: list[float], *, scale: int = 1) -> Spent:
    """Sum up what heads spent."""
    whole = [round(value * scale) for value in values]
    return Spent(len(whole), sum(one > 0 for one in whole), sum(whole), sum(one * one for one in whole))


DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
"""Hours of sleep more, by Student himself (1908)."""


def test_interval_is_that_of_r_for_students_sleepers() -> None:
    """`t.test(extra ~ group, data = sleep)` of R: df = 17.776, from -3.3654832 to 0.2054832, means 0.75 and 2.33."""
    found = compare(spent(DRUG_1, scale=10_000_000), spent(DRUG_2, scale=10_000_000))
    assert found == Lift(-15_800_000, -33_654_832, 2_054_832)
    assert not found.is_told


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [
        (3, 3.182446), (4, 2.776445), (5, 2.570582), (10, 2.228139), (30, 2.042272), (100, 1.983972), (10**6, 1.959966),
    ],
)  # fmt: skip
def test_quantile_is_that_of_the_tables(freedom: float, quantile: float) -> None:
    assert math.isclose(student_quantile(0.05, freedom), quantile, rel_tol=2e-6)


def test_nobody_held_back_or_written_to_gives_no_number() -> None:
    some = spent([1, 2, 3, 4, 5, 6])
    assert compare(some, Spent()) is None
    assert compare(Spent(), some) is None


def test_few_heads_and_heads_all_alike_give_a_difference_without_bounds() -> None:
    few, many = spent([10.0] * (FEWEST_HEADS - 1)), spent([1, 2, 3, 4, 5, 6])
    assert compare(few, many) == Lift(6)
    assert compare(spent([7.0] * 9), spent([4.0] * 9)) == Lift(3)


@given(
    one=st.lists(st.integers(-(10**9), 10**9), min_size=5, max_size=40),
    other=st.lists(st.integers(-(10**9), 10**9), min_size=5, max_size=40),
)
def test_interval_holds_its_difference_and_turns_with_the_groups(one: list[int], other: list[int]) -> None:
    found, turned = compare(spent([*one]), spent([*other])), compare(spent([*other]), spent([*one]))
    assert found is not None
    assert turned is not None
    assert (found.difference, found.low, found.high) == (
        -turned.difference,
        None if turned.high is None else -turned.high,
        None if turned.low is None else -turned.low,
    )
    if found.low is not None and found.high is not None:
        assert found.low <= found.difference <= found.high


def test_groups_put_together_are_as_if_they_were_one() -> None:
    assert spent([1, 2, 0]) + spent([5]) == spent([1, 2, 0, 5])
