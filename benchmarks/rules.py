"""Thresholds over all cards: the service's run of a table against one UPDATE written by hand; and a table at posting.

Key idea: both re-rate the same turnovers by the same ranges, of which about one card in six changes. What the run does
besides is what it costs: it locks in order, keeps what every changed card had, counts tiers, and is remembered.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import asyncpg

from benchmarks.bodies import PERCENT
from database.activity import Act
from database.engine import Database
from loyalty.cards.rules import SeriesRules, TurnoverEntry, TurnoverTable
from loyalty.cards.series_rules import put_rules
from loyalty.tiers.runs import run_turnover

RUN_SECONDS = 600
SERIES = "BENCH"
STEPS = (
    TurnoverEntry(250_000, 270_000, change="set", value=PERCENT + 10_000),
    TurnoverEntry(270_000, 290_000, change="set", value=PERCENT + 20_000),
    TurnoverEntry(290_000, None, change="set", value=PERCENT + 30_000),
)
"""Turnovers are spread over 0 to 300,000, so that one card in six has one of these."""
LIFETIME = TurnoverTable("lifetime", entries=STEPS)
AT_POSTING = TurnoverTable(
    "month", at_posting=True, entries=(TurnoverEntry(0, 250_000, change="set", value=PERCENT), *STEPS)
)
_SPREAD = "update {schema}.card set turnover = (card_id * 7919) % 300000, own_percent = null"


def spread_turnovers(dsn: str) -> None:
    """Give all cards, the service's and the comparator's, the same turnovers and no percent of their own."""
    asyncio.run(asyncio.wait_for(_execute(dsn, *_spreading()), RUN_SECONDS))


def _spreading() -> Iterator[str]:
    for schema in ("public", "hand"):
        yield _SPREAD.format(schema=schema)
        yield f"vacuum analyze {schema}.card"


async def _execute(dsn: str, *statements: str) -> float:
    connection = await asyncpg.connect(dsn)
    try:
        begin = time.perf_counter()
        for statement in statements:
            await connection.execute(statement)
        return time.perf_counter() - begin
    finally:
        await connection.close()


def rate_by_hand(dsn: str) -> float:
    """Re-rate the comparator's cards in one statement; give the seconds."""
    case = "case when turnover >= 290000 then {2} when turnover >= 270000 then {1} when turnover >= 250000 then {0} end"
    percent = case.format(*(step.value for step in STEPS))
    statement = f"update hand.card set own_percent = {percent} where own_percent is distinct from {percent}"
    return asyncio.run(asyncio.wait_for(_execute(dsn, statement), RUN_SECONDS))


def rate_by_run(dsn: str, number: int) -> float:
    """Re-rate the service's cards by a run of a day of its own; give the seconds."""
    return asyncio.run(asyncio.wait_for(_rate_by_run(dsn, number), RUN_SECONDS))


async def _rate_by_run(dsn: str, number: int) -> float:
    act, database = Act("benchmark", datetime.now(UTC)), Database(dsn)
    try:
        await database.run(put_rules, SERIES, SeriesRules(turnover=LIFETIME), act=act)
        day = (date(2020, 1, 1) + timedelta(days=number)).isoformat()
        begin = time.perf_counter()
        run = None
        while run is None or run.goes_on_at is not None:
            run = await database.run(run_turnover, SERIES, day, preview=False, act=act, so_far=run)
        seconds = time.perf_counter() - begin
    finally:
        await database.close()
    assert run.changed, "the turnovers were spread over the table"
    return seconds


@contextmanager
def rated_at_posting(dsn: str) -> Iterator[None]:
    """Let every receipt re-rate its card for as long as the context lasts."""
    asyncio.run(_put(dsn, SeriesRules(turnover=AT_POSTING)))
    try:
        yield
    finally:
        asyncio.run(_put(dsn, SeriesRules()))


async def _put(dsn: str, rules: SeriesRules) -> None:
    database = Database(dsn)
    try:
        await database.run(put_rules, SERIES, rules, act=Act("benchmark", datetime.now(UTC)))
    finally:
        await database.close()
