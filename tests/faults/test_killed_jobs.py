"""A worker is killed again and again while it makes cards: none is missing, none is there twice."""

import asyncio
import itertools
from pathlib import Path

import asyncpg

from api.jobs.working import do_queued_jobs
from api.state import Service
from database.engine import Database
from database.jobs import STALE_SECONDS, find_job
from loyalty.cards.generation import ask_for_cards
from loyalty.cards.model import SeriesSettings
from loyalty.cards.series import put_series
from loyalty.cards.service import make_cards
from tests.conftest import ACT
from tests.faults.shop import Program

CARDS = 160_000
WRITERS = 50
WAIT_SECONDS = 60
LOST = f"update job set heartbeat_at = now() - interval '{STALE_SECONDS + 1} seconds' where state = 'running'"
NUMBERS = """select count(*) as cards, count(distinct c.number) as numbers, min(c.number) as first, max(c.number) as last,
    (select count(*) from card_number) as directory,
    count(d.number) as listed, (select last_counter from series) as counter
    from card c left join card_number d on d.card_id = c.card_id and d.number in (c.number, '0' || c.number)"""


async def put_gold(database: Database) -> None:
    series = SeriesSettings(name="Gold", kind="discount", number_template="77%09!")
    await database.run(put_series, "GOLD", series, act=ACT)


async def test_killed_worker_leaves_no_half_and_no_duplicate(
    service: Service, database_url: str, tmp_path: Path
) -> None:
    """PAP-18: the worker is killed in the middle of portions, and the next one goes on."""
    await put_gold(service.database)
    job_id = await service.database.run(ask_for_cards, "GOLD", count=CARDS, act=ACT)
    connection = await asyncpg.connect(database_url)
    progress: asyncio.Queue[str] = asyncio.Queue()
    await connection.add_listener("tallycard_job_changed", lambda *heard: progress.put_nowait(heard[-1]))
    worker = Program(database_url, "worker", log=tmp_path / "worker.log")
    try:
        for _ in range(3):
            async with asyncio.timeout(WAIT_SECONDS):
                for _ in range(2):  # it was claimed, and a portion was done
                    await progress.get()
            worker.kill()
            await connection.execute(LOST)
            while not progress.empty():
                progress.get_nowait()
    finally:
        worker.end()
    await connection.execute(LOST)

    await do_queued_jobs(service, is_stopped=lambda: False)

    found = dict(await connection.fetchrow(NUMBERS))
    await connection.close()
    job = await service.database.run(find_job, job_id)
    assert job is not None
    assert (job.state, job.done, job.claim >= 4) == ("done", CARDS, True), (tmp_path / "worker.log").read_text()
    assert found == {
        "cards": CARDS, "numbers": CARDS, "directory": CARDS, "listed": CARDS, "counter": CARDS,
        "first": "770000000016", "last": found["last"],
    }  # fmt: skip
    assert found["last"].startswith("77000160000")


async def test_fifty_writers_make_no_number_twice(service: Service, database_url: str) -> None:
    """PAP-18: fifty connections make cards of one series at once, beside a job that makes many."""
    await put_gold(service.database)
    await service.database.run(ask_for_cards, "GOLD", count=1_000, act=ACT)
    databases = [Database(database_url) for _ in range(WRITERS)]
    try:
        made = await asyncio.gather(
            *(database.run(make_cards, "GOLD", count=20, act=ACT) for database in databases),
            do_queued_jobs(service, is_stopped=lambda: False),
        )
    finally:
        await asyncio.gather(*(database.close() for database in databases))

    numbers = [number for cards in made if cards for _, number in cards]
    connection = await asyncpg.connect(database_url)
    found = await connection.fetchrow(NUMBERS)
    await connection.close()
    assert len(set(numbers)) == len(numbers) == WRITERS * 20
    assert tuple(found)[:2] == (2_000, 2_000)
    assert (found["directory"], found["counter"]) == (2_000, 2_000)
    assert all(len(list(group)) == 1 for _, group in itertools.groupby(sorted(numbers)))
