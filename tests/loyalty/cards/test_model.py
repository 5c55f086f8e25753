from datetime import UTC, date, datetime, time
from typing import Any  # settings of every kind
from zoneinfo import ZoneInfo

import pytest

from loyalty.cards.model import (
    TRANSITIONS,
    CardState,
    Catalogue,
    Series,
    SeriesSettings,
    Store,
    price_rules,
    refusal,
    shown_state,
)
from loyalty.money import Currency
from loyalty.pricing.model import PriceList, Window
from tests.loyalty.cards.values import make_card

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _make_series(**settings: Any) -> Series:
    return Series(1, "GOLD", 1, SeriesSettings(name="Gold", kind="discount", **settings))


@pytest.mark.parametrize(
    ("state", "settings", "refused"),
    [
        ("active", {}, None),
        ("issued", {}, None),
        ("issued", {"activation": "first_use"}, None),
        ("issued", {"activation": "manual"}, "not_activated"),
        ("active", {"activation": "manual"}, None),
        ("blocked", {}, "blocked"),
        ("frozen", {}, "frozen"),
        ("expired", {}, "expired"),
        ("replaced", {}, "replaced"),
        ("closed", {}, "closed"),
        ("active", {"valid_from": date(2026, 11, 23)}, "not_activated"),
        ("active", {"valid_from": date(2026, 11, 22), "valid_until": date(2026, 11, 22)}, None),
        ("active", {"valid_until": date(2026, 11, 21)}, "expired"),
        ("active", {"hours_from": time(12), "hours_until": time(12)}, None),
        ("active", {"hours_from": time(13), "hours_until": time(14)}, "outside_hours"),
        ("blocked", {"valid_until": date(2026, 11, 21)}, "blocked"),
    ],
)
def test_card_says_why_it_may_not_be_used(state: CardState, settings: dict[str, Any], refused: str | None) -> None:
    assert refusal(make_card(state=state), _make_series(**settings), state=state, at=NOON) == refused


def test_own_last_day_counts_before_the_series() -> None:
    series = _make_series(valid_until=date(2026, 11, 1))

    assert refusal(make_card(own_expires_on=date(2026, 11, 22)), series, state="active", at=NOON) is None
    assert refusal(make_card(), series, state="active", at=NOON) == "expired"


def test_own_percent_of_nothing_is_a_percent() -> None:
    series = _make_series(percent=50_000)

    assert (make_card().percent(series), make_card(own_percent=0).percent(series)) == (50_000, 0)


@pytest.mark.parametrize(
    ("balance", "limit", "held", "available"), [(100, 50, 30, 120), (-40, 50, 0, 10), (-60, 50, 0, 0), (0, 0, 0, 0)]
)
def test_available_is_balance_and_limit_less_holds_and_never_negative(
    balance: int, limit: int, held: int, available: int
) -> None:
    assert make_card(balance=balance, credit_limit=limit, held=held).available == available


def test_states_without_return_are_the_last_ones() -> None:
    assert {state for state, after in TRANSITIONS.items() if not after} == {"replaced", "closed"}
    assert all(set(after) <= TRANSITIONS.keys() for after in TRANSITIONS.values())
    assert all(state not in after for state, after in TRANSITIONS.items())


def test_store_has_its_own_time_zone_and_any_other_the_installations() -> None:
    stores = {"1": Store("1", "Asia/Tokyo")}
    catalogue = Catalogue(1, Currency("EUR", 2), "Europe/Sofia", {}, {}, stores)

    assert [catalogue.zone(store) for store in ("1", "2", "")] == [
        ZoneInfo("Asia/Tokyo"),
        *[ZoneInfo("Europe/Sofia")] * 2,
    ]


def test_rules_of_a_card_are_its_series_and_its_own_percent() -> None:
    lists = {"W": PriceList("W", "W", 1, Window(), {})}

    rules = price_rules(
        make_card(own_percent=7), _make_series(price_lists=("W", "GONE"), manual_with_percent=True), lists
    )

    assert (rules.source, rules.percent, rules.price_lists, rules.manual_with_percent) == (
        "GOLD",
        7,
        (lists["W"],),
        True,
    )


def test_own_prefixes_are_the_heads_of_all_templates() -> None:
    series = {
        number: Series(number, str(number), 1, SeriesSettings(name="x", kind="discount", number_template=template))
        for number, template in enumerate(("290%09^", "L01(290%09)^", "%06", None), 1)
    }

    assert set(Catalogue(1, Currency("EUR", 2), "UTC", series, {}, {}).own_prefixes) == {"290", "L01290"}


@pytest.mark.parametrize(
    ("day", "refused", "shown"),
    [
        (9, None, "active"),
        (10, "frozen", "frozen"),
        (12, "frozen", "frozen"),
        (13, None, "active"),
        (21, "expired", "expired"),
    ],
)
def test_both_ends_of_a_freeze_belong_to_it_and_the_days_alone_tell(day: int, refused: str | None, shown: str) -> None:
    card = make_card(frozen_from=date(2026, 11, 10), frozen_until=date(2026, 11, 12), own_expires_on=date(2026, 11, 20))
    at = NOON.replace(day=day)

    assert refusal(card, _make_series(), state="active", at=at) == refused
    assert shown_state(card, _make_series(), at=at) == shown


def test_freeze_says_nothing_about_moments_before_the_last_change() -> None:
    card = make_card(frozen_from=date(2026, 11, 22), frozen_until=date(2026, 11, 23), state_since=NOON)

    assert refusal(card, _make_series(), state="active", at=NOON) == "frozen"
    assert refusal(card, _make_series(), state="active", at=NOON.replace(hour=11)) is None


def test_moment_told_to_the_second_means_all_of_it() -> None:
    later = NOON.replace(microsecond=600_000)
    card = make_card(frozen_from=date(2026, 11, 22), frozen_until=date(2026, 11, 23), state_since=later)

    assert refusal(card, _make_series(), state="active", at=NOON) == "frozen"
    assert refusal(card, _make_series(), state="active", at=NOON.replace(microsecond=599_999)) is None
