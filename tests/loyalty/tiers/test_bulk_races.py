"""What is done to all cards of a series goes on beside their receipts: none is lost, none is refused."""

import asyncio
from datetime import date
from random import Random
from typing import Any  # JSON bodies are free in their values
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.jobs.working import do_queued_jobs
from database.jobs import find_job
from loyalty.accounts.points import expire_points
from loyalty.accounts.repository import list_cards_with_due_points
from loyalty.accounts.verify import verify_ledgers
from loyalty.cards.model import SeriesSettings
from loyalty.cards.rules import BonusEntry, BonusTable, SeriesRules, TurnoverEntry, TurnoverTable
from loyalty.cards.series import put_series
from loyalty.cards.series_rules import put_rules
from loyalty.cards.service import make_cards_with_numbers
from loyalty.money import ONE_UNIT
from loyalty.pricing.points import PointsRules
from loyalty.tiers import bonuses, runs
from loyalty.tiers.runs import ask_for_run
from tests.conftest import ACT
from tests.factories import make_line, make_receipt
from tests.loyalty.receipts.posting import try_post
from tests.services import Two, services

__all__ = ["services"]

P = 10_000
CARDS = 40
WRITERS = 6
SERIES = "ALL"
STEPS = (TurnoverEntry(0, 30_00, change="set", value=P), TurnoverEntry(30_00, change="set", value=2 * P))
RULES = SeriesRules(
    turnover=TurnoverTable("month", at_posting=True, entries=STEPS),
    bonus=BonusTable("month", (BonusEntry(0, None, amount=100_00),)),
)


async def make_many(services: Two) -> list[str]:
    """Make cards that earn a point for each unit of money, are re-rated as they buy, and get a bonus for the month."""
    run = services[0].database.run
    settings = SeriesSettings(SERIES, "bonus", points=PointsRules(per_money=ONE_UNIT))
    await run(put_series, SERIES, settings, act=ACT)
    numbers = [f"{SERIES}-{number}" for number in range(CARDS)]
    await run(make_cards_with_numbers, SERIES, numbers=numbers, act=ACT)
    await run(put_rules, SERIES, RULES, act=ACT)
    return numbers


async def sell_to_all(services: Two, numbers: list[str], rng: Random) -> list[str]:
    """Sell to every card as many times as there are writers, each in an order of its own."""

    async def write(writer: int) -> list[str]:
        orders: list[dict[str, Any]] = [{"number": number} for number in rng.sample(numbers, len(numbers))]
        receipts = [make_receipt(make_line(price="10.00"), card=card) for card in orders]
        return [await try_post(services[writer % 2], receipt) for receipt in receipts]

    told = await asyncio.gather(*[write(writer) for writer in range(WRITERS)])
    return [answer for answers in told for answer in answers]


async def figures(services: Two) -> set[tuple[int, ...]]:
    async def read(connection: AsyncConnection) -> set[tuple[int, ...]]:
        rows = await connection.execute(text("select turnover, purchases, points, own_percent from card"))
        return {tuple(row) for row in rows}

    return await services[0].database.run(read)


async def test_runs_beside_receipts_of_their_cards_lose_and_refuse_none(
    services: Two, rng: Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PAP-25: the tables of percents and of bonuses, portion by portion, while every card of the series buys."""
    monkeypatch.setattr(bonuses, "CARDS_PER_PORTION", 20)
    monkeypatch.setattr(runs, "CARDS_PER_PORTION", 20)
    numbers, run = await make_many(services), services[0].database.run
    job_ids = [await run(ask_for_run, SERIES, period=month, preview=False, act=ACT) for month in ("2026-09", "2026-10")]

    working = [do_queued_jobs(one, is_stopped=lambda: False) for one in services]
    told, *_ = await asyncio.gather(sell_to_all(services, numbers, rng), *working)

    assert told == ["new"] * CARDS * WRITERS
    jobs = [await run(find_job, job_id) for job_id in job_ids]
    assert [job.state for job in jobs if job is not None] == ["done", "done"]
    bought, bonus = WRITERS * 10, 2 * 100
    assert {found[:3] for found in await figures(services)} == {(bought * 100, WRITERS, bought + bonus)}
    assert (await run(verify_ledgers)).differences == []


async def test_points_expire_beside_receipts_of_their_cards(services: Two, rng: Random) -> None:
    """PAP-22."""
    numbers, run = await make_many(services), services[0].database.run
    await sell_to_all(services, numbers, rng)
    await run(lambda connection: connection.execute(text("update points_term set day = '2026-11-01', settled = false")))
    due = await run(list_cards_with_due_points, before=date(2026, 11, 22), limit=1_000)

    async def expire(card_ids: list[int]) -> dict[int, int]:
        return await run(expire_points, card_ids, today=date(2026, 11, 22), uid=uuid4(), act=ACT)

    portions = [expire(due[start : start + 10]) for start in range(0, CARDS, 10)]
    told, expired = await asyncio.gather(sell_to_all(services, numbers, rng), asyncio.gather(*portions))

    assert told == ["new"] * CARDS * WRITERS
    assert {card_id: amount for one in expired for card_id, amount in one.items()} == dict.fromkeys(due, -WRITERS * 10)
    assert {found[:3] for found in await figures(services)} == {(WRITERS * 20_00, 2 * WRITERS, WRITERS * 10)}
    assert (await run(verify_ledgers)).differences == []
