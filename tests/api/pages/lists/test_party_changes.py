"""The same act on many parties: chosen in the list, previewed, done by a job, and taken back. A database of its own."""

import html
import re

import httpx
import pytest
from sqlalchemy import text

from api.jobs.working import do_queued_jobs
from api.pages import party_export
from database.engine import Database
from tests.api.people import add_person, send, sign_in
from tests.conftest import Caller
from tests.crm.views.crowd import fill_crowd


@pytest.fixture
async def nora(caller: Caller, database_url: str) -> httpx.AsyncClient:
    owner = Database(database_url, role=None)
    await owner.run(fill_crowd)
    await owner.close()
    await add_person(caller.service.database)
    await sign_in(caller.http)
    return caller.http


async def column(caller: Caller, query: str) -> list[object]:
    async with caller.service.database.connection() as connection:
        return list((await connection.execute(text(query))).scalars())


def carried(page: httpx.Response) -> dict[str, str | list[str]]:
    """Give the hidden fields of the last form of a page."""
    last = page.text[page.text.rindex('<form method="post" action="/parties/change"') :]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="([\w.]+)" value="([^"]*)"', last):
        found.setdefault(name, []).append(html.unescape(value))
    return {name: values for name, values in found.items() if name != "csrf"}


async def do(caller: Caller, nora: httpx.AsyncClient, asked: dict[str, str | list[str]]) -> tuple[str, str]:
    """Preview a change, do it, run its job; gives the preview and the job's page."""
    shown = await send(nora, "/parties/change", asked)
    assert shown.status_code == 200, shown.text
    started = await send(nora, "/parties/change", carried(shown))
    await do_queued_jobs(caller.service, is_stopped=lambda: False)
    return shown.text, started.headers["location"]


MEMBERS = "select party_id from party_group g join directory_entry e on e.id = group_id where code = 'vip' order by 1"
FITTING = (
    "select id from party where merged_into is null and archived_at is null and lower(name) like '%ivan%' order by 1"
)


async def test_all_of_a_filter_come_into_a_group_and_out_again_by_undo(caller: Caller, nora: httpx.AsyncClient) -> None:
    """PAP-02, BG-32."""
    before, fitting = await column(caller, MEMBERS), await column(caller, FITTING)
    asked: dict[str, str | list[str]] = {
        "which": "all",
        "where": ["name~has~ivan"],
        "act": "add_to_group",
        "group": "vip",
    }
    preview, job = await do(caller, nora, asked)
    new = len(set(fitting) - set(before))
    assert "Nothing has changed yet." in preview
    assert f'<dt>Would change</dt><dd class="figure">{new}</dd>' in preview
    assert await column(caller, MEMBERS) == sorted({*before, *fitting})  # type: ignore[type-var] # identifiers
    assert f"<dt>Parties changed</dt><dd>{new}</dd>" in (await nora.get(job)).text
    job_id = job.rpartition("/")[2]
    await send(nora, f"/parties/changes/{job_id}/undo", {})
    await do_queued_jobs(caller.service, is_stopped=lambda: False)
    assert await column(caller, MEMBERS) == before


async def test_preview_changes_nothing(caller: Caller, nora: httpx.AsyncClient) -> None:
    asked: dict[str, str | list[str]] = {"which": "ticked", "party": ["2", "4"], "act": "archive"}
    before = await column(caller, "select archived_at is null from party where id in (2, 4)")
    assert (await send(nora, "/parties/change", asked)).status_code == 200
    assert await column(caller, "select archived_at is null from party where id in (2, 4)") == before == [True, True]
    assert await column(caller, "select count(*) from party_change") == [0]


async def test_ticked_parties_are_archived_and_who_cannot_refuses(caller: Caller, nora: httpx.AsyncClient) -> None:
    preview, job = await do(caller, nora, {"which": "ticked", "party": ["2", "40"], "act": "archive"})
    assert "merged into another" in preview
    assert "<dt>Parties changed</dt><dd>1</dd><dt>Refused</dt><dd>1</dd>" in (await nora.get(job)).text
    assert await column(caller, "select id from party where id = 2 and archived_at is not null") == [2]
    assert await column(caller, "select what from party_change where party_id = 2") == ["party.archived"]


async def test_attribute_is_set_for_many_and_taken_back_where_it_still_stands(
    caller: Caller, nora: httpx.AsyncClient
) -> None:
    """UNF-43."""
    sizes = (
        "select number_value from attribute_value where attribute_id = 1 and record_id in (4, 5, 6) order by record_id"
    )
    before = await column(caller, sizes)
    ticked: dict[str, str | list[str]] = {"which": "ticked", "party": ["4", "5", "6"]}
    asked: dict[str, str | list[str]] = {
        **ticked,
        "act": "set_attribute",
        "attribute": "party.size",
        "attribute.size": "7,5",
    }
    _, job = await do(caller, nora, asked)
    assert [str(size) for size in await column(caller, sizes)] == ["7.5", "7.5", "7.5"]
    await do(caller, nora, {**asked, "party": ["5"], "attribute.size": "9"})
    await send(nora, f"/parties/changes/{job.rpartition('/')[2]}/undo", {})
    await do_queued_jobs(caller.service, is_stopped=lambda: False)
    after = await column(caller, "select number_value from attribute_value where attribute_id = 1 and record_id = 5")
    assert [str(size) for size in after] == ["9"]
    rest = "select number_value from attribute_value where attribute_id = 1 and record_id in (4, 6) order by record_id"
    assert len(await column(caller, rest)) <= len(before)
    told = (await nora.get("/jobs")).text
    assert "of parties taken back" in told


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"which": "ticked", "act": "archive"}, "No party is chosen"),
        ({"which": "all", "act": "archive"}, "No party is chosen"),
        ({"which": "all", "where": "group~any_of~gone", "act": "archive"}, "not there any more"),
        ({"which": "all", "where": "nonsense", "act": "archive"}, "not there any more"),
        ({"which": "ticked", "party": "2", "act": "melt"}, "none of the choices"),
        ({"which": "ticked", "party": "2", "act": "add_to_group", "group": "gone"}, "none of the choices"),
        ({"which": "ticked", "party": "2", "act": "set_attribute", "attribute": "party.gone"}, "none of the choices"),
        (
            {"which": "ticked", "party": "2", "act": "set_attribute", "attribute": "party.size", "attribute.size": "x"},
            "A number such as",
        ),
    ],
)
async def test_change_that_cannot_be_is_refused_with_its_reason(
    nora: httpx.AsyncClient, asked: dict[str, str | list[str]], said: str
) -> None:
    shown = await send(nora, "/parties/change", asked)
    assert shown.status_code == 422
    assert said in shown.text


async def test_list_is_taken_along_with_numbers_as_numbers_and_no_formula(
    caller: Caller, nora: httpx.AsyncClient
) -> None:
    async with caller.service.database.connection() as connection:
        await connection.execute(text("update party set name = '=1+1 Anna' where id = 2"))
    answer = await nora.get("/parties/export/csv?where=archived~too&columns=turnover,birth_date,party.size,groups")
    lines = answer.text.lstrip("\ufeff").splitlines()
    assert lines[0] == "id,Name,Turnover,Born,size,Groups"
    assert len(lines) == 89
    assert any(line.startswith("2,'=1+1 Anna,") for line in lines)
    assert (
        (await nora.get("/parties/export/xlsx?where=phone~given")).headers["content-type"].startswith("application/vnd")
    )
    assert (await nora.get("/parties/export/pdf")).status_code == 404
    journal = await column(caller, "select data from activity where act = 'parties.exported' order by id limit 1")
    assert journal == [{"columns": ["turnover", "birth_date", "party.size", "groups"], "fields": ["archived"]}]


async def test_long_list_is_taken_along_to_its_end_and_a_workbook_refuses_it(
    nora: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, bound in (("IDS_AT_ONCE", 10), ("ROWS_AT_ONCE", 4), ("MOST_IN_WORKBOOK", 20)):
        monkeypatch.setattr(party_export, name, bound)
    lines = (await nora.get("/parties/export/csv?where=archived~too")).text.lstrip("\ufeff").splitlines()
    assert len({line.partition(",")[0] for line in lines[1:]}) == len(lines) - 1 == 88
    nobody = (await nora.get("/parties/export/csv?where=name~has~nobody&columns=city")).text
    assert nobody == "\ufeffid,Name,City\r\n"
    assert (await nora.get("/parties/export/xlsx?where=archived~too")).status_code == 400
    assert (await nora.get("/parties/export/csv?where=shoe~is~42")).status_code == 400


async def test_view_is_saved_shared_renamed_and_deleted(caller: Caller, nora: httpx.AsyncClient) -> None:
    """BG-32: a saved filter makes a group usable in lists."""
    query = "where=city~is~Sofia&sort=-turnover"
    saved = await send(nora, "/parties/views", {"name": "Sofia’s best", "query": query, "shared": "yes"})
    assert saved.headers["location"] == f"/parties?{query}"
    assert 'aria-current="page">Sofia’s best</a>' in (await nora.get(saved.headers["location"])).text
    again = await send(nora, "/parties/views", {"name": "Sofia’s best", "query": query})
    assert again.status_code == 422
    assert "You have a view of this name already." in again.text

    await add_person(caller.service.database, login="tom", role="call_taker")
    other = httpx.AsyncClient(transport=nora._transport, base_url=nora.base_url)
    await sign_in(other, login="tom")
    assert "Sofia’s best <small>shared</small>" in (await other.get("/parties")).text
    refused = await send_as(other, "/parties/views/1", {"name": "Mine now"})
    assert refused.status_code == 422

    await send(nora, "/parties/views/1", {"name": "Best", "query": "where=phone~given", "replace": "yes"})
    assert "Best" not in (await other.get("/parties")).text
    assert 'href="/parties?where=phone~given">Best</a>' in (await nora.get("/parties")).text
    await send(nora, "/parties/views/1", {"name": "Best", "delete": "yes"})
    assert "Best" not in (await nora.get("/parties")).text
    assert await column(caller, "select act from activity where act like 'view.%' order by id") == [
        "view.made",
        "view.changed",
        "view.deleted",
    ]


async def send_as(http: httpx.AsyncClient, path: str, fields: dict[str, str]) -> httpx.Response:
    page = (await http.get("/parties/views")).text
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return await http.post(path, data={"csrf": found[1], **fields})


async def test_columns_and_order_are_chosen_on_a_page(nora: httpx.AsyncClient) -> None:
    shown = await nora.get("/parties/view?where=phone~given")
    assert '<input type="hidden" name="where" value="phone~given">' in shown.text
    fields = {"where": "phone~given", "column": ["", "city", "party.size"], "order": "party.size", "way": "-"}
    chosen = await nora.get("/parties", params=fields)
    assert chosen.headers["location"] == "/parties?where=phone~given&columns=city%2Cparty.size&sort=-party.size"


async def test_only_who_may_change_many_sees_the_way_to_it(caller: Caller, nora: httpx.AsyncClient) -> None:
    await add_person(caller.service.database, login="tom", role="call_taker")
    other = httpx.AsyncClient(transport=nora._transport, base_url=nora.base_url)
    await sign_in(other, login="tom")
    assert "Change ticked parties" not in (await other.get("/parties")).text
    assert (await other.get("/parties/change?which=ticked&party=2")).status_code == 403
    assert (await other.get("/parties/export/csv")).status_code == 403
