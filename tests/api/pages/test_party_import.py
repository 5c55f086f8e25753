"""Files of parties on pages: put in, explained, tried, taken in; hostile ones end in words."""

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser

from api.jobs.working import do_queued_jobs
from api.settings import Settings
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import check, visitor
from tests.api.people import LOGIN, PASSWORD, add_person, csrf_token, send, sign_in
from tests.conftest import Caller
from tests.crm.merging.people import fetch
from tests.crm.transfer.files import book, table

PATH = "/parties/import"
FILE = table(
    ("Customer No", "Name", "Date of birth", "Mobile phone", "E-mail", "City", "Shoe size"),
    ("7", "Ana Ilieva", "29.02.1980", "0888 123 456", "ana@example.com", "Varna", "38"),
    ("8", "Petar Stoyanov", "", "0888 123 457", "", "Sofia", "44"),
    ("9", "", "", "", "", "", ""),
    ("10", "=HYPERLINK(1)", "1980-01-01", "nobody", "", "", ""),
)
MEANINGS = {"column-0": "key", "column-1": "name", "column-2": "birth_date", "column-3": "phone", "column-4": "email"}
HOW = {"by": "key", "source": "club", "kind": "person", "country": "BG", "date_format": "%d.%m.%Y"}


@pytest.fixture
async def clerk(caller: Caller) -> httpx.AsyncClient:
    """Give a clerk who is signed in, of an empty shop."""
    await add_person(caller.service.database)
    await sign_in(caller.http)
    return caller.http


async def put_in(http: httpx.AsyncClient, content: bytes, name: str = "club.csv") -> httpx.Response:
    return await http.post(PATH, data={"csrf": await csrf_token(http)}, files={"file": (name, content)})


async def test_columns_are_guessed_and_the_first_rows_tell_what_would_happen(
    clerk: httpx.AsyncClient, caller: Caller
) -> None:
    upload = (await put_in(clerk, FILE)).headers["location"]

    guessed = (await clerk.get(upload)).text
    shown = (await send(clerk, upload, {**MEANINGS, **HOW, "act": "preview"})).text

    assert upload == f"{PATH}/1"
    for meaning in ("key", "name", "birth_date", "phone", "email", "city"):
        assert f'<option value="{meaning}" selected' in guessed
    assert shown.count("Stays out") == 2
    assert "has no name" in shown
    assert "phone is no phone" in shown
    assert await fetch(caller.service.database, "select 1 from party") == []


async def test_file_is_tried_then_taken_in_and_its_meanings_are_remembered(
    clerk: httpx.AsyncClient, caller: Caller
) -> None:
    upload = (await put_in(clerk, FILE)).headers["location"]
    fields = {**MEANINGS, **HOW}

    tried = await send(clerk, upload, {**fields, "act": "try"})
    again = await send(clerk, upload, {**fields, "act": "import"})
    await do_queued_jobs(caller.service, is_stopped=lambda: False)
    after_trial = (await clerk.get(upload)).text
    await send(clerk, upload, {**fields, "act": "import"})
    await do_queued_jobs(caller.service, is_stopped=lambda: False)
    done = (await clerk.get(upload)).text

    assert tried.headers["location"] == upload
    assert (again.status_code, "a job is at it" in again.text) == (422, True)
    assert "Tried, without changing anything" in after_trial
    assert "Take the file in" in after_trial
    assert "Taken in" in done
    assert "Take the file in" not in done
    assert await fetch(caller.service.database, "select source, source_key from party order by id") == [
        ("club", "7"), ("club", "8"),
    ]  # fmt: skip
    next_one = (await clerk.get((await put_in(clerk, FILE)).headers["location"])).text
    assert '<option value="%d.%m.%Y" selected' in next_one
    assert '<option value="BG" selected' in next_one


async def test_rows_that_stay_out_come_back_as_a_file_that_can_be_put_in_again(
    clerk: httpx.AsyncClient, caller: Caller
) -> None:
    upload = (await put_in(clerk, FILE)).headers["location"]
    await send(clerk, upload, {**MEANINGS, **HOW, "act": "import"})
    await do_queued_jobs(caller.service, is_stopped=lambda: False)

    rejected = (await clerk.get(f"{upload}/rejected")).content.decode("utf-8-sig").splitlines()

    assert rejected == [
        "line,reason,Customer No,Name,Date of birth,Mobile phone,E-mail,City,Shoe size",
        "4,has no name,9,,,,,,",
        "5,phone is no phone that could be dialled,10,'=HYPERLINK(1),1980-01-01,nobody,,,",
    ]
    corrected = "\n".join(rejected).replace("nobody", "0888 123 458").encode()
    second = (await put_in(clerk, corrected)).headers["location"]
    meanings = {f"column-{place + 2}": meaning for place, meaning in enumerate(MEANINGS.values())}
    await send(clerk, second, {**meanings, **HOW, "act": "import"})
    await do_queued_jobs(caller.service, is_stopped=lambda: False)
    assert await fetch(caller.service.database, "select name from party where source_key = '10'") == [
        ("=HYPERLINK(1)",)
    ]


def bomb() -> bytes:
    """Pack a gigabyte and more of nothing."""
    kept = io.BytesIO()
    with (
        zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(1_100):
            part.write(bytes(1_048_576))
    return kept.getvalue()


HOSTILE = [
    ("club.pdf", b"%PDF-", "Files that end in .csv"),
    ("club.csv", b"", "Is empty"),
    ("club.csv", b"\n", "is empty: its first line names the columns"),
    ("club.csv", "k;имя\n1;Ана\n".encode("cp1251"), "is no UTF-8; save the file as UTF-8"),
    ("club.csv", b"x" * 3_000_000, "has more than 1,048,576 bytes; is it a table?"),
    ("club.csv", b",".join(b"c%d" % n for n in range(10_000)) + b"\n", "has 10,000 columns, at most 200 are read"),
    ("club.csv.gz", b"no archive", "is damaged or cut off"),
    ("club.xlsx", b"PK no workbook", "is no workbook that can be read"),
    ("club.xlsx", book(["c"] * 10_000), "has more than 200 columns"),
    ("bomb.xlsx", b"", "unpacks to more than"),
]


@pytest.mark.parametrize(("name", "content", "words"), HOSTILE, ids=[words[:24] for _, _, words in HOSTILE])
async def test_hostile_file_ends_in_words_beside_its_field(
    clerk: httpx.AsyncClient, name: str, content: bytes, words: str
) -> None:
    answer = await put_in(clerk, bomb() if name == "bomb.xlsx" else content, name)

    assert answer.status_code == 422
    assert words in answer.text
    assert "tallycard-import" not in answer.text


async def test_meanings_that_do_not_go_together_are_refused_beside_their_field(clerk: httpx.AsyncClient) -> None:
    upload = (await put_in(clerk, FILE)).headers["location"]

    no_name = await send(clerk, upload, {**HOW, "column-0": "key", "act": "import"})
    twice = await send(clerk, upload, {**HOW, **MEANINGS, "column-5": "key", "act": "import"})
    no_key = await send(clerk, upload, {**HOW, "column-1": "name", "by": "email", "act": "import"})
    bad_source = await send(clerk, upload, {**HOW, **MEANINGS, "source": "Клуб", "act": "import"})

    for answer, words in (
        (no_name, "No column is the name"),
        (twice, "Two columns mean key"),
        (no_key, "No column is the email by which"),
        (bad_source, "Small Latin letters"),
    ):
        assert (answer.status_code, words in answer.text) == (422, True), words


@pytest.fixture
async def own_address(caller: Caller, clerk: httpx.AsyncClient, settings: Settings) -> AsyncIterator[str]:
    """Give the address of that shop."""
    assert clerk is caller.http
    async with serving(settings, caller.service.database.url) as found:
        yield found


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_clerk_takes_a_file_in_by_hand(
    chromium: Browser, own_address: str, caller: Caller, tmp_path: Path, look: str
) -> None:
    (tmp_path / "club.csv").write_bytes(FILE)
    async with visitor(chromium, own_address, look) as page:
        await page.goto(PATH)
        await page.fill("#login", LOGIN)
        await page.fill("#password", PASSWORD)
        await page.click("button")
        await page.wait_for_url(f"**{PATH}")
        await check(page, f"party-import-{look}")
        await page.set_input_files("#file", tmp_path / "club.csv")
        await page.get_by_role("button", name="Read the file").click()
        await page.get_by_role("heading", name="What the columns mean").wait_for()
        await page.select_option("#date_format", "%d.%m.%Y")
        await page.select_option("#country", "BG")
        await check(page, f"party-import-columns-{look}")
        await page.get_by_role("button", name="Show the first rows").click()
        await page.get_by_role("heading", name="What would become of the first rows").wait_for()
        await check(page, f"party-import-preview-{look}")
        await page.get_by_role("button", name="Take the file in").click()
        await page.get_by_role("heading", name="Taken in").wait_for()
        await do_queued_jobs(caller.service, is_stopped=lambda: False)
        await page.reload()
        await page.get_by_text("Done").wait_for()
        await check(page, f"party-import-done-{look}")
