"""Amounts and moments as a reader sees them, in the languages that come."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from api.pages.formats import Formats
from loyalty.money import Currency

EUR, YEN = Currency("EUR", 2), Currency("JPY", 0)
NOON = datetime(2026, 11, 22, 12, 15, 2, tzinfo=UTC)


def formats(language: str = "en_GB", currency: Currency = EUR) -> Formats:
    return Formats(Locale.parse(language), currency, ZoneInfo("Europe/Sofia"))


@pytest.mark.parametrize(
    ("minor", "text"), [(0, "0.00"), (5, "0.05"), (1_248_035, "12,480.35"), (-1_248_035, "−12,480.35"), (10**15, None)]
)
def test_money_has_all_its_decimals_and_a_true_minus(minor: int, text: str | None) -> None:
    assert formats().money(minor) == (text or "10,000,000,000,000.00")


def test_money_of_a_currency_without_decimals_has_none() -> None:
    assert formats(currency=YEN).money(12_480) == "12,480"
    assert formats(currency=YEN).price(12_5000) == "12.5"


def test_movement_has_its_sign() -> None:
    assert [formats().signed(minor) for minor in (6_497, 0, -2_310)] == ["+64.97", "0.00", "−23.10"]


@pytest.mark.parametrize(
    ("minor", "text"),
    [(0, "0"), (20, "0.2"), (65_549, "655"), (-65_550, "−656"), (99_950, "1,000"), (113_100, "1.1K"), (10**9, "10M")],
)
def test_amount_of_a_chart_is_short(minor: int, text: str) -> None:
    assert formats().rough(minor) == text


@pytest.mark.parametrize(("percent", "text"), [(100_000, "10%"), (43_500, "4.35%"), (-1, "−0.0001%"), (0, "0%")])
def test_percent_stays_exact(percent: int, text: str) -> None:
    assert formats().percent(percent) == text


@pytest.mark.parametrize(("part", "whole", "text"), [(1, 3, "33.3%"), (2, 3, "66.7%"), (0, 0, "0%"), (-1, 3, "−33.3%")])
def test_share_is_rounded_half_up_to_a_tenth(part: int, whole: int, text: str) -> None:
    assert formats().share(part, whole) == text


def test_price_and_quantity_keep_what_they_have() -> None:
    assert [formats().price(price) for price in (12_9000, 12_9050)] == ["12.90", "12.905"]
    assert [formats().quantity(quantity) for quantity in (2_000_000, 756_000)] == ["2", "0.756"]


def test_bound_of_a_range_has_no_needless_decimals() -> None:
    assert [formats().bound(minor) for minor in (100_000, 50_050)] == ["1,000", "500.5"]


def test_moment_is_shown_where_it_happened() -> None:
    assert formats().moment(NOON) == "22 Nov 2026, 14:15"
    assert formats().moment(NOON, "Europe/London") == "22 Nov 2026, 12:15"
    assert formats().clock(time(21)) == "21:00"


@pytest.mark.parametrize(
    ("language", "money", "percent", "day"),
    [
        ("ru", "−12\N{NO-BREAK SPACE}480,35", "4,35\N{NO-BREAK SPACE}%", "22 нояб. 2026\N{NARROW NO-BREAK SPACE}г."),
        ("uk", "−12\N{NO-BREAK SPACE}480,35", "4,35%", "22 лист. 2026\N{NARROW NO-BREAK SPACE}р."),
        ("bg", "−12\N{NO-BREAK SPACE}480,35", "4,35%", "22.11.2026\N{NARROW NO-BREAK SPACE}г."),
    ],
)
def test_other_languages_write_their_own_way(language: str, money: str, percent: str, day: str) -> None:
    of = formats(language)
    assert (of.money(-1_248_035), of.percent(43_500), of.day(date(2026, 11, 22))) == (money, percent, day)


def test_period_of_one_day_names_it_once() -> None:
    soon, late = NOON.replace(hour=13), NOON.replace(hour=22)
    assert formats().period(NOON, soon) == "22 Nov 2026, 14:15 – 15:15"
    assert formats().period(NOON, late) == "22 Nov 2026, 14:15 – 23 Nov 2026, 00:15"
    assert formats().period(NOON, None, "UTC") == "22 Nov 2026, 12:15"
