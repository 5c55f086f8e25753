"""Rules of a series: three tables as one form, runs with a preview, and the rehearsal of a table that nobody saved."""

import re
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.jobs.working import do_queued_jobs
from tests.api.people import add_person, send, sign_in
from tests.conftest import Caller

_PROBLEM = re.compile(r'id="([\w-]+)-wrong"')
TURNOVER: dict[str, str | list[str]] = {
    "t_period": "month",
    "t_downgrade": "one_step",
    "t_from": ["0", "500", ""],
    "t_to": ["500", "", ""],
    "t_change": ["set", "set", ""],
    "t_value": ["3", "7,5", ""],
    "t_move": ["", "", ""],
    "idle_change": "set",
    "idle_value": "1",
}
RECEIPT: dict[str, str | list[str]] = {
    "r_from": ["50", ""],
    "r_to": ["", ""],
    "r_percent": ["2", ""],
    "r_amount": ["", ""],
    "r_skus": ["1001, 1002", ""],
    "r_groups": ["", ""],
    "r_least": ["3", ""],
    "r_most": ["10", ""],
    "r_rest": "0",
}


@pytest.fixture
async def nora(caller: Caller) -> httpx.AsyncClient:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    for code, head in (("GOLD", "290"), ("SILVER", "291")):
        fields = {"code": code, "name": code.title(), "kind": "discount", "number_template": f"{head}%09^"}
        await send(caller.http, "/new-series", fields | {"discount_percent": "5"})
    await send(caller.http, "/series/GOLD/cards", {"count": "3"})
    return caller.http


async def rules(caller: Caller) -> dict[str, Any] | None:
    async with caller.service.database.connection() as connection:
        query = text("select rules from series where code = 'GOLD'")
        found: dict[str, Any] | None = (await connection.execute(query)).scalar_one()
    return found


async def test_tables_are_saved_from_their_filled_rows_and_shown_again(caller: Caller, nora: httpx.AsyncClient) -> None:
    answer = await send(nora, "/series/GOLD/rules", TURNOVER | RECEIPT)
    assert answer.headers["location"] == "/series/GOLD/rules?done=saved"
    kept = await rules(caller)
    assert kept is not None
    assert [(entry["since"], entry["until"], entry["value"]) for entry in kept["turnover"]["entries"][:2]] == [
        (0, 50_000, 30_000), (50_000, None, 75_000),
    ]  # fmt: skip
    assert kept["turnover"]["entries"][2]["nothing_bought"] is True
    assert (kept["receipt"][0]["skus"], kept["receipt"][0]["on_rest"]) == (["1001", "1002"], True)
    again = await send(nora, "/series/GOLD/rules", TURNOVER | RECEIPT)
    assert again.status_code == 303
    shown = (await nora.get("/series/GOLD/rules")).text
    for typed in ('value="7.5"', 'value="500.00"', 'value="1001, 1002"', 'id="idle_value" name="idle_value" value="1"'):
        assert typed in shown


async def test_cells_that_cannot_be_read_are_told_in_their_place(caller: Caller, nora: httpx.AsyncClient) -> None:
    wrong = TURNOVER | {"t_from": ["0", "much", ""], "t_value": ["110", "", ""]}
    answer = await send(nora, "/series/GOLD/rules", wrong | RECEIPT | {"r_amount": ["5", ""]})
    assert answer.status_code == 422
    assert set(_PROBLEM.findall(answer.text)) == {"t_from-1", "t_value-0", "t_value-1", "r_percent-0"}
    assert 'value="much"' in answer.text
    assert await rules(caller) is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"t_to": ["400", "", ""]}, "t_to-0"),
        ({"t_move": ["", "NONE", ""]}, "t_move-1"),
        ({"t_change": ["", "add", ""], "t_move": ["SILVER", "", ""], "t_at_posting": "yes"}, "t_value-1"),
    ],
)
async def test_table_that_contradicts_itself_is_told_beside_its_row(
    caller: Caller, nora: httpx.AsyncClient, changed: dict[str, str | list[str]], field: str
) -> None:
    answer = await send(nora, "/series/GOLD/rules", TURNOVER | changed)
    assert answer.status_code == 422
    assert _PROBLEM.findall(answer.text) == [field]
    assert await rules(caller) is None


async def test_run_is_previewed_then_done_once_for_its_period(caller: Caller, nora: httpx.AsyncClient) -> None:
    await send(nora, "/series/GOLD/rules", TURNOVER)
    outcomes = []
    for is_preview in ("yes", "no", "no"):
        started = await send(nora, "/series/GOLD/runs", {"period": "2026-10", "preview": is_preview})
        await do_queued_jobs(caller.service, is_stopped=lambda: False)
        outcomes.append((await nora.get(started.headers["location"])).text)
    assert "Nothing has changed." in outcomes[0]
    assert "5% → 3%" in outcomes[1]
    assert "This period was run before" in outcomes[2]
    async with caller.service.database.connection() as connection:
        percents = (await connection.execute(text("select distinct own_percent from card"))).scalars().all()
    assert percents == [30_000]
    assert "<b>2026-10</b>" in (await nora.get("/series/GOLD/rules")).text


@pytest.mark.parametrize("period", ["", "soon", "2026-Q4"])
async def test_period_that_the_table_does_not_have_is_told_beside_the_field(
    nora: httpx.AsyncClient, period: str
) -> None:
    await send(nora, "/series/GOLD/rules", TURNOVER)
    answer = await send(nora, "/series/GOLD/runs", {"period": period, "preview": "yes"})
    assert answer.status_code == 422
    assert _PROBLEM.findall(answer.text) == ["period"]


async def test_table_is_rehearsed_without_being_saved_and_given_as_a_file(
    caller: Caller, nora: httpx.AsyncClient
) -> None:
    days = {"first": "2026-08-01", "last": "2026-10-31"}
    started = await send(nora, "/series/GOLD/rehearsals", TURNOVER | RECEIPT | days)
    await do_queued_jobs(caller.service, is_stopped=lambda: False)
    path = started.headers["location"]
    shown = (await nora.get(path)).text
    assert "2026-08 – 2026-10" in shown
    assert 'role="img"' in shown
    assert (await nora.get(f"{path}/table/csv")).text.splitlines()[0].endswith("what,name,percent,now,rehearsed")
    assert (await nora.get(f"{path}/table/xlsx")).content.startswith(b"PK")
    assert await rules(caller) is None


async def test_rehearsal_of_nothing_is_refused(nora: httpx.AsyncClient) -> None:
    empty = await send(nora, "/series/GOLD/rehearsals", RECEIPT | {"first": "2026-08-01", "last": "2026-10-31"})
    assert empty.status_code == 422
    early = await send(nora, "/series/GOLD/rehearsals", TURNOVER | {"first": "2026-08-01", "last": "2026-08-02"})
    assert _PROBLEM.findall(early.text) == ["last"]
    assert (await nora.get("/jobs/99/table/csv")).status_code == 404
