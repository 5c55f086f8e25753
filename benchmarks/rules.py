"""Thresholds over all cards: the service's run of a table against SQL written by hand; and a table at posting.

Key idea: every way re-rates the same cards of the same table by the same turnovers, of which about one in six changes,
and must end in the same percents. `keeping` also keeps what each changed card had, as the run does: its result is the
same to the row, in one statement and one transaction. `bare` is the least, one UPDATE of the percents. What a run does
besides is what it costs: portions that keep no receipt waiting, their progress, locks in order, counts of tiers.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import asyncpg

from api.jobs.working import do_queued_jobs
from api.logs import configure_logging
from api.settings import load_settings
from api.state import running_service
from benchmarks.bodies import PERCENT
from database.activity import Act
from database.engine import Database
from database.jobs import find_job
from loyalty.cards.rules import SeriesRules, TurnoverEntry, TurnoverTable
from loyalty.cards.series_rules import put_rules
from loyalty.tiers.runs import ask_for_run

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
_SERIES_ID = f"(select id from series where code = '{SERIES}')"
_SPREAD = f"""
    update card set turnover = (card_id * 7919) % 300000, own_percent = null
    where series_id = {_SERIES_ID} and (own_percent is not null or turnover <> (card_id * 7919) % 300000)
"""
_BRANCHES = " ".join(f"when turnover >= {step.since} then {step.value}" for step in reversed(STEPS))
_PERCENT = f"case {_BRANCHES} else own_percent end"
_CHANGES = f"series_id = {_SERIES_ID} and own_percent is distinct from {_PERCENT}"
BY_HAND = {
    "keeping": f"""
        with decided as materialized (
            select card_id, series_id, own_percent, own_expires_on, {_PERCENT} as percent from card where {_CHANGES}
        ), past as (
            insert into card_setting_past (card_id, until, series_id, own_percent, own_expires_on, cause)
            select card_id, now(), series_id, own_percent, own_expires_on, 'by hand' from decided
        )
        update card c set own_percent = d.percent from decided d where c.card_id = d.card_id
    """,
    "bare": f"update card set own_percent = {_PERCENT} where {_CHANGES}",
}
"""The ways by hand, each one statement."""

Tiers = dict[int | None, int]
"""How many cards have which percent of their own."""


def spread_turnovers(dsn: str) -> None:
    """Give all cards turnovers that are spread over the table, and no percent of their own."""
    asyncio.run(asyncio.wait_for(_execute(dsn, _SPREAD, "vacuum analyze card", "checkpoint"), RUN_SECONDS))


async def _execute(dsn: str, *statements: str) -> float:
    connection = await asyncpg.connect(dsn)
    try:
        begin = time.perf_counter()
        for statement in statements:
            await connection.execute(statement)
        return time.perf_counter() - begin
    finally:
        await connection.close()


def count_tiers(dsn: str) -> Tiers:
    """Count the cards by their own percent: what each way must leave alike."""
    return asyncio.run(asyncio.wait_for(_count_tiers(dsn), RUN_SECONDS))


async def _count_tiers(dsn: str) -> Tiers:
    connection = await asyncpg.connect(dsn)
    try:
        query = f"select own_percent, count(*) as cards from card where series_id = {_SERIES_ID} group by 1"
        return {row["own_percent"]: row["cards"] for row in await connection.fetch(query)}
    finally:
        await connection.close()


def rate_by_hand(dsn: str, way: Literal["keeping", "bare"]) -> float:
    """Re-rate the cards in one statement; give the seconds."""
    return asyncio.run(asyncio.wait_for(_execute(dsn, BY_HAND[way]), RUN_SECONDS))


def rate_by_run(dsn: str, number: int) -> float:
    """Re-rate the cards by a job that runs the table for a day of its own; give the seconds of the whole job."""
    return asyncio.run(asyncio.wait_for(_rate_by_run(dsn, number), RUN_SECONDS))


async def _rate_by_run(dsn: str, number: int) -> float:
    configure_logging("warning")
    act, day = Act("benchmark", datetime.now(UTC)), date(2020, 1, 1) + timedelta(days=number)
    async with running_service(load_settings({}), dsn) as service:
        await service.database.run(put_rules, SERIES, SeriesRules(turnover=LIFETIME), act=act)
        job_id = await service.database.run(ask_for_run, SERIES, period=day.isoformat(), preview=False, act=act)
        begin = time.perf_counter()
        await do_queued_jobs(service, is_stopped=lambda: False)
        seconds = time.perf_counter() - begin
        job = await service.database.run(find_job, job_id)
    assert job is not None, "it was just put there"
    assert job.state == "done", job.error
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
