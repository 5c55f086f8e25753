from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.money import (
    MOST_MINOR,
    PERCENT,
    PRICE,
    QUANTITY,
    WHOLE,
    Currency,
    DecimalError,
    Scale,
    format_percent,
    format_quantity,
    line_gross,
    percent_of,
    round_half_up,
    share,
)

AMOUNTS = st.integers(-MOST_MINOR, MOST_MINOR)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(5, 10, 1), (-5, 10, -1), (4, 10, 0), (-4, 10, 0), (15, 10, 2), (25, 10, 3), (-25, 10, -3), (0, 7, 0), (7, 7, 1)],
)
def test_half_is_rounded_away_from_zero(numerator: int, denominator: int, rounded: int) -> None:
    assert round_half_up(numerator, denominator) == rounded


@given(st.integers(-(10**24), 10**24), st.integers(1, 10**12))
def test_rounding_is_that_of_the_decimal_standard(numerator: int, denominator: int) -> None:
    exact = Decimal(numerator).scaleb(0) / Decimal(denominator) if denominator in {1, 2, 4, 5, 8, 10} else None
    rounded = round_half_up(numerator, denominator)

    assert abs(2 * (rounded * denominator - numerator)) <= denominator
    assert rounded == -round_half_up(-numerator, denominator)
    if exact is not None and abs(numerator) < 10**20:
        assert rounded == int(exact.to_integral_value(ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (299, [4300, 1400, 2300], [161, 52, 86]),
        (299, [1000, 1000, 1000], [100, 100, 99]),
        (-299, [1000, 1000, 1000], [-100, -100, -99]),
        (1, [1, 3, 3], [0, 1, 0]),
        (1, [0, 5], [0, 1]),
        (2, [1, 1, 2], [1, 0, 1]),
        (0, [0, 0], [0, 0]),
        (0, [], []),
        (5, [7], [5]),
    ],
)
def test_amount_is_shared_by_largest_remainder(amount: int, weights: list[int], parts: list[int]) -> None:
    assert share(amount, weights) == parts


@given(AMOUNTS, WEIGHTS)
def test_parts_sum_to_the_whole_and_lie_next_to_their_exact_share(amount: int, weights: list[int]) -> None:
    total = sum(weights)
    if not total:
        amount = 0

    parts = share(amount, weights)

    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * total - amount * weight) < max(total, 1)


@given(st.integers(0, MOST_MINOR), WEIGHTS)
def test_no_part_exceeds_its_weight_when_the_amount_does_not(amount: int, weights: list[int]) -> None:
    parts = share(min(amount, sum(weights)), weights)

    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


@given(st.integers(0, MOST_MINOR), WEIGHTS)
def test_larger_weight_never_gets_less(amount: int, weights: list[int]) -> None:
    if not sum(weights):
        amount = 0

    pairs = sorted(zip(weights, share(amount, weights), strict=True))

    assert [part for _, part in pairs] == sorted(part for _, part in pairs)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12.90", 1290),
        ("12.9", 1290),
        ("12", 1200),
        ("-12.90", -1290),
        ("-0.00", 0),
        ("0012.900000", 1290),
        ("999999999999.99", 99_999_999_999_999),
    ],
)
def test_decimal_is_read_as_minor_units(text: str, minor: int) -> None:
    assert Scale(2).parse(text) == minor
    assert Scale(2).parse(text) == minor, "from the memo as well"


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "12.901", "1e5", "1E5", "1_0", "+1", "--1", "-", ".5", "5.", "1.2.3", "1,50", "0x1", "NaN", "Infinity",
        "1 0", " 1", "1 ", "1\n", "١", "１", "1\u00a0000", "9" * 13, "0." + "0" * 13, "null", "−1",
    ],
)  # fmt: skip
def test_text_that_is_no_decimal_is_refused(text: str) -> None:
    for _ in range(2):
        with pytest.raises(DecimalError):
            Scale(2).parse(text)


@pytest.mark.parametrize(("places", "text"), [(0, "5.0"), (0, "5"), (3, "1.125"), (4, "0.0001")])
def test_currency_has_its_own_places(places: int, text: str) -> None:
    money = Currency("EUR", places).scale

    assert Decimal(money.format(money.parse(text))) == Decimal(text)
    with pytest.raises(DecimalError, match=f"more than {places} decimals"):
        money.parse("1." + "0" * places + "1")


@given(st.integers(-(10**11), 10**11), st.integers(0, 4))
def test_what_is_written_is_read_back(minor: int, places: int) -> None:
    scale = Scale(places)

    assert scale.parse(scale.format(minor)) == minor
    assert len(scale.format(minor).partition(".")[2]) == places


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9))
def test_reading_agrees_with_the_decimal_module(value: Decimal) -> None:
    assert Scale(2).parse(f"{value:f}") == int(value * 100)


def test_percents_and_quantities_are_written_short() -> None:
    assert [format_percent(PERCENT.parse(text)) for text in ("10", "4.35", "4.3550", "-5")] == [
        "10.00",
        "4.35",
        "4.355",
        "-5.00",
    ]
    assert [format_quantity(QUANTITY.parse(text)) for text in ("1", "0.756000", "-2.5")] == ["1", "0.756", "-2.5"]
    assert PRICE.format(PRICE.parse("12.9"), least_places=2) == "12.90"
    assert PRICE.format(PRICE.parse("0.0333"), least_places=2) == "0.0333"


@pytest.mark.parametrize(
    ("quantity", "price", "places", "gross"),
    [
        ("0.335", "289.90", 2, 9712),
        ("3", "0.0333", 2, 10),
        ("1", "0.005", 2, 1),
        ("-1", "0.005", 2, -1),
        ("0", "9", 2, 0),
        ("1.5", "1", 0, 2),
    ],
)
def test_gross_of_a_line_is_rounded_once(quantity: str, price: str, places: int, gross: int) -> None:
    assert line_gross(QUANTITY.parse(quantity), PRICE.parse(price), places) == gross


@given(st.integers(0, MOST_MINOR), st.integers(0, WHOLE))
def test_percent_up_to_a_hundred_never_exceeds_its_base(base: int, percent: int) -> None:
    assert 0 <= percent_of(base, percent) <= base


def test_memo_of_what_was_read_stays_bounded() -> None:
    scale = Scale(2)

    for number in range(70_000):
        scale.parse(str(number))

    assert scale.parse("69999") == 6_999_900
    assert len(scale._memo) <= 65_536
