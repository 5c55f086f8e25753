"""Figures for whoever watches over the service: right, bounded in their names, and without anything of people."""

from uuid import uuid4

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.measuring import Measured, measuring
from api.settings import Settings
from tests.conftest import Caller, calling
from tests.factories import make_receipt

Figures = dict[tuple[str, ...], float]


def read(answer: httpx.Response) -> Figures:
    """Give each figure by its name and the values of its labels."""
    families = text_string_to_metric_families(answer.text)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


async def test_figures_tell_of_receipts_pools_and_what_waits(caller: Caller) -> None:
    till = await caller.as_role("till", store="0007", till="3")
    assert (await till.post("/v1/receipts", json=make_receipt())).status_code == 201
    assert (await till.post("/v1/receipts", json=make_receipt(total="9.00"))).status_code == 422
    said = {"Tallycard-Journal": "queued=12, rejected=1"}
    assert (await till.get("/v1/till-snapshot", headers=said)).is_success

    answer = await (await caller.as_role("clerk")).get("/metrics")

    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/plain")
    figures = read(answer)
    assert figures["tallycard_receipts_total", "kept"] == 1
    assert (figures["tallycard_till_queued", "0007", "3"], figures["tallycard_till_rejected", "0007", "3"]) == (12, 1)
    assert (figures["tallycard_queue", "jobs_queued"], figures["tallycard_queue", "mail"]) == (0, 0)
    assert figures["tallycard_connections", "hot", "idle"] > 0
    assert figures["tallycard_receipts_waiting",] == 0


async def test_till_is_told_of_once_a_minute_and_only_what_it_can_have_said(caller: Caller) -> None:
    till = await caller.as_role("till", store="0007", till="3")
    for said in ("queued=x; drop", "queued=5, rejected=0"):
        assert (await till.get("/v1/till-snapshot", headers={"Tallycard-Journal": said})).is_success
    figures = read(await (await caller.as_role("admin")).get("/metrics"))
    assert figures["tallycard_till_queued", "0007", "3"] == 0
    assert figures["tallycard_till_heard_seconds", "0007", "3"] > 0


async def test_nobody_reads_figures_without_the_right(caller: Caller) -> None:
    till = await caller.as_role("till", store="0007", till="3")
    assert (await caller.http.get("/metrics")).status_code == 401
    assert (await till.get("/metrics")).status_code == 403


async def test_requests_are_measured_by_the_template_of_their_route(caller: Caller) -> None:
    measured, app = Measured(), caller.http._transport.app  # type: ignore[attr-defined] # httpx' transport for ASGI
    uid, card = uuid4(), "2900000017"
    transport = httpx.ASGITransport(app=measuring(app, measured))  # type: ignore[arg-type] # two spellings of ASGI
    async with httpx.AsyncClient(transport=transport, base_url="http://tallycard.test") as http:
        for path in (f"/v1/receipts/{uid}", f"/v1/receipts/{uuid4()}", "/v1/health", f"/nowhere/{card}"):
            await http.get(path)
        await http.request("SEARCH", f"/{card}")
    found = {(method, route, status): sum(taken.buckets) for method, route, status, taken in measured.list_all()}
    assert found == {
        ("GET", "/v1/receipts/{receipt_uid}", "4xx"): 2,
        ("GET", "/v1/health", "2xx"): 1,
        ("none", "none", "4xx"): 2,
    }


async def test_process_is_ready_until_it_is_about_to_end(caller: Caller) -> None:
    ready = await caller.http.get("/v1/ready")
    caller.service.is_stopping = True
    stopping = await caller.http.get("/v1/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "reasons": []})
    assert (stopping.status_code, stopping.json()) == (503, {"status": "not_ready", "reasons": ["stopping"]})


async def test_process_is_not_ready_for_a_database_of_another_version(settings: Settings, database_url: str) -> None:
    async with calling(settings, database_url) as caller:
        pool = caller.service.pool
        await pool.execute("reset role")
        await pool.execute("update alembic_version set version_num = '0005'")
        older = await caller.http.get("/v1/ready")
    assert (older.status_code, older.json()["reasons"]) == (503, ["schema_differs"])


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.0011, 99.0])
def test_each_time_falls_into_one_bucket(seconds: float) -> None:
    measured = Measured()
    measured.add("GET", "/", status=200, seconds=seconds)
    [(_, _, _, taken)] = measured.list_all()
    expected = {0.0: 0, 0.001: 0, 0.0011: 1, 99.0: 12}[seconds]
    assert ([place for place, count in enumerate(taken.buckets) if count], taken.seconds) == ([expected], seconds)
