"""Events in a real browser: every page is accessible and fits, entered on a phone with a photo, written, heard, read."""

import io
import struct
import wave
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from api.settings import Settings
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import VISITS, check, enter, look_at, visitor
from tests.api.people import add_person, csrf_token, send, sign_in
from tests.conftest import ACT, Caller

pytestmark = pytest.mark.browser
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj trailer<</Root 1 0 R>>"  # fmt: skip
PATHS = {
    "list": "/events?since=2020-01-01",
    "list-empty": "/events?words=nothing",
    "contacts": "/contacts?group=kind&since=2020-01-01",
    "views": "/contacts/views?kind=meeting",
    "form": "/events/new?party=1",
    "page": "/events/1",
    "edit": "/events/1/edit",
    "history": "/events/1/history",
    "structure": "/structure?of=event:1",
    "kinds": "/settings/event-kinds",
    "kind": "/settings/event-kinds/meeting",
    "kind-new": "/settings/event-kinds/new",
}


def picture() -> bytes:
    """Give a grey photo, 320 pixels wide."""
    rows = (b"\0" + b"\x99" * 320) * 200
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 320, 200, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def sound() -> bytes:
    """Give half a second of a talk."""
    kept = io.BytesIO()
    with wave.open(kept, "wb") as talk:
        talk.setparams((1, 2, 8_000, 0, "NONE", ""))
        talk.writeframes(struct.pack("<h", 900) * 4_000)
    return kept.getvalue()


@pytest.fixture
async def served(caller: Caller, settings: Settings, database_url: str) -> AsyncIterator[str]:
    """Give the address of a shop whose director Nora had a meeting with Anna of the mill, photo and recording kept."""
    await add_person(caller.service.database, role="director")
    await sign_in(caller.http)
    admin = await caller.as_role("admin")
    for name, status in (("Mill", "limited_company"), ("Anna", "natural_person")):
        await admin.post("/v1/parties", json={"name": name, "legal_status": status})
    await admin.post("/v1/parties/1/persons", json={"person_id": 2})
    day = (ACT.at - timedelta(days=2)).date().isoformat()
    meeting = {"kind": "meeting", "topic": "Rye for May", "start_day": day, "start_time": "10:00", "party": "#1"}
    meeting |= {"persons": "2", "responsible_id": "1", "content": "<p>Bring <b>samples</b></p>", "importance": "1"}
    assert (await send(caller.http, "/events/new", meeting)).status_code == 303
    token = {"csrf": await csrf_token(caller.http)}
    for name, content in (("sheet.png", picture()), ("talk.wav", sound()), ("sheet.pdf", PDF)):
        await caller.http.post("/events/1/files", data=token, files={"file": (name, content)})
    await send(caller.http, "/events/1/completion", {"result": "3 t"})
    async with serving(settings, database_url) as address:
        yield address


@pytest.mark.parametrize("look", VISITS)
async def test_every_page_of_events_is_accessible_and_fits(chromium: Browser, served: str, look: str) -> None:
    async with visitor(chromium, served, look) as page:
        await enter(page)
        for name, path in PATHS.items():
            await look_at(page, f"event-{name}", path, look)


async def test_event_is_entered_with_a_photo_on_a_phone(chromium: Browser, served: str) -> None:
    """PS-20, PS-21: 390 pixels wide, from the profile of the party to the photo in the page."""
    async with visitor(chromium, served, "phone") as page:
        await enter(page)
        await page.goto("/parties/1")
        await page.get_by_role("link", name="New event").last.click()
        await page.select_option("#kind", "measurement")
        await page.fill("#topic", "Oven niche")
        photo = {"name": "niche.png", "mimeType": "image/png", "buffer": picture()}
        await page.set_input_files("#file", photo)  # type: ignore[arg-type] # a typed dictionary of Playwright's own
        await check(page, "event-entry-phone")
        await page.get_by_role("button", name="Save event").click()
        await page.get_by_role("heading", level=1, name="Oven niche").wait_for()
        await check(page, "event-entered-phone")

        await expect(page.get_by_role("img", name="niche.png")).to_have_js_property("naturalWidth", 320)
        await expect(page.get_by_role("link", name="Mill").first).to_be_visible()


async def test_content_is_written_with_bold_words_and_kept_so(chromium: Browser, served: str) -> None:
    """UNF-18: what a script would do there is taken out before it is kept."""
    async with visitor(chromium, served, "light") as page:
        await enter(page)
        await page.keyboard.press("n")
        await page.wait_for_url("**/events/new")
        await page.select_option("#kind", "event")
        await page.fill("#topic", "Stocktaking")
        written = page.get_by_role("textbox", name="Content")
        await written.click()
        await page.get_by_role("button", name="Bold").click()
        await page.keyboard.type("all rye <script>alert(1)</script>")
        await check(page, "event-writing-light")
        await page.get_by_role("button", name="Save event").click()
        await page.get_by_role("heading", level=1, name="Stocktaking").wait_for()

        await expect(page.locator(".rich b")).to_have_text("all rye <script>alert(1)</script>")
        assert await page.locator(".rich script").count() == 0


async def test_recording_is_played_and_a_sheet_is_read_in_the_browser(chromium: Browser, served: str) -> None:
    """PS-21, PS-32."""
    async with visitor(chromium, served, "light") as page:
        await enter(page)
        await page.goto("/events/1")
        player = page.locator("audio")
        await player.evaluate("one => { one.muted = true; return one.play(); }")
        await player.evaluate("one => one.ended || new Promise((done) => one.addEventListener('ended', done))")
        heard = await player.evaluate("one => one.duration")
        sheet = await page.request.get("/events/1/files/3")
        await page.goto("/settings/audit?record=event:1")

        assert heard == 0.5
        assert (sheet.headers["content-type"], sheet.headers["content-disposition"][:6]) == (
            "application/pdf",
            "inline",
        )
        assert "sandbox" not in sheet.headers["content-security-policy"], "the browser's own reader would not open"
        await expect(page.get_by_role("cell", name="Recording played").first).to_be_visible()
