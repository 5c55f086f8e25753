"""Cards by the million: the service's job against the same numbers made in Python and copied into the same tables.

Key idea: both make the same numbers as quickly as they can be made, so that the ratio is what a resumable job costs:
portions with their progress, numbers that exist passed over, foreign keys and the journal.
"""

import asyncio
import time
from datetime import UTC, datetime
from io import BytesIO

import asyncpg

from api.jobs.working import do_queued_jobs
from api.server import configure_logging
from api.settings import load_settings
from api.state import running_service
from database.activity import Act
from database.jobs import find_job
from loyalty.cards.generation import ask_for_cards
from loyalty.cards.model import SeriesSettings
from loyalty.cards.series import put_series
from loyalty.numbering import read_template

RUN_SECONDS = 600
AT_A_TIME = 50_000
SERIES = "MANY"
TEMPLATE = "991%09^"


def make_by_job(dsn: str, count: int) -> float:
    """Make cards as a worker does; give the seconds of the whole job."""
    return asyncio.run(asyncio.wait_for(_make_by_job(dsn, count), RUN_SECONDS))


async def _make_by_job(dsn: str, count: int) -> float:
    configure_logging("warning")
    act = Act("benchmark", datetime.now(UTC))
    series = SeriesSettings(name="Many", kind="discount", number_template=TEMPLATE)
    async with running_service(load_settings({}), dsn) as service:
        await service.database.run(put_series, SERIES, series, act=act)
        job_id = await service.database.run(ask_for_cards, SERIES, count=count, act=act)
        begin = time.perf_counter()
        await do_queued_jobs(service, is_stopped=lambda: False)
        seconds = time.perf_counter() - begin
        job = await service.database.run(find_job, job_id)
    assert job is not None, "it was just put there"
    assert (job.state, job.done) == ("done", count), job.error
    return seconds


def make_by_copy(dsn: str, count: int) -> float:
    """Make cards in Python and copy them in, in one transaction; give the seconds."""
    return asyncio.run(asyncio.wait_for(_make_by_copy(dsn, count), RUN_SECONDS))


async def _make_by_copy(dsn: str, count: int) -> float:
    template = read_template(TEMPLATE)
    connection = await asyncpg.connect(dsn)
    try:
        card_id = await connection.fetchval("select coalesce(max(card_id), 0) from hand.card")
        made = await connection.fetchval("select count(*) from hand.card where series_id = 0")
        begin = time.perf_counter()
        async with connection.transaction():
            for start in range(made, made + count, AT_A_TIME):
                numbers = template.numbers(range(start + 1, min(start + AT_A_TIME, made + count) + 1))
                await _copy(connection, numbers, first_id=card_id + 1 + start - made)
        return time.perf_counter() - begin
    finally:
        await connection.close()


async def _copy(connection: asyncpg.Connection, numbers: list[str], *, first_id: int) -> None:
    directory = "".join(f"{number}\t{card_id}\n" for card_id, number in enumerate(numbers, first_id))
    cards = "".join(f"{card_id}\t{number}\t0\tactive\n" for card_id, number in enumerate(numbers, first_id))
    columns = ("card_id", "number", "series_id", "state")
    await connection.copy_to_table("card_number", schema_name="hand", source=BytesIO(directory.encode()))
    await connection.copy_to_table("card", schema_name="hand", source=BytesIO(cards.encode()), columns=columns)
