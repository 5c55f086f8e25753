"""Orders, invoices, payments and deliveries on pages: filled in by a form, stepped by buttons, printed."""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import get_args

import httpx
import pypdfium2
import pytest
from playwright.async_api import Browser

from api.pages import business_words
from api.settings import Settings
from crm.documents.model import STEPS, Kind, Means, ShownStatus
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import check, enter, go_to, visitor
from tests.api.people import add_person, fill, send, sign_in
from tests.conftest import Caller

PATH = "/business-documents"
NEW = "/new-business-document"
LINES: dict[str, str | list[str]] = {
    "line_name": ["Rye bread", "Goat cheese", ""],
    "line_sku": ["4102", "", ""],
    "line_quantity": ["3", "0.755", ""],
    "line_price": ["2.90", "24.90", ""],
}
NAME = "ТОВ «Млин»"


@pytest.fixture
async def seller(caller: Caller, admin: httpx.AsyncClient) -> httpx.AsyncClient:
    """Give a salesperson who is signed in; there is one company with a tax address and two warehouses."""
    await add_person(caller.service.database, role="sales")
    await sign_in(caller.http)
    made = await admin.post("/v1/parties", json={"name": NAME, "legal_status": "limited_company"})
    for city, uses in (("Варна", ["warehouse"]), ("Русе", ["warehouse"]), ("Київ", ["tax"])):
        body = {"city": city, "uses": uses, "main_for": ["warehouse"] if city == "Русе" else []}
        answer = await admin.post(f"/v1/parties/{made.json()['party_id']}/addresses", json=body)
        assert answer.status_code == 201, answer.text
    return caller.http


async def put(http: httpx.AsyncClient, asked: str = "invoice", **more: str | list[str]) -> httpx.Response:
    content = {"amount": "27.50", "means": "transfer"} if asked == "payment" else LINES
    return await send(http, NEW, {"kind": asked, "party": "1", "date": "2026-11-22", **content, **more})


async def step(http: httpx.AsyncClient, document_id: int, status: str, version: str = "1") -> httpx.Response:
    return await send(http, f"{PATH}/{document_id}/status", {"status": status, "version": version})


async def test_order_is_made_with_lines_and_shown_with_its_sum(seller: httpx.AsyncClient) -> None:
    """BG-07."""
    answer = await put(seller, "order")

    shown, listed = (await seller.get(answer.headers["location"])).text, (await seller.get(PATH)).text
    assert ">27.50</td>" in shown
    assert ">18.80</td>" in shown
    assert "Order ORD-2026-000001" in listed
    assert NAME in listed


async def test_wrong_fields_are_told_and_what_was_typed_stays(seller: httpx.AsyncClient) -> None:
    typed: dict[str, str | list[str]] = {
        "date": "tomorrow",
        "line_name": ["", "Cheese"],
        "line_quantity": ["a", "1"],
        "line_price": ["1", "-2"],
        "line_sku": ["7", ""],
    }

    refused = await send(seller, NEW, {"kind": "invoice", "party": "1", **typed})

    wrong = ("date", "line_name-0", "line_quantity-0", "line_price-1")
    assert refused.status_code == 422
    assert [name for name in wrong if f'id="{name}-wrong"' not in refused.text] == []
    assert 'value="tomorrow"' in refused.text


async def test_delivery_form_offers_warehouses_alone_the_main_one_first(seller: httpx.AsyncClient) -> None:
    """BG-22."""
    form = (await seller.get(NEW, params={"kind": "delivery", "party": "1"})).text

    assert form.index(">Русе</option>") < form.index(">Варна</option>")
    assert "Київ" not in form


async def test_invoice_is_issued_paid_and_keeps_its_tax_address(caller: Caller, seller: httpx.AsyncClient) -> None:
    """BG-08, BG-09, BG-23."""
    await put(seller)
    await step(seller, 1, "issued")
    await put(seller, "payment", parent_id="1")
    admin = await caller.as_role("admin")
    body = {"version": (await admin.get("/v1/parties/1")).json()["version"], "city": "Львів", "uses": ["tax"]}
    moved = await admin.put("/v1/parties/1/addresses/3", json=body)
    assert moved.status_code == 200, moved.text

    before = (await seller.get(f"{PATH}/1")).text
    await step(seller, 2, "received")
    after = (await seller.get(f"{PATH}/1")).text

    assert "Issued, not paid" in before
    assert '<span class="badge active">' in after
    assert {"Київ" in page for page in (before, after)} == {True}
    assert {"Львів" in page for page in (before, after)} == {False}


async def test_step_that_somebody_else_took_already_is_told(seller: httpx.AsyncClient) -> None:
    await put(seller)
    await step(seller, 1, "issued")

    late = await step(seller, 1, "issued")

    assert late.status_code == 422
    assert "Somebody else changed it meanwhile." in late.text


async def test_second_of_two_who_edit_sees_what_is_kept_and_may_save_over_it(seller: httpx.AsyncClient) -> None:
    await put(seller, "order")
    edit = f"{PATH}/1/edit"
    mine = {"date": "2026-11-22", "number": "ORD-2026-000001", "note": "mine", **LINES}
    await fill(seller, edit, mine | {"note": "theirs"})

    clash = await fill(seller, edit, mine | {"version": "1"})
    again = await fill(seller, edit, mine)

    assert clash.status_code == 422
    assert "<dd>theirs</dd>" in clash.text
    assert 'name="version" value="2"' in clash.text
    assert again.status_code == 303


async def test_invoice_is_printed_as_a_page_and_as_a_pdf_in_cyrillic(seller: httpx.AsyncClient) -> None:
    """BG-23."""
    await put(seller, note="Дякуємо")
    await step(seller, 1, "issued")

    page, pdf = await seller.get(f"{PATH}/1/print"), await seller.get(f"{PATH}/1/pdf")

    text = pypdfium2.PdfDocument(pdf.content)[0].get_textpage().get_text_bounded()
    for told in (NAME, "Київ", "Invoice INV-2026-000001", "Goat cheese", "18.80", "27.50", "Дякуємо"):
        assert told in page.text
        assert told in text
    assert pdf.headers["content-type"] == "application/pdf"


async def test_character_that_no_font_has_is_told_on_the_page(seller: httpx.AsyncClient) -> None:
    await put(seller, "order", note="Thanks 😀")

    refused = await seller.get(f"{PATH}/1/pdf")

    assert refused.status_code == 422
    assert "cannot be printed" in refused.text


async def test_whoever_may_only_read_sees_no_buttons(caller: Caller, seller: httpx.AsyncClient) -> None:
    await put(seller, "order")
    await add_person(caller.service.database, login="mia", role="marketing")
    await sign_in(seller, login="mia")

    shown = await seller.get(f"{PATH}/1")

    assert shown.status_code == 200
    assert "Confirm</button>" not in shown.text
    assert (await seller.get(NEW, params={"kind": "order", "party": "1"})).status_code == 403


@pytest.fixture
async def own_address(seller: httpx.AsyncClient, settings: Settings, database_url: str) -> AsyncIterator[str]:
    """Give the address of the seller's shop."""
    assert seller.cookies
    async with serving(settings, database_url) as found:
        yield found


@pytest.mark.browser
async def test_seller_makes_an_order_and_its_invoice_in_a_browser(chromium: Browser, own_address: str) -> None:
    """BG-07, BG-08, BG-22."""
    async with visitor(chromium, own_address, "light") as page:
        await enter(page)
        await page.goto(PATH)
        await check(page, "business-none")
        await page.get_by_role("link", name="New order").first.click()
        await page.fill("#find-party", "Млин")
        await page.get_by_role("button", name="Find").click()
        await page.get_by_role("link", name="Choose").wait_for()
        await check(page, "business-party")
        await page.get_by_role("link", name="Choose").click()
        await page.get_by_label("Goods, row 1").fill("Rye bread")
        await page.get_by_label("Quantity, row 1").fill("3")
        await page.get_by_label("Price, EUR, row 1").or_(page.get_by_label("Price, row 1")).fill("2.90")
        await check(page, "business-form")
        await page.get_by_role("button", name="Save document").click()
        await page.get_by_role("button", name="Confirm").click()
        await page.get_by_role("link", name="New invoice").click()
        await page.get_by_label("Goods, row 1").fill("Rye bread")
        await page.get_by_label("Quantity, row 1").fill("3")
        await page.get_by_label("Price, row 1").fill("2.90")
        await page.get_by_role("button", name="Save document").click()
        await page.get_by_role("button", name="Issue").click()
        await page.get_by_text("as it was when the document was issued").wait_for()
        await check(page, "business-document")
        await page.get_by_role("link", name="Print").click()
        await page.get_by_role("link", name="PDF").wait_for()
        await check(page, "business-paper")


@pytest.mark.browser
@pytest.mark.parametrize("look", ["dark", "phone"])
async def test_documents_fit_every_look(
    chromium: Browser, seller: httpx.AsyncClient, own_address: str, look: str
) -> None:
    """BG-07."""
    await put(seller)
    await put(seller, "payment", parent_id="1")
    async with visitor(chromium, own_address, look) as page:
        await enter(page)
        for name, path in (
            ("business-documents", PATH),
            ("business-document", f"{PATH}/1"),
            ("business-form", f"{PATH}/1/edit"),
            ("business-form-payment", f"{PATH}/2/edit"),
            ("business-paper", f"{PATH}/1/print"),
        ):
            await go_to(page, path)
            await check(page, f"{name}-{look}")


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (business_words.KINDS, get_args(Kind)),
        (business_words.NEW, get_args(Kind)),
        (business_words.BELOW, get_args(Kind)),
        (business_words.STATUSES, get_args(ShownStatus)),
        (business_words.MEANS, get_args(Means)),
        (business_words.STEPS, {step for steps in STEPS.values() for after in steps.values() for step in after}),
    ],
)
def test_every_code_of_a_document_has_its_words(table: Mapping[str, object], codes: Collection[str]) -> None:
    assert set(table) == set(codes)
