"""Freezing a card: its days, its last day, and what a receipt of those days gives."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any  # settings of every kind
from zoneinfo import ZoneInfo

import pytest

from tests.api.rest.shop import Shop, ShopCard, make_line, make_receipt, refusal

ZONE = ZoneInfo("Europe/Sofia")
LAST = date(2099, 6, 30)


def _day(away: int = 0) -> date:
    return datetime.now(ZONE).date() + timedelta(days=away)


def _now() -> str:
    return datetime.now(UTC).isoformat()


async def _make_card(shop: Shop, **settings: Any) -> ShopCard:
    return await shop.make_card(**({"discount_percent": "10", "valid_until": str(LAST)} | settings))


async def _freeze(shop: Shop, card: ShopCard, first: int, last: int) -> dict[str, object]:
    answer = await shop.act(card, "freeze", **{"from": str(_day(first)), "until": str(_day(last))})
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


async def _shift(shop: Shop, card: ShopCard, days: int) -> None:
    """Let days pass for a card: move what is kept of its freeze and its history into the past."""
    await shop.sql(
        "update card set frozen_from = frozen_from - $2::int, frozen_until = frozen_until - $2::int,"
        " state_since = state_since - make_interval(days => $2::int) where card_id = $1",
        card.id,
        days,
    )
    await shop.sql(
        "update card_state_change set since = since - make_interval(days => $2::int)"
        " where card_id = $1 and since > '0002-01-01'",
        card.id,
        days,
    )


async def test_freeze_moves_the_last_day_by_its_days_and_refuses_the_card(shop: Shop) -> None:
    """PAP-19: both ends of a freeze belong to it."""
    card = await _make_card(shop)

    found = await _freeze(shop, card, 0, 9)

    assert (found["status"], found["usable"], found["refusal"]) == ("frozen", False, "frozen")
    assert found["expires_on"] == str(LAST + timedelta(days=10))
    priced = await shop.calculate(make_line(), card=card, at=_now())
    assert (priced["card"]["refusal"], priced["discount"]) == ("frozen", "0.00")


async def test_planned_freeze_leaves_the_card_usable_and_is_taken_back_whole(shop: Shop) -> None:
    card = await _make_card(shop)

    planned = await _freeze(shop, card, 3, 5)
    taken_back = (await shop.act(card, "unfreeze")).json()

    assert (planned["status"], planned["usable"], planned["expires_on"]) == ("active", True, str(LAST + timedelta(3)))
    assert (taken_back["status"], taken_back["expires_on"]) == ("active", str(LAST))


async def test_unfreezing_gives_back_the_days_that_have_not_begun(shop: Shop) -> None:
    card = await _make_card(shop)
    await _freeze(shop, card, 0, 9)
    await _shift(shop, card, 3)

    found = (await shop.act(card, "unfreeze")).json()

    assert (found["status"], found["usable"]) == ("active", True)
    assert found["expires_on"] == str(LAST + timedelta(days=4))


async def test_freeze_ends_by_itself_after_its_last_day(shop: Shop) -> None:
    card = await _make_card(shop)
    await _freeze(shop, card, 0, 2)
    await _shift(shop, card, 2)
    on_the_last_day = await shop.look_up(card)

    await _shift(shop, card, 1)

    after = await shop.look_up(card)
    assert (on_the_last_day["status"], after["status"], after["usable"]) == ("frozen", "active", True)
    assert after["expires_on"] == str(LAST + timedelta(days=3))


async def test_day_of_a_freeze_is_that_of_the_stores_time_zone(shop: Shop) -> None:
    card = await _make_card(shop)
    far = f"far {card.number}"
    await shop.sql("insert into store (code, name, timezone) values ($1, $1, 'Pacific/Kiritimati')", far)
    await shop.sql("update installation set catalogue_version = catalogue_version + 1")
    await _freeze(shop, card, 5, 6)
    late_evening = datetime.combine(_day(4), time(22), ZONE).isoformat()

    told = [
        (await shop.calculate(make_line(), card=card, store=store, at=late_evening))["card"] for store in (far, "7")
    ]

    assert [one["refusal"] for one in told] == ["frozen", None]


async def test_receipt_of_a_frozen_day_gives_no_turnover_however_late_it_comes(shop: Shop) -> None:
    card = await _make_card(shop)
    await _freeze(shop, card, 0, 2)
    await _shift(shop, card, 10)
    await shop.act(card, "block", reason="lost")
    await shop.act(card, "unblock", reason="found")
    await _freeze(shop, card, 4, 5)
    frozen, free = (datetime.now(UTC) - timedelta(days=days) for days in (9, 6))

    told = [
        (await shop.post(make_receipt(card=card.ref, closed_at=moment.isoformat(), offline=True))).json()["flags"]
        for moment in (frozen, free)
    ]

    assert told == [["card_frozen"], ["discount_mismatch"]]
    assert await shop.figures(card) == ("10.00", 1, "0.00")


async def test_receipt_from_before_the_freeze_of_the_same_day_counts(shop: Shop) -> None:
    card = await _make_card(shop)
    before = _now()
    await _freeze(shop, card, 0, 0)
    during = _now()
    await shop.act(card, "unfreeze")

    told = [
        (await shop.post(make_receipt(make_line(discount="1.00", net="9.00"), card=card.ref, closed_at=moment))).json()
        for moment in (before, during, _now())
    ]

    assert [answer["flags"] for answer in told] == [[], ["card_frozen", "discount_mismatch"], []]


async def test_frozen_card_pays_nothing_and_is_not_topped_up(shop: Shop) -> None:
    card = await shop.make_credit_card("50.00", valid_until=str(LAST))
    await _freeze(shop, card, 0, 1)

    paid = await shop.post(
        make_receipt(payments=[{"kind": "card", "amount": "10.00", "card": card.ref}], closed_at=_now())
    )
    topped_up = await shop.act(card, "top-up", amount="5.00", operation_uid="7c4f4b1e-6ea9-4a7c-9f0e-0d7a54c2f001")

    assert refusal(paid) == (422, "card_not_usable")
    assert refusal(topped_up) == (422, "card_not_usable")
    assert "frozen" in topped_up.json()["detail"]


async def test_lists_tell_frozen_cards_from_active_ones(shop: Shop) -> None:
    """PAP-17: cards are filtered by series and state."""
    frozen = await _make_card(shop)
    active = await shop.make_card(frozen.series)
    await _freeze(shop, frozen, 0, 1)

    listed = {
        status: (await shop.admin.get(f"/v1/cards?series={frozen.series}&status={status}")).json()["cards"]
        for status in ("frozen", "active")
    }

    assert {status: [(card["card_id"], card["status"]) for card in cards] for status, cards in listed.items()} == {
        "frozen": [(frozen.id, "frozen")],
        "active": [(active.id, "active")],
    }


async def test_same_freeze_again_changes_nothing(shop: Shop) -> None:
    card = await _make_card(shop)
    await _freeze(shop, card, 1, 2)

    again = await _freeze(shop, card, 1, 2)

    assert again["expires_on"] == str(LAST + timedelta(days=2))


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [(-1, 3, "from"), (3, 2, "until"), (0, 5_000_000, None)],
    ids=["past", "backwards", "beyond"],
)
async def test_days_that_cannot_be_frozen_are_named(shop: Shop, first: int, last: int, field: str | None) -> None:
    card = await _make_card(shop)
    until = str(_day(last)) if field else "9999-12-31"

    answer = await shop.act(card, "freeze", **{"from": str(_day(first)), "until": until})

    assert refusal(answer) == (422, "freeze_refused")
    assert answer.json()["errors"][0]["field"] == (field or "until")
    assert (await shop.look_up(card))["expires_on"] == str(LAST)


async def test_overlapping_freeze_is_refused(shop: Shop) -> None:
    card = await _make_card(shop)
    await _freeze(shop, card, 2, 6)

    answer = await shop.act(card, "freeze", **{"from": str(_day(5)), "until": str(_day(9))})

    assert refusal(answer) == (422, "freeze_refused")
    assert (await shop.look_up(card))["expires_on"] == str(LAST + timedelta(days=5))


async def test_card_without_a_last_day_is_not_frozen(shop: Shop) -> None:
    card = await _make_card(shop, valid_until=None)

    assert refusal(await shop.act(card, "freeze", **{"from": str(_day()), "until": str(_day(1))})) == (
        422,
        "freeze_refused",
    )
    assert refusal(await shop.act(card, "unfreeze")) == (422, "freeze_refused")


@pytest.mark.parametrize("act", ["block", "close"])
async def test_blocked_or_closed_card_is_not_frozen(shop: Shop, act: str) -> None:
    card = await _make_card(shop)
    await shop.act(card, act, reason="lost")

    answer = await shop.act(card, "freeze", **{"from": str(_day()), "until": str(_day(1))})

    assert refusal(answer) == (422, "transition_refused")


async def test_blocked_frozen_card_is_frozen_again_when_it_is_unblocked(shop: Shop) -> None:
    card = await _make_card(shop)
    await _freeze(shop, card, 0, 3)

    blocked = (await shop.act(card, "block", reason="lost")).json()
    unblocked = (await shop.act(card, "unblock", reason="found")).json()

    assert (blocked["status"], unblocked["status"]) == ("blocked", "frozen")
    rows = await shop.sql("select state from card_state_change where card_id = $1 order by since", card.id)
    assert [row["state"] for row in rows] == ["active", "frozen", "blocked", "frozen"]


async def test_freeze_and_unfreeze_are_logged_with_old_and_new_values(shop: Shop) -> None:
    card = await _make_card(shop)
    await _freeze(shop, card, 1, 2)
    await shop.act(card, "unfreeze")

    rows = await shop.sql(
        "select act, data->'old'->>'own_expires_on' as old, data->'new'->>'own_expires_on' as new from activity"
        " where card_id = $1 order by id",
        card.id,
    )

    later = str(LAST + timedelta(days=2))
    assert [(row["act"], row["old"], row["new"]) for row in rows] == [
        ("card.frozen", None, later),
        ("card.unfrozen", later, str(LAST)),
    ]
