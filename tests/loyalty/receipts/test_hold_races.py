"""Holds, captures, releases and payments that meet on one card in the same moment, in two processes."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from random import Random
from typing import Any  # JSON bodies are free in their values
from uuid import UUID, uuid4

import pytest

from api.state import Service, read_clock
from database.activity import Act
from loyalty.accounts.holds import AskedHold, place_hold, release_hold
from loyalty.accounts.verify import verify_ledgers
from loyalty.cards.model import Card
from loyalty.cards.repository import change_card
from loyalty.errors import LimitExceededError, LoyaltyError
from tests.factories import make_line, make_receipt
from tests.loyalty.receipts.posting import make_card, pay, read_card, try_post
from tests.simulation.books import broken_rules

Two = tuple[Service, Service]
LIFETIME = timedelta(minutes=15)


@pytest.fixture(autouse=True)
async def _agreeing_books(database_url: str, services: Two) -> object:
    yield services
    assert await broken_rules(database_url) == []
    assert (await services[0].database.run(verify_ledgers)).differences == []


def _act() -> Act:
    return Act("test", read_clock())


def _sale(card: Card, amount: str) -> dict[str, Any]:
    return make_receipt(make_line(price=amount), payments=[pay(card, amount)])


async def _hold(service: Service, card: Card, sale: dict[str, Any], amount: int) -> UUID | None:
    """Hold money for a sale; None where it is refused."""
    asked = AskedHold(uuid4(), card.number, amount, UUID(sale["receipt_uid"]), None, None)
    try:
        await service.database.run(place_hold, asked, lifetime=LIFETIME, act=_act())
    except LimitExceededError:
        return None
    return asked.uid


async def _hold_and_capture(service: Service, card: Card, *, amount: str) -> str:
    sale = _sale(card, amount)
    hold_uid = await _hold(service, card, sale, 700)
    if hold_uid is None:
        return "limit_exceeded"
    sale["payments"][0]["hold_uid"] = str(hold_uid)
    return await try_post(service, sale)


async def _hold_and_release(service: Service, card: Card) -> str:
    hold_uid = await _hold(service, card, _sale(card, "7.00"), 700)
    if hold_uid is not None:
        await service.database.run(release_hold, hold_uid, only_for=None, act=_act())
    return "released"


async def test_64_writers_hold_capture_and_pay_exactly_what_is_there(services: Two) -> None:
    """PAP-21: the balance never goes below the allowed limit under parallel payments."""
    card = await make_card(services[0], balance=10_000, credit_limit=500)
    acts: list[Awaitable[str]] = []
    for turn in range(64):
        service = services[turn % 2]
        is_held = turn % 4 < 2
        acts.append(
            _hold_and_capture(service, card, amount="7.00") if is_held else try_post(service, _sale(card, "7.00"))
        )

    told = await asyncio.gather(*acts)

    assert (told.count("new"), told.count("limit_exceeded")) == (15, 49)
    now = await read_card(services[0], card)
    assert (now.balance, now.held) == (10_000 - 15 * 700, 0)


async def test_64_writers_of_all_kinds_leave_what_was_not_paid(services: Two, rng: Random) -> None:
    card = await make_card(services[0], balance=20_000, credit_limit=500)

    def think(service: Service) -> Awaitable[str]:
        kind = rng.randrange(4)
        if kind == 0:
            return _hold_and_capture(service, card, amount="7.00")
        if kind == 1:
            return _hold_and_capture(service, card, amount="5.00")
        return _hold_and_release(service, card) if kind == 2 else try_post(service, _sale(card, "7.00"))

    told = await asyncio.gather(*[think(services[turn % 2]) for turn in range(64)])

    assert set(told) <= {"new", "limit_exceeded", "released"}
    now = await read_card(services[0], card)
    assert now.held == 0
    assert -500 <= now.balance < 20_000
    rest = now.balance + 500
    assert await try_post(services[0], _sale(card, f"{rest // 100}.{rest % 100:02}")) == "new"
    assert (await read_card(services[0], card)).balance == -500


async def test_capture_and_release_at_once_end_with_one_of_them(services: Two) -> None:
    card = await make_card(services[0], balance=10_000, credit_limit=500)
    for _ in range(10):
        sale = _sale(card, "7.00")
        hold_uid = await _hold(services[0], card, sale, 700)
        assert hold_uid is not None
        sale["payments"][0]["hold_uid"] = str(hold_uid)

        told = await asyncio.gather(try_post(services[1], sale), _try_release(services[0], hold_uid))

        assert told[0] == "new"
        assert told[1] in {"released", "hold_captured"}
    now = await read_card(services[0], card)
    assert (now.balance, now.held) == (10_000 - 7_000, 0)


async def _try_release(service: Service, hold_uid: UUID) -> str:
    try:
        await service.database.run(release_hold, hold_uid, only_for=None, act=_act())
    except LoyaltyError as refused:
        return refused.code
    return "released"


async def test_cards_of_one_account_never_stop_each_other(services: Two, rng: Random) -> None:
    main = await make_card(services[0], balance=1_000_000)
    children = [await make_card(services[0], kind="credit") for _ in range(4)]
    for child in children:
        await services[0].database.run(change_card, child.card_id, {"account_id": main.card_id})
    payers = [main, *children]

    told = await asyncio.gather(
        *[try_post(services[turn % 2], _sale(rng.choice(payers), "3.00")) for turn in range(100)]
    )

    assert set(told) == {"new"}
    assert (await read_card(services[0], main)).balance == 1_000_000 - 100 * 300
