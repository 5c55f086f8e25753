"""Scores by SQL against the rule in Python: fifths of all who bought within a year, equals in one class."""

import random
from datetime import date, timedelta
from typing import Any  # rows are free in their values

import pytest
from msgspec import structs
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.state import Service
from crm.scores.model import CLASSES, DAYS, Cell
from crm.scores.repository import score_all
from crm.scores.service import KIND, ask_for_scoring, load_scores, schedule_scoring
from crm.scores.tables import party_score
from loyalty.accounts.tables import card_day
from loyalty.cards.tables import card
from tests.conftest import ACT
from tests.factories import make_person
from tests.loyalty.receipts.posting import make_card

TODAY = date(2026, 11, 22)


def class_of(worse: int, parties: int) -> int:
    """Give the class of a party than which so many are worse, of so many, as the SQL of scoring must."""
    return CLASSES.start + len(CLASSES) * worse // parties


@pytest.mark.parametrize(
    ("worse", "parties", "expected"), [(0, 1, 1), (0, 5, 1), (4, 5, 5), (99, 100, 5), (50, 100, 3)]
)
def test_class_is_told_by_how_many_are_worse(worse: int, parties: int, expected: int) -> None:
    assert class_of(worse, parties) == expected
    assert class_of(parties - 1, parties) in CLASSES


async def buy(service: Service, rng: random.Random) -> list[dict[str, Any]]:
    """Let forty parties buy at random within two years, with one card of theirs replaced; gives cards and days."""
    days: list[dict[str, Any]] = []
    for number in range(40):
        party_id = await make_person(service.database, f"Anna {number}")
        made = await make_card(service)
        state = "replaced" if number == 7 else "active"
        held = update(card).where(card.c.card_id == made.card_id).values(holder_id=party_id, state=state)
        await service.database.run(AsyncConnection.execute, held)
        for ago in rng.sample(range(2 * DAYS), rng.randrange(4)):
            sums = {"turnover": rng.randrange(-9, 99), "receipts": rng.randrange(3)}
            days.append({"card_id": made.card_id, "day": TODAY - timedelta(days=ago), **sums})
    await service.database.run(AsyncConnection.execute, insert(card_day), days)
    return days


async def expected(connection: AsyncConnection, days: list[dict[str, Any]]) -> set[tuple[int, int, int, int]]:
    """Score by the rule in Python."""
    held = select(card.c.card_id, card.c.holder_id).where(card.c.state != "replaced")
    holders = {row.card_id: row.holder_id for row in await connection.execute(held)}
    bought: dict[int, list[dict[str, Any]]] = {}
    for one in days:
        if one["card_id"] in holders and TODAY - timedelta(days=DAYS) < one["day"] <= TODAY:
            bought.setdefault(holders[one["card_id"]], []).append(one)
    figures = {
        party_id: (
            max(one["day"] for one in mine if one["receipts"]),
            sum(one["receipts"] for one in mine),
            sum(one["turnover"] for one in mine),
        )
        for party_id, mine in bought.items()
        if sum(one["receipts"] for one in mine)
    }

    def place(party_id: int, part: int) -> int:
        worse = sum(other[part] < figures[party_id][part] for other in figures.values())
        return class_of(worse, len(figures))

    return {(party_id, place(party_id, 0), place(party_id, 1), place(party_id, 2)) for party_id in figures}


async def test_parties_are_scored_as_the_rule_says(service: Service, rng: random.Random) -> None:
    """BG-30: classes are kept up to date from card data, and who bought nothing for a year falls out."""
    days = await buy(service, rng)
    run = service.database.run
    columns = [party_score.c[name] for name in ("party_id", "recency", "frequency", "monetary")]
    await run(score_all, today=TODAY - timedelta(days=300))
    scored = await run(score_all, today=TODAY)

    kept = {tuple(row) for row in await run(AsyncConnection.execute, select(*columns))}
    assert kept == await run(expected, days)
    assert scored == len(kept) > 0


async def test_classes_are_counted_without_archived_parties(service: Service, rng: random.Random) -> None:
    await buy(service, rng)
    run = service.database.run
    scored = await run(score_all, today=TODAY)
    gone = text("update party set archived_at = now() where id = (select min(party_id) from party_score)")
    await run(AsyncConnection.execute, gone)

    scores = await run(load_scores)
    assert (sum(one.parties for one in scores.cells), scores.scored_on) == (scored - 1, TODAY)
    assert structs.replace(scores, cells=()).cell(5, 5) == Cell(5, 5, 0, 0)


async def test_day_is_scored_once_and_a_waiting_job_is_not_asked_for_again(service: Service) -> None:
    run = service.database.run
    first = await run(schedule_scoring, today=TODAY, act=ACT)
    again = await run(schedule_scoring, today=TODAY, act=ACT)

    assert (first is not None, again) == (True, None)
    assert await run(ask_for_scoring, act=ACT) == first
    assert KIND == "parties.score"
