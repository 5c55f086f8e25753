"""Price lists: made by a form, changed in bulk beside others, imported with a preview, and exported."""

import csv
import html
import io
import re
from typing import Any

import httpx
import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import text

from api.pages.downloads import write_csv, write_xlsx
from tests.api.people import add_person, csrf_token, send, sign_in
from tests.conftest import Caller

_CHANGES = re.compile(r'name="changes" value="([^"]*)"')
LIST: dict[str, str | list[str]] = {"code": "wholesale", "name": "Wholesale", "rank": "3"}


@pytest.fixture
async def nora(caller: Caller) -> httpx.AsyncClient:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    await send(caller.http, "/new-price-list", LIST | {"weekdays": ["1", "2"], "valid_until": "2026-12-31"})
    return caller.http


async def definition(caller: Caller) -> dict[str, Any]:
    async with caller.service.database.connection() as connection:
        found: dict[str, Any] = (
            await connection.execute(text("select definition from price_list where code = 'wholesale'"))
        ).scalar_one()
    return found


def rows(*given: tuple[str, str, str, str]) -> dict[str, str | list[str]]:
    """Give the fields of rows: was, was_price, sku, price."""
    names = ("was", "was_price", "sku", "price")
    return {name: list(column) for name, column in zip(names, zip(*given, strict=True), strict=True)}


async def fill(nora: httpx.AsyncClient) -> None:
    answer = await send(nora, "/price-lists/wholesale", rows(("", "", "1001", "7,50"), ("", "", "1002", "8.00")))
    assert answer.status_code == 303, answer.text


async def preview(
    nora: httpx.AsyncClient, *, mode: str = "add", pasted: str = "", file: tuple[str, bytes] | None = None
) -> httpx.Response:
    fields = {"csrf": await csrf_token(nora), "mode": mode, "pasted": pasted}
    files = {"file": file or ("", b"")}
    return await nora.post("/price-lists/wholesale/import", data=fields, files=files)


async def confirm(nora: httpx.AsyncClient, shown: httpx.Response) -> httpx.Response:
    found = _CHANGES.search(shown.text)
    assert found is not None
    return await send(nora, "/price-lists/wholesale/import/save", {"changes": html.unescape(found[1])})


async def test_price_list_is_made_with_its_days_and_rank(caller: Caller, nora: httpx.AsyncClient) -> None:
    kept = await definition(caller)
    assert (kept["rank"], kept["window"]["weekdays"], kept["window"]["valid_until"]) == (3, [1, 2], "2026-12-31")
    assert "until 31 Dec 2026, Mon and Tue" in (await nora.get("/price-lists")).text


async def test_rank_and_hours_that_are_none_are_told_and_typed_values_stay(nora: httpx.AsyncClient) -> None:
    answer = await send(nora, "/price-lists/wholesale/edit", LIST | {"rank": "high", "hours_until": "21:00"})
    assert answer.status_code == 422
    assert 'value="high"' in answer.text
    assert 'id="hours_from-wrong"' in answer.text


async def test_rows_are_added_changed_renamed_and_taken_out_at_once(caller: Caller, nora: httpx.AsyncClient) -> None:
    await fill(nora)
    assert (await definition(caller))["quotations"] == {"1001": 75_000, "1002": 80_000}
    changed = rows(("1001", "7.50", "1001", "7.95"), ("1002", "8.00", "2002", "8.00"), ("", "", "3003", "0.125"))
    answer = await send(nora, "/price-lists/wholesale", changed)
    assert answer.headers["location"] == "/price-lists/wholesale?saved=4"
    assert (await definition(caller))["quotations"] == {"1001": 79_500, "2002": 80_000, "3003": 1_250}
    await send(nora, "/price-lists/wholesale", rows(("1001", "7.95", "1001", "7.95")) | {"remove": "0"})
    assert set((await definition(caller))["quotations"]) == {"2002", "3003"}


async def test_wrong_rows_are_told_beside_their_cells_and_nothing_is_saved(
    caller: Caller, nora: httpx.AsyncClient
) -> None:
    wrong = rows(("", "", "", "5"), ("", "", "1", "cheap"), ("", "", "2", "1,234"), ("", "", "3", "1"))
    answer = await send(nora, "/price-lists/wholesale", wrong)
    assert answer.status_code == 422
    assert re.findall(r'id="([\w-]+)-wrong"', answer.text) == ["sku-0", "price-1", "price-2"]
    assert 'value="cheap"' in answer.text
    assert (await definition(caller))["quotations"] == {}


async def test_two_people_change_different_prices_and_none_is_undone(caller: Caller, nora: httpx.AsyncClient) -> None:
    await fill(nora)
    await send(nora, "/price-lists/wholesale", rows(("1001", "7.50", "1001", "9"), ("1002", "8.00", "1002", "8.00")))
    second = rows(("1001", "7.50", "1001", "7.50"), ("1002", "8.00", "1002", "6"))
    assert (await send(nora, "/price-lists/wholesale", second)).status_code == 303
    assert (await definition(caller))["quotations"] == {"1001": 90_000, "1002": 60_000}
    third = await send(nora, "/price-lists/wholesale", rows(("1001", "7.50", "1001", "5")))
    assert third.status_code == 422
    assert "Somebody else changed this price meanwhile." in third.text


async def test_pasted_rows_show_what_changes_and_change_it_when_confirmed(
    caller: Caller, nora: httpx.AsyncClient
) -> None:
    await fill(nora)
    shown = await preview(nora, pasted="1001\t7.50\n1002\t8,25\n3003\t1\n4004\tfree\n\t5\n3003\t2")
    assert shown.status_code == 200
    assert "Nothing has changed yet." in shown.text
    assert "Change 2 prices" in shown.text
    for told in ("Line 4", "has no price of at most 4 decimals", "names no article", "a second time"):
        assert told in shown.text
    assert (await definition(caller))["quotations"] == {"1001": 75_000, "1002": 80_000}
    assert (await confirm(nora, shown)).status_code == 303
    assert (await definition(caller))["quotations"] == {"1001": 75_000, "1002": 82_500, "3003": 10_000}


async def test_workbook_replaces_the_list_and_shows_what_is_taken_out(caller: Caller, nora: httpx.AsyncClient) -> None:
    await fill(nora)
    book = Workbook()
    for row in (["Name", "Price", "SKU"], ["Rye", 12.9, 1001], ["Gouda", 0.1 + 0.2, "G-2"]):
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    shown = await preview(nora, mode="replace", file=("spring.xlsx", kept.getvalue()))
    assert "taken out" in shown.text
    await confirm(nora, shown)
    assert (await definition(caller))["quotations"] == {"1001": 129_000, "G-2": 3_000}


async def test_preview_that_somebody_overtook_is_not_carried_out(caller: Caller, nora: httpx.AsyncClient) -> None:
    await fill(nora)
    shown = await preview(nora, pasted="1001;5")
    await send(nora, "/price-lists/wholesale", rows(("1001", "7.50", "1001", "6")))
    answer = await confirm(nora, shown)
    assert answer.status_code == 422
    assert "1001: somebody else changed this price meanwhile" in answer.text
    assert (await definition(caller))["quotations"]["1001"] == 60_000


@pytest.mark.parametrize(
    ("name", "content"), [("a.xlsx", b"no archive"), ("a.csv", b"\xff\xfe1\x00"), ("a.csv", b""), ("a.csv.gz", b"x")]
)
async def test_file_that_is_no_table_is_told_beside_its_field(
    nora: httpx.AsyncClient, name: str, content: bytes
) -> None:
    answer = await preview(nora, file=(name, content))
    assert answer.status_code == 422
    assert 'id="file-wrong"' in answer.text


async def test_export_is_a_table_that_can_be_imported_again(nora: httpx.AsyncClient) -> None:
    await send(nora, "/price-lists/wholesale", rows(("", "", "=SUM(A1)", "7.5"), ("", "", "1002", "1200")))
    answer = await nora.get("/price-lists/wholesale/export/csv")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''wholesale.csv"
    found = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert found == [["sku", "price"], ["1002", "1200"], ["'=SUM(A1)", "7.5"]]
    for ending in ("csv", "xlsx"):
        file = (await nora.get(f"/price-lists/wholesale/export/{ending}")).content
        again = await preview(nora, mode="replace", file=(f"w.{ending}", file))
        assert "Nothing would change" in again.text
    assert (await nora.get("/price-lists/wholesale/export/exe")).status_code == 404


def test_text_that_a_spreadsheet_would_calculate_is_written_as_text() -> None:
    bad = ["=1+1", "+1", "-1", "@A1", "\t=1", "plain"]
    written = list(csv.reader(io.StringIO(write_csv(["a"], [[cell] for cell in bad]).decode("utf-8-sig"))))
    assert [row[0] for row in written[1:]] == [*(f"'{cell}" for cell in bad[:-1]), "plain"]
    sheet = load_workbook(io.BytesIO(write_xlsx(["a"], [[cell] for cell in bad]))).worksheets[0]
    assert {row[0].data_type for row in sheet.iter_rows()} == {"s"}


async def test_long_list_is_shown_page_by_page_and_found_by_article(nora: httpx.AsyncClient) -> None:
    pasted = "\n".join(f"{number:04}\t1" for number in range(120))
    await confirm(nora, await preview(nora, pasted=pasted))
    first = (await nora.get("/price-lists/wholesale")).text
    assert first.count('name="sku"') == 53
    following = re.search(r'id="articles-after" href="([^"]+)"', first)
    assert following is not None
    assert 'value="0050"' in (await nora.get(html.unescape(following[1]))).text
    assert (await nora.get("/price-lists/wholesale?find=011")).text.count('name="was" value="0') == 11
