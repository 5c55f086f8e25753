"""More recipients on the wizard's step: a file looked at before it is taken in, and those of another mailing."""

import asyncio

import httpx
import pytest

from api.jobs.working import do_all_jobs
from tests.api.people import add_person, csrf_token_of, sign_in
from tests.conftest import Caller

FILE = "E-mail,Name,Gift\nzoe@shop.example,Zoe,a cup\nnobody,x,y\n"


@pytest.fixture
async def boss(caller: Caller) -> httpx.AsyncClient:
    """Give an administrator's browser, with a draft of a mailing."""
    await add_person(caller.service.database, login="boss", role="admin")
    await sign_in(caller.http, login="boss")
    await send(caller.http, "/mailings/new", name="Coffee week", kind_id="2")
    return caller.http


async def send(http: httpx.AsyncClient, path: str, file: str | None = None, **fields: str) -> httpx.Response:
    """Send a form as its page does."""
    token = csrf_token_of(await http.get("/account"))
    files = None if file is None else {"file": ("who.csv", file.encode(), "text/csv")}
    return await http.post(path, data={"csrf": token, **fields}, files=files, follow_redirects=True)


async def test_file_is_shown_then_taken_in_and_what_stays_out_is_given_back(
    boss: httpx.AsyncClient, caller: Caller
) -> None:
    """C77-87: preview, mapping remembered, error report."""
    page = await send(boss, "/mailings/1/import", FILE)
    assert page.url.path.startswith("/mailings/1/import/")
    assert "Stays out" in page.text
    assert "own_gift" in page.text
    means = {"column-0": "address", "column-1": "name", "column-2": ""}
    wrong = await send(boss, page.url.path, act="import", **means | {"column-0": ""})
    assert (wrong.status_code, "No column is the e-mail address" in wrong.text) == (422, True)
    await send(boss, page.url.path, act="import", agreed="yes", **means)
    await do_all_jobs(caller.service, asyncio.Event())
    report = await boss.get(f"{page.url.path}/rejected")
    assert "nobody,x,y" in report.text
    assert "is no e-mail address" in report.text
    assert "One address from files" in (await boss.get("/mailings/1/recipients")).text
    again = await send(boss, "/mailings/1/import", FILE)
    assert '<option value="" selected' in again.text
    await send(boss, "/mailings/1/addresses/clear")
    assert "from files" not in (await boss.get("/mailings/1/recipients")).text


async def test_what_is_no_table_or_no_mailing_is_told_beside_its_field(boss: httpx.AsyncClient) -> None:
    """C77-87, C77-88."""
    assert (await send(boss, "/mailings/1/import")).status_code == 422
    assert (await send(boss, "/mailings/1/import", "")).status_code == 422
    assert (await send(boss, "/mailings/1/copy", source="1", which="all")).status_code == 422
    assert (await send(boss, "/mailings/1/copy", source="99", which="all")).status_code == 422


async def test_addresses_are_put_copied_and_taken_out_over_the_api(admin: httpx.AsyncClient) -> None:
    """C77-87, C77-88."""
    for name in ("First", "Second"):
        assert (await admin.post("/v1/mailings", json={"name": name, "kind_id": 2})).status_code == 201
    rows = [{"address": "Zoe@Shop.example", "given": {"name": "Zoe", "own_gift": "a cup"}}]
    answer = await admin.post("/v1/mailings/1/addresses", json={"rows": rows, "is_agreed": True})
    assert answer.json() == {"new": 1, "addresses": 1}
    assert (await admin.get("/v1/mailings/1/count")).json()["going"] == 1
    evil = {"rows": [{"address": "a@b.example", "given": {"unsubscribe_url": "https://evil.example/"}}]}
    refused = await admin.post("/v1/mailings/1/addresses", json=evil)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "rows[0].given")
    copied = await admin.post("/v1/mailings/2/copy", json={"mailing_id": 1, "which": "all"})
    assert copied.json() == {"new": 0, "addresses": 0}
    unopened = await admin.post("/v1/mailings/2/copy", json={"mailing_id": 1, "which": "unopened"})
    assert (unopened.status_code, unopened.json()["errors"][0]["field"]) == (422, "which")
    assert (await admin.post("/v1/mailings/1/addresses/clear")).json() == {"new": 0, "addresses": 0}
