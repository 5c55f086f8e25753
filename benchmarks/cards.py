"""Cards by the million: the service's job against the same numbers made in Python and copied into the same tables.

Key idea: both make as many numbers of the same shape as quickly as they can be made, in the same tables with all their
constraints, so that the ratio is what a resumable job costs: portions with their progress, numbers that exist passed
over, and the journal.
"""

import asyncio
import time
from datetime import UTC, datetime
from io import BytesIO

import asyncpg

from api.jobs.working import do_queued_jobs
from api.logs import configure_logging
from api.settings import load_settings
from api.state import running_service
from database.activity import Act
from database.engine import Database
from database.jobs import find_job
from loyalty.cards.generation import ask_for_cards
from loyalty.cards.model import SeriesSettings
from loyalty.cards.series import put_series
from loyalty.numbering import read_template

RUN_SECONDS = 600
AT_A_TIME = 50_000
TEMPLATES = {"MANY": "991%09^", "HAND": "992%09^"}
"""The series made by the job, and the one made by hand."""


def make_by_job(dsn: str, count: int) -> float:
    """Make cards as a worker does; give the seconds of the whole job."""
    return asyncio.run(asyncio.wait_for(_make_by_job(dsn, count), RUN_SECONDS))


async def _make_by_job(dsn: str, count: int) -> float:
    configure_logging("warning")
    act = Act("benchmark", datetime.now(UTC))
    async with running_service(load_settings({}), dsn) as service:
        await service.database.run(put_series, "MANY", _settings("MANY"), act=act)
        job_id = await service.database.run(ask_for_cards, "MANY", count=count, act=act)
        begin = time.perf_counter()
        await do_queued_jobs(service, is_stopped=lambda: False)
        seconds = time.perf_counter() - begin
        job = await service.database.run(find_job, job_id)
    assert job is not None, "it was just put there"
    assert (job.state, job.done) == ("done", count), job.error
    return seconds


def _settings(code: str) -> SeriesSettings:
    return SeriesSettings(name=code, kind="discount", number_template=TEMPLATES[code])


def make_by_copy(dsn: str, count: int) -> float:
    """Make cards in Python and copy them in, in one transaction; give the seconds."""
    return asyncio.run(asyncio.wait_for(_make_by_copy(dsn, count), RUN_SECONDS))


async def _make_by_copy(dsn: str, count: int) -> float:
    template, database = read_template(TEMPLATES["HAND"]), Database(dsn)
    try:
        act = Act("benchmark", datetime.now(UTC))
        series, _ = await database.run(put_series, "HAND", _settings("HAND"), act=act)
    finally:
        await database.close()
    connection = await asyncpg.connect(dsn)
    try:
        made = await connection.fetchval("select count(*) from card where series_id = $1", series.id)
        begin = time.perf_counter()
        async with connection.transaction():
            last_id = await connection.fetchval(_TAKE_IDS, count)
            for start in range(made, made + count, AT_A_TIME):
                numbers = template.numbers(range(start + 1, min(start + AT_A_TIME, made + count) + 1))
                await _copy(connection, numbers, series.id, first_id=last_id - count + 1 + start - made)
        return time.perf_counter() - begin
    finally:
        await connection.close()


_TAKE_IDS = "select setval('card_id_seq', (select last_value from card_id_seq) + $1::bigint)"


async def _copy(connection: asyncpg.Connection, numbers: list[str], series_id: int, *, first_id: int) -> None:
    directory = "".join(f"{number}\t{card_id}\n" for card_id, number in enumerate(numbers, first_id))
    cards = "".join(f"{card_id}\t{number}\t{series_id}\tactive\n" for card_id, number in enumerate(numbers, first_id))
    columns = ("card_id", "number", "series_id", "state")
    await connection.copy_to_table("card_number", source=BytesIO(directory.encode()))
    await connection.copy_to_table("card", source=BytesIO(cards.encode()), columns=columns)


def settle(dsn: str) -> None:
    """Bring what the last way left to the disk, so that the next one does not pay for it."""
    asyncio.run(asyncio.wait_for(_settle(dsn), RUN_SECONDS))


async def _settle(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("vacuum analyze card")
        await connection.execute("checkpoint")
    finally:
        await connection.close()
