"""Jobs over the API: cards by the thousand, how far a job is, and its events until it ends."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any  # JSON bodies are free in their values

import httpx
import pytest
import uvicorn

from api.app import make_app
from api.jobs.working import do_jobs, do_queued_jobs
from api.settings import load_settings
from loyalty.cards.generation import MOST_GENERATED
from tests.api.rest.shop import Shop, refusal


async def ask(shop: Shop, series: str, count: int) -> int:
    """Ask for cards; give the job that makes them."""
    answer = await shop.admin.post(f"/v1/series/{series}/cards", json={"count": count})
    assert answer.status_code == 202, answer.text
    return int(answer.json()["job_id"])


async def work(shop: Shop) -> None:
    await do_queued_jobs(shop.caller.service, is_stopped=lambda: False)


async def read(shop: Shop, job_id: int) -> dict[str, Any]:
    found: dict[str, Any] = (await shop.admin.get(f"/v1/jobs/{job_id}")).json()
    return found


async def numbers_of(shop: Shop, series: str) -> list[str]:
    query = "select c.number from card c join series s on s.id = c.series_id where s.code = $1 order by c.number"
    return [row["number"] for row in await shop.sql(query, series)]


async def test_cards_by_the_thousand_are_made_by_a_job(shop: Shop) -> None:
    series = await shop.put_series(number_template="JA%06^")
    job_id = await ask(shop, series, 3_000)
    waiting = await read(shop, job_id)

    await work(shop)

    job = await read(shop, job_id)
    assert (waiting["state"], waiting["done"], waiting["total"], waiting["started"]) == ("queued", 0, 3_000, None)
    assert (job["state"], job["done"], job["total"], job["error"]) == ("done", 3_000, 3_000, None)
    assert job["result"]["made"] == 3_000
    assert job["started"] <= job["finished"]
    numbers = await numbers_of(shop, series)
    assert (len(set(numbers)), numbers[0][:8], numbers[-1][:8]) == (3_000, "JA000001", "JA003000")


async def test_next_job_goes_on_after_the_last_number(shop: Shop) -> None:
    series = await shop.put_series(number_template="JB%06")
    await shop.make_card(series)
    await ask(shop, series, 200)
    await ask(shop, series, 200)

    await work(shop)

    assert (await shop.make_card(series)).number == "JB000402"


async def test_numbers_that_exist_are_passed_over(shop: Shop) -> None:
    series = await shop.put_series(number_template="JC%06")
    await shop.make_card(series, number="JC000007")
    job_id = await ask(shop, series, 150)

    await work(shop)

    assert (await read(shop, job_id))["result"]["passed_over"] == 1
    numbers = await numbers_of(shop, series)
    assert (len(numbers), numbers[-1]) == (151, "JC000151")


@pytest.mark.parametrize(
    ("pattern", "count", "code"),
    [
        ("JD%03[1..150]", 151, "template_exhausted"),
        ("JE%09", MOST_GENERATED + 1, "too_many_cards"),
        (None, 101, "setting_refused"),
    ],
)
async def test_cards_that_cannot_be_made_are_refused_before_there_is_a_job(
    shop: Shop, pattern: str | None, count: int, code: str
) -> None:
    series = await shop.put_series(number_template=pattern)

    assert refusal(await shop.admin.post(f"/v1/series/{series}/cards", json={"count": count})) == (422, code)


async def test_job_whose_template_ran_out_meanwhile_says_how_many_it_made(shop: Shop) -> None:
    series = await shop.put_series(number_template="JF%03[1..250]")
    await ask(shop, series, 150)
    second = await ask(shop, series, 150)

    await work(shop)

    job = await read(shop, second)
    assert (job["state"], job["done"]) == ("failed", 100)
    assert "100 of 150 were made" in job["error"]
    assert len(await numbers_of(shop, series)) == 250


async def test_job_that_does_not_exist_is_unknown(shop: Shop) -> None:
    for job_id in (987_654_321, 2**63):
        assert refusal(await shop.admin.get(f"/v1/jobs/{job_id}")) == (404, "job_unknown")


async def test_cancelled_job_makes_nothing_more(shop: Shop) -> None:
    series = await shop.put_series(number_template="JI%06")
    job_id = await ask(shop, series, 500)

    answers = [await shop.admin.post(f"/v1/jobs/{job_id}/cancel") for _ in range(2)]
    await work(shop)

    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [(200, "cancelled")] * 2
    assert await numbers_of(shop, series) == []
    assert refusal(await shop.admin.post("/v1/jobs/987654321/cancel")) == (404, "job_unknown")


async def test_jobs_are_listed_newest_first(shop: Shop) -> None:
    series = await shop.put_series(number_template="JG%06")
    first, second = await ask(shop, series, 101), await ask(shop, series, 101)

    jobs = (await shop.admin.get("/v1/jobs")).json()["jobs"]
    older = (await shop.admin.get("/v1/jobs", params={"after": str(second)})).json()["jobs"]

    assert [job["job_id"] for job in jobs[:2]] == [second, first]
    assert older[0]["job_id"] == first
    await work(shop)


async def test_job_is_followed_to_its_end_by_events(shop: Shop) -> None:
    """PAP-18: progress comes as it is made, and the stream ends with the job."""
    series = await shop.put_series(number_template="JH%06^")
    job_id = await ask(shop, series, 60_000)
    stopped = asyncio.Event()
    async with _served(shop) as http:
        async with http.stream("GET", f"/v1/jobs/{job_id}", headers={"Accept": "text/event-stream"}) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            events = _read(answer)
            states = [await anext(events)]
            working = asyncio.create_task(do_jobs(shop.caller.service, stopped))
            states += [state async for state in events]
        stopped.set()
        await working

        assert [states[0]["state"], states[-1]["state"]] == ["queued", "done"]
        assert {0, 25_000, 50_000, 60_000} >= {state["done"] for state in states} > {0, 60_000}
        again = await http.get(f"/v1/jobs/{job_id}", headers={"Accept": "text/event-stream"})
        assert json.loads(again.text.removeprefix("data: ")) == await read(shop, job_id)


@asynccontextmanager
async def _served(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the shop's database over a real socket, as another process would."""
    app = make_app(load_settings({"TALLYCARD_TIMEZONE": "Europe/Sofia"}), shop.url)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=shop.admin.headers) as http:
        yield http
    server.should_exit = True
    await serving


async def _read(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in answer.aiter_lines():
        if line:
            yield json.loads(line.removeprefix("data: "))
