"""What the state of a card means to a receipt, to a calculation and to a lookup, as of the moment that counts."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.rest.shop import Shop, ShopCard, make_line, make_receipt, new_uid, paid_by, refusal


def _moment(**away: int) -> str:
    return (datetime.now(UTC) + timedelta(**away)).isoformat()


async def _make_blocked(shop: Shop) -> ShopCard:
    card = await shop.make_credit_card("100.00", discount_percent="10")
    assert (await shop.act(card, "block", reason="stolen")).status_code == 200
    return card


async def _make_closed(shop: Shop) -> ShopCard:
    card = await shop.make_credit_card("100.00", discount_percent="10")
    assert (await shop.act(card, "close")).status_code == 200
    return card


async def _make_expired(shop: Shop) -> ShopCard:
    card = await shop.make_credit_card("100.00", discount_percent="10")
    answer = await shop.admin.patch(f"/v1/cards/{card.id}", json={"expires_on": "2020-01-31"})
    assert answer.status_code == 200
    return card


UNUSABLE = pytest.mark.parametrize(
    ("make", "state"), [(_make_blocked, "blocked"), (_make_closed, "closed"), (_make_expired, "expired")]
)


@UNUSABLE
async def test_lookup_says_why_a_card_may_not_be_used(shop: Shop, make: object, state: str) -> None:
    """PAP-19: a blocked card is refused with a reason."""
    card = await make(shop)  # type: ignore[operator] # one of the makers above

    found = await shop.look_up(card)

    assert (found["status"], found["usable"], found["refusal"]) == (state, False, state)


@UNUSABLE
async def test_calculation_goes_without_an_unusable_card(shop: Shop, make: object, state: str) -> None:
    card = await make(shop)  # type: ignore[operator] # one of the makers above

    priced = await shop.calculate(make_line(), card=card, at=_moment())

    assert priced["card"] == {"masked": f"··· {card.number[-4:]}", "applied": False, "refusal": state}
    assert (priced["discount"], priced["total"]) == ("0.00", "10.00")


@UNUSABLE
async def test_receipt_of_an_unusable_card_is_kept_and_flagged(shop: Shop, make: object, state: str) -> None:
    card = await make(shop)  # type: ignore[operator] # one of the makers above

    answer = await shop.post(make_receipt(card=card.ref, closed_at=_moment()))

    assert (answer.status_code, answer.json()["flags"]) == (201, [f"card_{state}"])
    assert await shop.figures(card) == ("0.00", 0, "100.00")


@UNUSABLE
async def test_unusable_card_pays_nothing(shop: Shop, make: object, state: str) -> None:
    card = await make(shop)  # type: ignore[operator] # one of the makers above
    receipt = make_receipt(payments=paid_by(card, "10.00"), closed_at=_moment())

    assert refusal(await shop.post(receipt)) == (422, "card_not_usable")
    offline = await shop.post(receipt | {"offline": True})

    assert (offline.status_code, offline.json()["flags"]) == (201, [f"card_{state}"])
    assert (await shop.look_up(card))["balance"] == "90.00"


async def _make_replaced(shop: Shop) -> ShopCard:
    card = await shop.make_credit_card("100.00")
    successor = await shop.make_card(card.series)
    answer = await shop.act(card, "replace", by=successor.ref, operation_uid=new_uid())
    assert answer.status_code == 201
    return card


@pytest.mark.parametrize("make", [_make_blocked, _make_closed, _make_replaced])
async def test_card_out_of_use_moves_no_money_however_early_the_receipt_was_closed(shop: Shop, make: object) -> None:
    card = await make(shop)  # type: ignore[operator] # one of the makers above
    earlier = _moment(hours=-1)
    payment = make_receipt(payments=paid_by(card, "10.00"), closed_at=earlier)
    top_up = make_receipt(make_line(top_up=True), card=card.ref, closed_at=earlier)

    assert refusal(await shop.post(payment)) == (422, "card_not_usable")
    assert refusal(await shop.post(top_up)) == (422, "card_not_usable")

    late = await shop.post(payment | {"offline": True})
    assert (late.status_code, late.json()["flags"]) == (201, [])


async def test_what_was_done_in_the_second_of_the_closing_was_done_before_it(shop: Shop) -> None:
    card = await shop.make_card(activation="manual", discount_percent="10")
    await shop.act(card, "activate")
    second = await shop.sql("select date_trunc('second', state_since) as at from card where card_id = $1", card.id)
    closed_at = second[0]["at"].isoformat()

    answer = await shop.post(make_receipt(make_line(discount="1.00", net="9.00"), card=card.ref, closed_at=closed_at))

    assert answer.json()["flags"] == []


async def test_receipt_from_before_the_block_counts(shop: Shop) -> None:
    card = await _make_blocked(shop)

    before = await shop.post(
        make_receipt(make_line(discount="1.00", net="9.00"), card=card.ref, closed_at=_moment(hours=-1))
    )
    after = await shop.post(make_receipt(card=card.ref, closed_at=_moment()))

    assert (before.json()["flags"], after.json()["flags"]) == ([], ["card_blocked"])
    assert await shop.figures(card) == ("9.00", 1, "100.00")


async def test_receipt_from_the_time_of_the_block_is_flagged_after_it_ended(shop: Shop) -> None:
    card = await _make_blocked(shop)
    during = _moment()
    await shop.act(card, "unblock", reason="found")

    answer = await shop.post(make_receipt(card=card.ref, closed_at=during))

    assert answer.json()["flags"] == ["card_blocked"]
    assert (await shop.look_up(card))["usable"] is True


async def test_receipt_from_before_the_card_was_made_counts(shop: Shop) -> None:
    card = await shop.make_card()

    answer = await shop.post(
        make_receipt(card=card.ref, closed_at="2010-12-01T08:26:00+00:00", business_date="2010-12-01")
    )

    assert answer.json()["flags"] == []
    assert await shop.figures(card) == ("10.00", 1, "0.00")


async def test_card_that_waits_for_activation_gives_no_turnover(shop: Shop) -> None:
    card = await shop.make_card(activation="manual", discount_percent="10")
    waiting = await shop.post(make_receipt(card=card.ref, closed_at=_moment()))
    found = await shop.look_up(card)
    await shop.act(card, "activate")

    active = await shop.post(
        make_receipt(make_line(discount="1.00", net="9.00"), card=card.ref, closed_at=_moment(seconds=1))
    )

    assert (found["status"], found["refusal"], waiting.json()["flags"]) == ("issued", "not_activated", ["card_issued"])
    assert active.json()["flags"] == []


async def test_first_use_activates_and_starts_the_term(shop: Shop) -> None:
    card = await shop.make_card(activation="first_use", term="P1M")
    fresh = await shop.look_up(card)

    await shop.sell(card=card.ref, business_date="2026-11-22")

    used = await shop.look_up(card)
    assert (fresh["status"], fresh["usable"], fresh["expires_on"]) == ("issued", True, None)
    assert (used["status"], used["expires_on"]) == ("active", "2026-12-21")


async def test_first_use_on_the_last_day_of_the_calendar_hurts_nobody(shop: Shop) -> None:
    card = await shop.make_card(activation="first_use", term="P999Y")

    answer = await shop.post(make_receipt(card=card.ref, business_date="9999-12-31"))

    assert answer.status_code == 201
    assert (await shop.look_up(card))["expires_on"] == "9999-12-30"


async def test_late_receipt_never_unblocks_a_card(shop: Shop) -> None:
    card = await shop.make_card(activation="first_use", term="P1M")
    await shop.act(card, "block", reason="stolen")

    await shop.sell(card=card.ref, closed_at=_moment(hours=-1), offline=True)

    found = await shop.look_up(card)
    assert (found["status"], found["turnover"]) == ("blocked", "10.00")


async def test_block_and_unblock_are_logged_with_who_and_when(shop: Shop) -> None:
    """PAP-19: block and unblock are logged with user and time."""
    card = await _make_blocked(shop)
    await shop.act(card, "unblock", reason="found")

    rows = await shop.sql(
        "select act, actor, at, data->>'reason' as reason from activity where card_id = $1 order by id", card.id
    )

    acts = [(row["act"], row["reason"]) for row in rows if row["act"] in {"card.blocked", "card.active"}]
    assert acts == [("card.blocked", "stolen"), ("card.active", "found")]
    assert {row["actor"].split(":")[0] for row in rows} == {"token"}
    assert all(abs((datetime.now(UTC) - row["at"]).total_seconds()) < 60 for row in rows)
