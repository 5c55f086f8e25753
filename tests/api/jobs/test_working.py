"""Jobs in a worker: taken up once, resumed where their progress ended, refused, cancelled and given up."""

import asyncio
from collections.abc import Mapping

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.jobs.running import Handler, RunningJob, run_job
from api.jobs.working import do_all_jobs, do_jobs, do_queued_jobs
from api.state import Service
from database.jobs import (
    MOST_TRIES,
    STALE_SECONDS,
    Job,
    JobLostError,
    Progress,
    cancel_job,
    claim_job,
    enqueue_job,
    find_job,
    save_progress,
)
from loyalty.errors import SettingRefusedError
from tests.conftest import ACT
from tests.services import Two, services  # noqa: F401 # a fixture

COUNT = "count"


async def count_one(connection: AsyncConnection, job: Job) -> Progress:
    """Count one more, in a table of its own as well, so that half a portion would be seen."""
    await connection.execute(text("insert into store (code, name, timezone) values (:c, '', '')"), {"c": str(job.done)})
    return Progress(job.done + 1, 5, {"at": job.done})


async def count_all(_: Service, running: RunningJob) -> Mapping[str, object]:
    while running.job.done < 5:
        await running.portion(count_one)
    return {"counted": running.job.done}


HANDLERS: Mapping[str, Handler] = {COUNT: count_all}


async def enqueue(service: Service) -> int:
    return await service.database.run(enqueue_job, COUNT, {}, act=ACT)


async def find(service: Service, job_id: int) -> Job:
    job = await service.database.run(find_job, job_id)
    assert job is not None
    return job


async def claim(service: Service) -> Job:
    job = await service.database.run(claim_job, [COUNT])
    assert job is not None
    return job


async def lose_worker(service: Service, job_id: int, *, silent_seconds: int = STALE_SECONDS + 1) -> None:
    """Let a running job be silent, for longer than a living worker is unless it is said for how long."""
    past = f"update job set heartbeat_at = now() - interval '{silent_seconds} seconds' where id = {job_id}"
    await service.database.run(lambda connection: connection.execute(text(past)))


async def work(service: Service, handlers: Mapping[str, Handler] = HANDLERS) -> None:
    await do_queued_jobs(service, is_stopped=lambda: False, handlers=handlers)


async def count_stores(service: Service) -> int:
    async def count(connection: AsyncConnection) -> int:
        return int((await connection.execute(text("select count(*) from store"))).scalar_one())

    return await service.database.run(count)


async def test_job_is_done_with_its_result(service: Service) -> None:
    job_id = await enqueue(service)

    await work(service)

    job = await find(service, job_id)
    assert (job.state, job.done, job.total, job.result, job.error) == ("done", 5, 5, {"counted": 5}, None)
    assert job.started_at is not None
    assert job.finished_at is not None


async def test_job_of_a_lost_worker_goes_on_where_its_progress_ended(service: Service) -> None:
    """PAP-18: what a killed worker did is kept, and done once."""
    job_id = await enqueue(service)
    lost = RunningJob(service, await claim(service), lambda: False)
    for _ in range(3):
        await lost.portion(count_one)

    await work(service)
    assert (await find(service, job_id)).state == "running"

    await lose_worker(service, job_id)
    await work(service)

    assert (await find(service, job_id)).state == "done"
    assert await count_stores(service) == 5


async def test_worker_that_was_only_thought_dead_does_nothing_twice(service: Service) -> None:
    job_id = await enqueue(service)
    slow = RunningJob(service, await claim(service), lambda: False)
    await slow.portion(count_one)
    await lose_worker(service, job_id)
    await claim(service)

    with pytest.raises(JobLostError):
        await slow.portion(count_one)

    assert await count_stores(service) == 1


async def test_many_workers_never_take_one_job_twice(services: Two) -> None:  # noqa: F811 # the fixture
    ids = [await enqueue(services[0]) for _ in range(20)]
    taken: list[int] = []

    async def take(service: Service) -> None:
        while (job := await service.database.run(claim_job, [COUNT])) is not None:
            taken.append(job.id)

    await asyncio.gather(*(take(service) for service in services for _ in range(8)))

    assert sorted(taken) == ids


async def test_job_that_got_no_further_is_given_up(service: Service) -> None:
    job_id = await enqueue(service)
    for _ in range(MOST_TRIES):
        await claim(service)
        await lose_worker(service, job_id)

    await work(service)

    job = await find(service, job_id)
    assert (job.state, job.tries) == ("failed", MOST_TRIES)
    assert "without getting any further" in (job.error or "")


async def test_job_that_gets_further_is_never_given_up(service: Service) -> None:
    job_id = await enqueue(service)
    for _ in range(MOST_TRIES - 1):
        await RunningJob(service, await claim(service), lambda: False).portion(count_one)
        await lose_worker(service, job_id)

    await work(service)

    assert (await find(service, job_id)).state == "done"


async def test_refusal_ends_a_job_with_its_words(service: Service) -> None:
    async def refuse(_: Service, __: RunningJob) -> Mapping[str, object]:
        raise SettingRefusedError("the series has no template")

    job_id = await enqueue(service)
    await work(service, {COUNT: refuse})

    job = await find(service, job_id)
    assert (job.state, job.error, job.tries) == ("failed", "the series has no template", 1)


async def test_fault_is_tried_again_and_then_told_without_its_content(service: Service) -> None:
    async def break_down(_: Service, __: RunningJob) -> Mapping[str, object]:
        raise RuntimeError("a secret")

    job_id = await enqueue(service)
    await work(service, {COUNT: break_down})

    job = await find(service, job_id)
    assert (job.state, job.tries, "secret" in (job.error or "")) == ("failed", MOST_TRIES, False)


async def test_cancelled_job_loses_the_portion_in_the_air_and_keeps_the_others(service: Service) -> None:
    job_id = await enqueue(service)
    running = RunningJob(service, await claim(service), lambda: False)
    await running.portion(count_one)

    async def cancel_meanwhile(connection: AsyncConnection, job: Job) -> Progress:
        await service.database.run(cancel_job, job_id, act=ACT)
        return await count_one(connection, job)

    with pytest.raises(JobLostError):
        await running.portion(cancel_meanwhile)

    assert ((await find(service, job_id)).state, await count_stores(service)) == ("cancelled", 1)
    assert await service.database.run(cancel_job, job_id, act=ACT) is None


async def test_stopped_worker_puts_its_job_back(service: Service) -> None:
    job_id, portions = await enqueue(service), iter([False, False, True])
    await run_job(service, await claim(service), count_all, is_stopped=lambda: next(portions))

    released = await find(service, job_id)
    await work(service)

    assert (released.state, released.done) == ("queued", 2)
    assert (await find(service, job_id)).state == "done"


async def test_worker_that_does_what_is_queued_waits_for_a_job_whose_worker_is_gone(service: Service) -> None:
    gone, stopped = await enqueue(service), asyncio.Event()
    await RunningJob(service, await claim(service), lambda: False).portion(count_one)
    await lose_worker(service, gone, silent_seconds=STALE_SECONDS - 2)

    await do_all_jobs(service, stopped, handlers=HANDLERS)

    assert (await find(service, gone)).state == "done"


async def test_waiting_worker_hears_of_a_new_job(service: Service) -> None:
    stopped, done = asyncio.Event(), asyncio.Event()

    async def tell(_: Service, __: RunningJob) -> Mapping[str, object]:
        done.set()
        return {}

    working = asyncio.create_task(do_jobs(service, stopped, handlers={COUNT: tell}))
    for _ in range(3):
        done.clear()
        await enqueue(service)
        async with asyncio.timeout(10):
            await done.wait()
    stopped.set()
    await working


async def test_portion_and_progress_are_one_transaction(service: Service) -> None:
    await enqueue(service)
    job = await claim(service)

    async def save_and_fail(connection: AsyncConnection) -> None:
        await save_progress(connection, job, await count_one(connection, job))
        raise SettingRefusedError("the end of the portion was not reached")

    with pytest.raises(SettingRefusedError):
        await service.database.run(save_and_fail)

    assert ((await find(service, job.id)).done, await count_stores(service)) == (0, 0)
