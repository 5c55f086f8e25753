"""Cards in numbers: as many as were asked for, whatever numbers exist, and whoever else makes cards meanwhile."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.jobs.working import do_queued_jobs
from api.state import Service
from database.jobs import find_job
from loyalty.cards import generation
from loyalty.cards.generation import ask_for_cards
from loyalty.cards.model import SeriesSettings
from loyalty.cards.series import put_series
from loyalty.cards.service import make_cards, make_cards_with_numbers
from tests.conftest import ACT
from tests.services import Two, services

__all__ = ["services"]


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "NUMBERS_PER_PORTION", 4)


async def put(service: Service, code: str, template: str | None, *, credit_limit: int = 0) -> None:
    made = SeriesSettings(code, "credit", number_template=template, credit_limit=credit_limit)
    await service.database.run(put_series, code, made, act=ACT)


async def read_cards(service: Service, code: str) -> list[tuple[str, str, int]]:
    async def read(connection: AsyncConnection) -> list[tuple[str, str, int]]:
        query = """select c.number, c.state, c.credit_limit from card c join card_number n using (card_id)
            join series s on s.id = c.series_id and s.code = :code where n.number in (c.number, '0' || c.number) order by 1"""
        return [tuple(row) for row in await connection.execute(text(query), {"code": code})]

    return await service.database.run(read)


async def test_numbers_that_exist_are_passed_over_in_the_midst_of_a_portion(service: Service) -> None:
    """PAP-13."""
    await put(service, "OTHER", None)
    await service.database.run(make_cards_with_numbers, "OTHER", numbers=["N006", "N007"], act=ACT)
    await put(service, "ALL", "N%03", credit_limit=500)

    job_id = await service.database.run(ask_for_cards, "ALL", count=10, act=ACT)
    await do_queued_jobs(service, is_stopped=lambda: False)

    job = await service.database.run(find_job, job_id)
    assert job is not None
    assert job.result is not None
    assert (job.result["made"], job.result["passed_over"]) == (10, 2)
    expected = [1, 2, 3, 4, 5, 8, 9, 10, 11, 12]
    assert await read_cards(service, "ALL") == [(f"N{number:03}", "active", 500) for number in expected]


async def test_numbers_of_12_digits_that_are_valid_are_kept_with_their_leading_zero(service: Service) -> None:
    await put(service, "UPC", "20000%06^")

    await service.database.run(ask_for_cards, "UPC", count=9, act=ACT)
    await do_queued_jobs(service, is_stopped=lambda: False)

    assert len(await read_cards(service, "UPC")) == 9


async def test_jobs_and_writers_of_one_series_at_once_make_no_number_twice(services: Two) -> None:
    """PAP-13."""
    one, two = services
    await put(one, "ALL", "N%04")
    job_ids = [await one.database.run(ask_for_cards, "ALL", count=20, act=ACT) for _ in range(3)]

    writers = [services[turn % 2].database.run(make_cards, "ALL", count=2, act=ACT) for turn in range(20)]
    await asyncio.gather(*[do_queued_jobs(each, is_stopped=lambda: False) for each in services], *writers)

    assert [number for number, *_ in await read_cards(two, "ALL")] == [f"N{number:04}" for number in range(1, 101)]
    jobs = [await one.database.run(find_job, job_id) for job_id in job_ids]
    assert [job.state for job in jobs if job is not None] == ["done"] * 3
