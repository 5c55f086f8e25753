"""Reports on pages: the index, a report with its picture, table and files, what narrows it, and its letters."""

import csv
import io

import httpx
import openpyxl
import pytest

from tests.api.people import add_person, csrf_token_of, sign_in
from tests.conftest import Caller

YEAR = "period=own&since=2025-12-01&until=2026-11-30"


async def test_index_lists_all_reports_under_one_roof(clerk: httpx.AsyncClient) -> None:
    shown = (await clerk.get("/reports")).text

    for path in ("turnover", "discounts", "cards", "tiers", "points", "balances", "retention", "scores", "task-times"):
        assert f'href="/reports/{path}"' in shown
    for path in ("/cards/bands", "/workload", "/dispatcher/lateness", "/surveys", "/mailings"):
        assert f'href="{path}"' in shown


async def test_report_shows_figures_table_and_help(clerk: httpx.AsyncClient) -> None:
    shown = (await clerk.get(f"/reports/turnover?{YEAR}&by=store&step=month&compare=yes")).text

    assert "Quayside" in shown
    assert "Nov 2026" in shown
    assert "Period before" in shown
    assert '<svg class="plot"' in shown
    assert "A return counts negative on its own day" in shown


async def test_every_report_has_a_page_and_both_files(clerk: httpx.AsyncClient) -> None:
    for report in (
        "turnover",
        "discounts",
        "cards",
        "tiers",
        "points",
        "balances",
        "retention",
        "scores",
        "task-times",
    ):
        assert (await clerk.get(f"/reports/{report}")).status_code == 200
        for ending in ("csv", "xlsx"):
            assert (await clerk.get(f"/reports/{report}/export/{ending}?{YEAR}")).status_code == 200


async def test_files_hold_what_the_page_shows(clerk: httpx.AsyncClient) -> None:
    asked = f"{YEAR}&by=store"
    page = (await clerk.get(f"/reports/turnover?{asked}")).text
    found = await clerk.get(f"/reports/turnover/export/csv?{asked}")
    book = await clerk.get(f"/reports/turnover/export/xlsx?{asked}")

    rows = list(csv.reader(io.StringIO(found.content.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).active
    assert sheet is not None
    assert rows[0] == ["Store", "Turnover", "Purchases", "Mean"]
    assert {row[0] for row in rows[1:]} == {"Mill Lane", "Quayside", "Station Road"}
    assert f"{float(rows[1][1]):,.2f}" in page
    assert float(str(sheet["B2"].value)) == float(rows[1][1])
    assert sheet["B2"].data_type == "n"


async def test_what_narrows_a_report_is_named_and_can_be_taken_away(clerk: httpx.AsyncClient) -> None:
    shown = (await clerk.get(f"/reports/turnover?{YEAR}&store=0001&series=GOLD&where=name~has~Nora")).text

    assert "Remove the filter: Mill Lane" in shown
    assert "Remove the filter: Gold" in shown
    assert "Nora" in shown
    assert '<input type="hidden" name="where" value="name~has~Nora">' in shown


@pytest.mark.parametrize(
    "asked", ["period=someday", "by=colour", "where=colour~is~red", "period=own&since=x", "store=NONE", "step=hour"]
)
async def test_what_means_nothing_is_said_on_the_page(clerk: httpx.AsyncClient, asked: str) -> None:
    answer = await clerk.get(f"/reports/turnover?{asked}")

    assert answer.status_code == 422
    assert "Nothing was counted." in answer.text
    assert (await clerk.get(f"/reports/turnover/export/csv?{asked}")).status_code == 404


async def test_report_that_is_none_is_not_found(clerk: httpx.AsyncClient) -> None:
    assert (await clerk.get("/reports/nothing")).status_code == 404


async def test_cards_by_turnover_are_a_file_too(clerk: httpx.AsyncClient) -> None:
    page = (await clerk.get("/cards/bands?cuts=100+1000")).text
    found = await clerk.get("/cards/bands?cuts=100+1000&as=csv")

    rows = list(csv.reader(io.StringIO(found.content.decode("utf-8-sig"))))
    assert [row[:3] for row in rows] == [
        ["group", "from", "to"],
        ["", "", "100.00"],
        ["", "100.00", "1000.00"],
        ["", "1000.00", ""],
    ]
    assert f'<td class="num">{rows[1][3]}</td>' in page
    assert "/cards/bands?cuts=100+1000&amp;as=xlsx" in page


async def test_list_of_parties_leads_to_their_turnover(clerk: httpx.AsyncClient) -> None:
    listed = (await clerk.get("/parties?where=name~has~Nora")).text

    assert 'href="/reports/turnover?where=name~has~Nora"' in listed
    assert (await clerk.get("/reports/turnover?where=name~has~Nora")).status_code == 200


async def test_hostile_names_are_text_in_page_and_file(caller: Caller) -> None:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    admin = await caller.as_role("admin")
    body = {"name": "<script>alert(1)</script>", "kind": "discount", "number_template": "H%06"}
    await admin.put("/v1/series/=H", json=body)
    await admin.put("/v1/series/=H", json=body | {"name": "=cmd|'<q>'"})
    made = await admin.post("/v1/series/=H/cards", json={"count": 1})
    assert made.status_code == 201, made.text

    shown = (await caller.http.get("/reports/cards?by=series")).text
    file = (await caller.http.get("/reports/cards/export/csv?by=series")).text

    assert "<q>" not in shown
    assert "&lt;q&gt;" in shown
    assert "'=cmd" in file


async def test_report_is_sent_and_ended(caller: Caller) -> None:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    token = csrf_token_of(await caller.http.get("/reports/turnover"))
    form = {"csrf": token, "query": "period=last_month&by=series&step=none", "every": "month", "hour": "6"}

    sent = await caller.http.post("/reports/turnover/letters", data=form)
    listed = (await caller.http.get("/reports/letters?done=sent")).text
    refused = [
        (await caller.http.post("/reports/turnover/letters", data=form | wrong)).status_code
        for wrong in ({"every": "hour"}, {"hour": "24"}, {"hour": ""}, {"query": "by=colour"}, {"query": "x" * 5_000})
    ]
    ended = await caller.http.post("/reports/letters/1/end", data={"csrf": token})
    again = await caller.http.post("/reports/letters/1/end", data={"csrf": token})

    assert (sent.status_code, ended.status_code, again.status_code) == (303, 303, 404)
    assert refused == [422] * 5
    assert "/reports/turnover?period=last_month&amp;by=series&amp;step=none" in listed
    assert "on the first of each month, 06:00" in listed
    assert "No report is sent to you" in (await caller.http.get("/reports/letters")).text


async def test_nobody_ends_the_letters_of_another(caller: Caller) -> None:
    for login in ("ann", "bob"):
        await add_person(caller.service.database, login=login)
    await sign_in(caller.http, login="ann")
    token = csrf_token_of(await caller.http.get("/reports/turnover"))
    await caller.http.post("/reports/turnover/letters", data={"csrf": token, "query": "", "every": "day", "hour": "6"})
    await sign_in(caller.http, login="bob")
    token = csrf_token_of(await caller.http.get("/reports/turnover"))

    refused = await caller.http.post("/reports/letters/1/end", data={"csrf": token})

    assert refused.status_code == 404
    assert "No report is sent to you" in (await caller.http.get("/reports/letters")).text
