"""Pages of correspondence: the journal with its tree, forms, notices with marks, files, the archive, kinds."""

import re
from io import BytesIO

import httpx
import pytest
from openpyxl import load_workbook

from tests.api.people import add_person, fill, send, sign_in
from tests.conftest import Caller
from tests.factories import make_company

NEW = "/letters/new"
SCAN = b"\x89PNG\r\n\x1a\n" + b"0" * 20
CLAIM = {"flow": "incoming", "kind": "claims", "topic": "Flour of the wrong grade", "party_id": "#1", "priority": "2"}


@pytest.fixture
async def desk(caller: Caller) -> httpx.AsyncClient:
    """Give a director who is signed in, user 1; the sales person Bob is user 2, the mill is party 1."""
    await add_person(caller.service.database, login="boss", role="director")
    await add_person(caller.service.database, login="bob", role="sales")
    await make_company(caller.service.database, "Mill Lane")
    await sign_in(caller.http, login="boss")
    return caller.http


async def make(http: httpx.AsyncClient, topic: str = CLAIM["topic"], **more: str | list[str]) -> str:
    """Register a letter by its form and give the address of its page."""
    answer = await fill(http, NEW, {**CLAIM, "topic": topic, **more})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def words(text: str) -> str:
    """Give the text of a page without its markup."""
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


async def test_letter_is_registered_and_stands_in_the_journal_under_its_kind(desk: httpx.AsyncClient) -> None:
    """C77-17, C77-63, C77-68, C77-72."""
    page = await make(desk, document_number="17/B", document_date="2020-01-31")
    await make(desk, "Contract", kind="contracts", flow="outgoing", user_id="1", priority="3")

    shown = words((await desk.get(page)).text)
    journal, claims = (await desk.get("/letters")).text, (await desk.get("/letters?kind=claims")).text

    assert "From Mill Lane To Us" in shown
    assert "Date of the document 31" in shown
    assert journal.index(">Contract</a>") < journal.index(">Flour of the wrong grade</a>")
    assert ">Contract</a>" not in claims
    assert 'aria-current="true">Claims' in claims


async def test_form_offers_both_directories_and_reads_the_one_of_the_flow(desk: httpx.AsyncClient) -> None:
    """C77-67, C77-69, C77-75: the flow is needed; colleagues alone are offered."""
    form = (await desk.get(f"{NEW}?flow=outgoing&party=1")).text
    page = await make(desk, flow="outgoing", user_id="2", person_id="1")
    no_flow = await send(desk, NEW, {name: text for name, text in CLAIM.items() if name != "flow"})

    assert 'value="outgoing" checked' in form
    assert re.findall(r'name="notified" value="(\d+)"', form) == ["1", "2"]
    assert "From Us Nora Lindqvist" in words((await desk.get(page)).text)
    assert (no_flow.status_code, 'id="flow-wrong"' in no_flow.text) == (422, True)


async def test_day_of_registration_is_today_and_is_changed_by_right(desk: httpx.AsyncClient) -> None:
    """C77-70."""
    form = (await desk.get(NEW)).text
    page = await make(desk, registered_on="2020-02-01")
    await sign_in(desk, login="bob")
    refused = await fill(desk, NEW, CLAIM | {"registered_on": "2020-02-01"})

    assert re.search(r'id="registered_on"[^>]*value="20\d\d-', form)
    assert "Registered on 1" in words((await desk.get(page)).text)
    assert (refused.status_code, 'id="registered_on-wrong"' in refused.text) == (422, True)
    assert re.search(r'id="registered_on"[^>]*readonly', (await desk.get(NEW)).text)


async def test_notified_colleague_sees_the_bell_and_opening_marks_it_read(desk: httpx.AsyncClient) -> None:
    """C77-18, C77-75."""
    page = await make(desk, notified=["2"])
    before = words((await desk.get(page)).text)
    await sign_in(desk, login="bob")
    notices, unread = (await desk.get("/notifications")).text, (await desk.get("/letters?unread=yes")).text

    after = words((await desk.get(page)).text)

    assert "Letter to take note of" in notices
    assert ">Flour of the wrong grade</a>" in unread
    assert ("not read yet" in before, "not read yet" in after, "read " in after) == (True, False, True)
    assert "Flour" not in (await desk.get("/letters?unread=yes")).text


async def test_files_that_a_browser_shows_are_shown_and_others_are_kept(desk: httpx.AsyncClient) -> None:
    """C77-66, C77-76."""
    page = await make(desk)
    token = re.search(r'name="csrf" value="([^"]+)"', (await desk.get(page)).text)
    assert token is not None
    for name, content in (("scan.png", SCAN), ("reply.pdf", b"%PDF-1.4"), ("a.txt", b"Hi"), ("b.bin", b"\0\1")):
        sent = await desk.post(f"{page}/files", data={"csrf": token[1]}, files={"file": (name, content)})
        assert sent.status_code == 303, sent.text

    shown = (await desk.get(page)).text
    opened = [await desk.get(f"{page}/files/{number}") for number in range(1, 5)]

    assert [one.headers["content-disposition"].partition(";")[0] for one in opened] == [*["inline"] * 3, "attachment"]
    assert all("default-src 'none'" in one.headers["content-security-policy"] for one in opened)
    assert f'<img class="shot" src="{page}/files/1"' in shown
    assert f'{page}/files/4" download' in shown
    assert (await send(desk, f"{page}/files/4/remove", {})).status_code == 303
    assert "b.bin" not in (await desk.get(page)).text


async def test_ticked_letters_go_into_the_archive_and_one_comes_back(desk: httpx.AsyncClient) -> None:
    """C77-77, C77-78."""
    pages = [await make(desk, topic) for topic in ("Aa", "Bb", "Cc")]
    ids = [page.rpartition("/")[2] for page in pages]
    await send(desk, "/letters/archive", {"letter": ids[:2], "kind": "claims"})
    none = await send(desk, "/letters/archive", {})

    journal, archive = (await desk.get("/letters")).text, (await desk.get("/letters?archived=yes")).text
    back = await send(desk, "/letters/restore", {"letter": ids[0], "alone": "yes"})

    assert [topic in journal for topic in (">Aa<", ">Bb<", ">Cc<")] == [False, False, True]
    assert [topic in archive for topic in (">Aa<", ">Bb<", ">Cc<")] == [True, True, False]
    assert back.headers["location"] == pages[0]
    assert (none.status_code, "Tick the letters" in none.text) == (422, True)


async def test_second_editor_sees_both_versions_and_the_history_keeps_them(desk: httpx.AsyncClient) -> None:
    page = await make(desk)
    seen = (await desk.get(f"{page}/edit")).text
    assert 'name="version" value="1"' in seen
    await fill(desk, f"{page}/edit", CLAIM | {"topic": "Rye"})

    clash = await send(desk, f"{page}/edit", CLAIM | {"topic": "Oats", "version": "1", "registered_on": ""})
    assert (clash.status_code, "Yours and theirs" in clash.text, 'value="Oats"' in clash.text) == (422, True, True)
    again = await fill(desk, f"{page}/edit", CLAIM | {"topic": "Oats"})
    history = words((await desk.get(f"{page}/history")).text)

    assert again.status_code == 303
    assert history.index("Topic Rye Oats") < history.index("Topic Flour of the wrong grade Rye")


async def test_journal_is_taken_along_as_csv_and_workbook(desk: httpx.AsyncClient) -> None:
    await make(desk, "=Sum", document_number="17/B")
    await make(desk, "Other", kind="contracts")

    csv = (await desk.get("/letters/export/csv?kind=claims")).text
    book = load_workbook(BytesIO((await desk.get("/letters/export/xlsx")).content))

    assert ("'=Sum" in csv, "Other" in csv, "Mill Lane" in csv) == (True, False, True)
    assert len(list(book.active.iter_rows())) == 3
    assert "Journal of letters taken along" in (await desk.get("/settings/audit")).text


async def test_kinds_are_made_moved_and_put_away_on_a_page(desk: httpx.AsyncClient) -> None:
    """C77-72."""
    path = "/settings/letter-kinds"
    made = await fill(desk, f"{path}/new?under=claims", {"code": "quality", "names.en": "Quality", "parent": "claims"})
    await send(desk, f"{path}/claims/move", {"to": "up"})
    await make(desk, kind="quality")
    archived = await fill(
        desk, f"{path}/quality", {"names.en": "Grade", "parent": "business", "archived": "yes", "version": "1"}
    )

    settings, journal = (await desk.get(path)).text, (await desk.get("/letters?kind=business")).text

    assert (made.status_code, archived.status_code) == (303, 303)
    assert settings.index(">Claims") < settings.index(">Contracts")
    assert ">Flour of the wrong grade</a>" in journal
    assert 'value="quality"' not in (await desk.get(NEW)).text


async def test_letters_stand_on_the_profile_the_timeline_and_in_the_feed(desk: httpx.AsyncClient) -> None:
    """C77-17."""
    page = await make(desk)

    profile, feed = (await desk.get("/parties/1")).text, words((await desk.get("/dispatcher?source=letters")).text)

    assert f'href="{page}">Flour of the wrong grade</a>' in profile
    assert "Letter registered" in words(profile)
    assert "Letter registered" in feed
