"""Entries for many cards at once end as they would one by one: all of them or none, and the chains hold."""

from datetime import date
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.state import Service
from loyalty.accounts.model import PointsDay
from loyalty.accounts.repository import load_points_days
from loyalty.accounts.service import CardEntries, Entry, LedgerName, Source, enter, enter_many
from loyalty.cards.model import Card
from loyalty.cards.replacing import Replace, replace_card
from loyalty.errors import CardUnknownError, InsufficientFundsError
from tests.conftest import ACT
from tests.loyalty.receipts.posting import make_card, read_card
from tests.simulation.books import broken_rules

LEDGERS: list[LedgerName] = ["turnover", "money", "points"]
DAYS = [date(2026, 10, 5), date(2026, 11, 22), date.max]


def source() -> Source:
    return Source("adjust", uuid4(), ACT.at)


def any_entries(rng: Random) -> list[Entry]:
    return [
        Entry(rng.choice(LEDGERS), rng.choice([0, rng.randint(1, 900)]), rng.choice(DAYS), purchases=rng.choice([0, 1]))
        for _ in range(rng.randint(1, 6))
    ]


async def days_of(connection: AsyncConnection, card: Card) -> list[tuple[object, ...]]:
    query = text("select day, turnover, receipts from card_day where card_id = :card order by day")
    return [tuple(row) for row in await connection.execute(query, {"card": card.card_id})]


async def test_many_cards_at_once_end_as_they_do_one_by_one(service: Service, rng: Random, database_url: str) -> None:
    run, wanted = service.database.run, [any_entries(rng) for _ in range(12)]
    apart, together = [await make_card(service) for _ in wanted], [await make_card(service) for _ in wanted]

    for card, entries in zip(apart, wanted, strict=True):
        await run(enter, card.card_id, entries, source="adjust", source_uid=uuid4(), now=ACT.at)
    shuffled = [CardEntries(card.card_id, entries) for card, entries in zip(together, wanted, strict=True)]
    rng.shuffle(shuffled)
    await run(enter_many, shuffled, source=source())

    for one, other in zip(apart, together, strict=True):
        first, second = await read_card(service, one), await read_card(service, other)
        assert (first.turnover, first.balance, first.points) == (second.turnover, second.balance, second.points)
        assert (first.purchases, first.version) == (second.purchases, second.version)
        assert await run(days_of, one) == await run(days_of, other)
    assert await broken_rules(database_url) == []


async def test_refusal_of_one_card_enters_nothing_on_any(service: Service) -> None:
    rich, poor = await make_card(service, balance=500), await make_card(service, balance=100)
    wanted = [CardEntries(card.card_id, [Entry("money", -200, ACT.at.date())]) for card in (rich, poor)]

    with pytest.raises(InsufficientFundsError):
        await service.database.run(enter_many, wanted, source=source())
    with pytest.raises(CardUnknownError):
        await service.database.run(enter_many, [*wanted[:1], CardEntries(10**15, ())], source=source())
    assert [(await read_card(service, card)).balance for card in (rich, poor)] == [500, 100]

    await service.database.run(enter_many, wanted, source=source(), may_owe=True)
    assert [(await read_card(service, card)).balance for card in (rich, poor)] == [300, -100]
    assert (await read_card(service, poor)).overdraft == 100


async def test_entries_for_a_replaced_card_join_those_of_its_successor(service: Service, database_url: str) -> None:
    old, new = await make_card(service), await make_card(service)
    await service.database.run(replace_card, Replace(old.card_id, new.number, uuid4()), act=ACT)
    day = ACT.at.date()
    wanted = [
        CardEntries(old.card_id, [Entry("points", 5, day, corrects=1)], [PointsDay(day, 5, 0)]),
        CardEntries(new.card_id, [Entry("points", 7, day)], [PointsDay(day, 7, 0), PointsDay(None, 1, 1)]),
    ]

    await service.database.run(enter_many, wanted, source=source())

    now = await read_card(service, new)
    assert (now.points, now.version) == (12, 2)
    assert (await read_card(service, old)).version == 0
    days = (await service.database.run(load_points_days, [new.card_id]))[new.card_id]
    assert set(days) == {PointsDay(day, 12, 0), PointsDay(None, 1, 1)}
    assert await broken_rules(database_url) == []
