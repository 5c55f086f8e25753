"""The same act on many cards: chosen in the list, previewed, done by a job, and taken back."""

import re

import httpx
import pytest
from sqlalchemy import text

from api.jobs.working import do_queued_jobs
from tests.api.people import add_person, fill, send, sign_in
from tests.conftest import Caller
from tests.factories import make_person


@pytest.fixture
async def nora(caller: Caller) -> httpx.AsyncClient:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    gold = {"code": "GOLD", "name": "Gold", "kind": "discount", "number_template": "290%09^"}
    await send(caller.http, "/new-series", gold)
    await send(caller.http, "/series/GOLD/cards", {"count": "5"})
    return caller.http


async def states(caller: Caller) -> list[str]:
    async with caller.service.database.connection() as connection:
        return list((await connection.execute(text("select state from card order by card_id"))).scalars())


def carried(page: httpx.Response) -> dict[str, str | list[str]]:
    """Give the hidden fields of the last form of a page."""
    last = page.text[page.text.rindex('<form method="post" action="/cards/change"') :]
    found: dict[str, str | list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', last):
        kept = found.setdefault(name, [])
        assert isinstance(kept, list)
        kept.append(value)
    return {name: values for name, values in found.items() if name != "csrf"}


async def test_ticked_cards_are_blocked_by_a_job_after_a_preview_and_put_back(
    caller: Caller, nora: httpx.AsyncClient
) -> None:
    """PAP-19."""
    await send(nora, "/cards/3/acts/close", {})
    asked: dict[str, str | list[str]] = {
        "which": "ticked",
        "card": ["2", "3"],
        "act": "block",
        "reason": "stolen parcel",
    }
    shown = await send(nora, "/cards/change", asked)
    assert "Nothing has changed yet." in shown.text
    assert "the card is closed" in shown.text
    assert await states(caller) == ["active", "active", "closed", "active", "active"]
    started = await send(nora, "/cards/change", carried(shown))
    await do_queued_jobs(caller.service, is_stopped=lambda: False)
    assert await states(caller) == ["active", "blocked", "closed", "active", "active"]
    job = await nora.get(started.headers["location"])
    assert "<dt>Cards changed</dt><dd>1</dd><dt>Refused</dt><dd>1</dd>" in job.text
    undone = await send(nora, f"{started.headers['location']}/undo", {})
    await do_queued_jobs(caller.service, is_stopped=lambda: False)
    assert await states(caller) == ["active", "active", "closed", "active", "active"]
    assert "<dt>Cards put back</dt><dd>1</dd>" in (await nora.get(undone.headers["location"])).text


async def test_all_cards_of_a_filter_get_a_percent(caller: Caller, nora: httpx.AsyncClient) -> None:
    listed = (await nora.get("/cards?series=GOLD&turnover_to=1")).text
    assert "Change all of the filter" in listed
    asked = {"which": "all", "series": "GOLD", "turnover_to": "1", "act": "percent", "percent": "7,5"}
    shown = await send(nora, "/cards/change", asked)
    assert shown.status_code == 200
    await send(nora, "/cards/change", carried(shown))
    await do_queued_jobs(caller.service, is_stopped=lambda: False)
    async with caller.service.database.connection() as connection:
        percents = (await connection.execute(text("select distinct own_percent from card"))).scalars().all()
    assert percents == [75_000]


@pytest.mark.parametrize(
    "chosen",
    [
        {"which": "ticked"},
        {"which": "all"},
        {"which": "all", "series": "NONE"},
        {"which": "all", "state": "melted"},
        {"which": "ticked", "card": "x"},
        {"which": "all", "turnover_from": "much"},
    ],
)
async def test_choice_that_means_no_cards_is_refused_before_anything_is_asked(
    nora: httpx.AsyncClient, chosen: dict[str, str]
) -> None:
    answer = await nora.get("/cards/change", params=chosen)
    assert answer.status_code == 422
    assert "Back to the cards" in answer.text


async def test_field_that_the_act_needs_is_told_when_it_is_empty(caller: Caller, nora: httpx.AsyncClient) -> None:
    for act, field in (("block", "reason"), ("freeze", "from"), ("percent", "percent")):
        answer = await send(nora, "/cards/change", {"which": "all", "series": "GOLD", "act": act, "percent": "110"})
        assert answer.status_code == 422
        assert f'id="{field}-wrong"' in answer.text
    assert set(await states(caller)) == {"active"}


async def test_list_of_cards_is_filtered_by_turnover_and_holder(caller: Caller, nora: httpx.AsyncClient) -> None:
    await make_person(caller.service.database, "Elin")
    await fill(nora, "/cards/1/holder?find=elin", {"holder_id": "1"})
    await send(nora, "/cards/2/acts/adjust", {"operation_uid": "7d5b8c1e-6f0a-4b57-9a35-1f9d7e2c4b60",
        "ledger": "turnover", "amount": "10.50", "reason": "opening"})  # fmt: skip
    link = re.compile(r'<a href="/cards/(\d+)">')
    assert link.findall((await nora.get("/cards?holder=1")).text) == ["1"]
    assert link.findall((await nora.get("/cards?turnover_from=10,50")).text) == ["2"]
    assert link.findall((await nora.get("/cards?turnover_from=10.51")).text) == []
