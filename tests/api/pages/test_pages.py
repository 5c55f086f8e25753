"""All pages over HTTP: their headers, their cost, and that no number and no fault of ours leaves through them."""

import gzip

import httpx
import pytest
from sqlalchemy import text

from database.engine import Database
from tests.api.people import add_person, csrf_token, sign_in, statements
from tests.conftest import Caller

MOST_COMPRESSED_BYTES = 100_000
COSTS = {
    "/cards": 7,
    "/cards?series=GOLD&state=active": 7,
    "/cards/search?find=marsh": 5,
    "/cards/bands": 4,
    "/cards/1": 14,
    "/cards/1/account": 6,
    "/cards/98": 10,
    "/cards?holder=1&turnover_from=1&turnover_to=9": 8,
    "/cards/1/acts/block": 2,
    "/cards/1/settings": 3,
    "/cards/1/holder?find=marsh": 4,
    "/cards/change?which=all&series=GOLD": 3,
    "/receipts": 3,
    "/receipts?card=1&flag=discount_mismatch&till=1": 5,
    "/series": 3,
    "/series/GOLD": 6,
    "/series/GOLD/edit": 6,
    "/series/GOLD/rules": 6,
    "/new-series": 2,
    "/price-lists": 2,
    "/price-lists/weekend": 4,
    "/price-lists/weekend/edit": 2,
    "/price-lists/weekend/import": 2,
    "/jobs": 2,
    "/documents": 2,
    "/signals": 10,
    "/signals/dismiss?kind=own_card&card_id=1&last_day=2026-11-22": 1,
    "/receipts?flag=any&kind=sale&store=0001": 3,
}
MASKED = {
    "/cards",
    "/cards/search?find=marsh",
    "/cards/1",
    "/cards/98",
    "/receipts",
    "/series/GOLD",
    "/cards/1/settings",
    "/cards/1/account",
}
WRONG = [
    "/cards?older=x",
    "/cards?older=" + "9" * 19,
    "/cards?series=NOPE",
    "/cards?state=melted",
    "/cards?state=%00",
    "/cards?series=" + "x" * 300,
    "/cards/1?ledger=gold",
    "/cards/bands?cuts=1+1",
    "/cards/bands?cuts=a",
    "/cards/bands?cuts=" + "9" * 30,
    "/cards/search?find=2900000",
    "/receipts?since=2026-13-01",
    "/receipts?kind=gift",
    "/receipts?flag=red",
    "/receipts?card=x",
    "/cards?turnover_from=much",
    "/cards?holder=-1",
    "/jobs?older=x",
    "/documents?since=soon",
    "/documents?older=2026-11-22_1",
    "/signals?kind=none",
    "/signals?from=soon",
    "/receipts?older=1_2",
]
ABSENT = ["/cards/0", "/cards/9999", "/cards/-1", "/cards/" + "9" * 30, "/cards/x", "/nowhere", "/receipts/x"]
ABSENT += ["/receipts/00000000-0000-4000-8000-000000000000", "/series/NONE", "/series/NONE/edit", "/price-lists/none"]
ABSENT += [
    "/jobs/99",
    "/jobs/" + "9" * 30,
    "/cards/9999/holder",
    "/cards/9999/account",
    "/cards/98/account",
    "/cards/1/acts/melt",
    "/price-lists/weekend/export/exe",
]


@pytest.mark.parametrize("path", [*COSTS, *WRONG, *ABSENT, "/sign-in", "/"])
async def test_every_answer_has_the_policy_that_keeps_foreign_code_out(clerk: httpx.AsyncClient, path: str) -> None:
    headers = (await clerk.get(path)).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("path", "most"), COSTS.items())
async def test_page_asks_the_database_a_bounded_number_of_times(
    shop: Caller, clerk: httpx.AsyncClient, path: str, most: int
) -> None:
    await clerk.get(path)
    with statements(shop.service.database) as asked:
        assert (await clerk.get(path)).status_code == 200
    assert len(asked) <= most, asked


async def test_receipts_page_asks_as_often_for_a_return_of_many_lines(shop: Caller, clerk: httpx.AsyncClient) -> None:
    async with shop.service.database.connection() as connection:
        uids = (await connection.execute(text("select uid from receipt where kind = 'return' limit 3"))).scalars().all()
    for uid in uids:
        with statements(shop.service.database) as asked:
            assert (await clerk.get(f"/receipts/{uid}")).status_code == 200
        assert len(asked) <= 15


@pytest.mark.parametrize("path", WRONG)
async def test_address_that_is_not_understood_is_refused(clerk: httpx.AsyncClient, path: str) -> None:
    assert (await clerk.get(path)).status_code == 400


@pytest.mark.parametrize("path", ABSENT)
async def test_address_of_nothing_says_so(clerk: httpx.AsyncClient, path: str) -> None:
    answer = await clerk.get(path)
    assert answer.status_code == 404
    assert "Page not found" in answer.text


@pytest.mark.parametrize("path", [path for path in COSTS if "search" not in path])
async def test_no_page_holds_a_whole_card_number(shop: Caller, clerk: httpx.AsyncClient, path: str) -> None:
    async with shop.service.database.connection() as connection:
        numbers = (await connection.execute(text("select number from card"))).scalars().all()
    page = (await clerk.get(path)).text
    assert "··· " in page or path not in MASKED
    assert [number for number in numbers if number in page] == []


async def test_page_with_all_it_loads_is_light(clerk: httpx.AsyncClient) -> None:
    page = await clerk.get("/cards")
    paths = [
        part.split('"')[0] for part in page.text.replace('src="', 'href="').split('href="') if part[:8] == "/static/"
    ]
    assert len(paths) == 8
    parts = [page.content, *[(await clerk.get(path)).content for path in paths]]
    assert sum(len(gzip.compress(part)) for part in parts) < MOST_COMPRESSED_BYTES


async def test_theme_is_kept_and_leads_back(caller: Caller) -> None:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    body = {"csrf": await csrf_token(caller.http), "theme": "dark", "next": "/receipts"}
    answer = await caller.http.post("/account/theme", data=body)
    assert (answer.status_code, answer.headers["location"]) == (303, "/receipts")
    assert 'data-theme="dark"' in (await caller.http.get("/receipts")).text


async def test_theme_that_is_none_changes_nothing(caller: Caller) -> None:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    body = {"csrf": await csrf_token(caller.http), "theme": "pink", "next": "//evil.test"}
    assert (await caller.http.post("/account/theme", data=body)).headers["location"] == "/"
    assert "data-theme" not in (await caller.http.get("/cards")).text


async def test_page_whose_database_is_away_says_so_and_when_to_come_back(caller: Caller) -> None:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    app = caller.http._transport.app  # type: ignore[attr-defined] # the transport of the application under test
    app.state["database"] = Database("postgresql://tallycard@127.0.0.1:1/nowhere")
    answer = await caller.http.get("/cards")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "The database does not answer" in answer.text


async def test_fault_of_ours_shows_nothing_of_its_inside(caller: Caller) -> None:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    app = caller.http._transport.app  # type: ignore[attr-defined] # the transport of the application under test
    app.state["currency"] = None
    answer = await caller.http.get("/cards")
    assert answer.status_code == 500
    assert "This page failed" in answer.text
    assert "NoneType" not in answer.text
