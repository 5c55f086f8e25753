import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.money import (
    PERCENT,
    PRICE,
    QUANTITY,
    DecimalError,
    format_percent,
    line_gross,
    percent_of,
    round_half_up,
    share,
)

weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(5, 10, 1), (-5, 10, -1), (4, 10, 0), (-4, 10, 0), (15, 10, 2), (-15, 10, -2), (0, 7, 0), (1262628, 1000, 1263)],
)
def test_half_is_rounded_away_from_zero(numerator: int, denominator: int, rounded: int) -> None:
    assert round_half_up(numerator, denominator) == rounded


@given(st.integers(-(10**15), 10**15), weights)
def test_parts_sum_to_the_whole(amount: int, given_weights: list[int]) -> None:
    if sum(given_weights):
        parts = share(amount, given_weights)

        assert sum(parts) == amount
        assert all(part * amount >= 0 for part in parts)


@given(st.integers(0, 10**12), weights)
def test_no_part_is_a_unit_or_more_from_its_exact_share(amount: int, given_weights: list[int]) -> None:
    total = sum(given_weights)
    if total:
        for part, weight in zip(share(amount, given_weights), given_weights, strict=True):
            assert abs(part * total - amount * weight) < total


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "1e5", "1_0", "", " 1", "1 ", "+1", "1.", ".5", "١", "0x1", "--1", "1,5", "1.2.3"]
)
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(DecimalError):
        PRICE.parse(text)


def test_more_places_are_refused_unless_they_are_zeros() -> None:
    assert PRICE.parse("12.90000000") == 129_000
    with pytest.raises(DecimalError, match="more than 4 decimals"):
        PRICE.parse("0.00001")


@given(st.integers(-(10**12), 10**12))
def test_what_was_written_is_read_back(value: int) -> None:
    assert QUANTITY.parse(QUANTITY.format(value)) == value
    assert PERCENT.parse(format_percent(value)) == value


def test_percent_shows_at_least_two_decimals_and_stays_exact() -> None:
    assert (format_percent(100_000), format_percent(43_500), format_percent(43_550)) == ("10.00", "4.35", "4.355")
    assert percent_of(9_712, 70_000) == 680


def test_gross_of_weighed_goods_is_rounded_once() -> None:
    assert line_gross(QUANTITY.parse("0.335"), PRICE.parse("289.90"), 2) == 9_712
    assert line_gross(QUANTITY.parse("-1"), PRICE.parse("0.005"), 2) == -1
    assert line_gross(QUANTITY.parse("3"), PRICE.parse("33.3"), 0) == 100
