"""A party's profile: panels, their arrangement, quick entry and the timeline."""

import re

import httpx
import pytest
from msgspec import structs

from tests.api.people import PASSWORD, add_person, csrf_token, send, sign_in, statements
from tests.conftest import Caller, calling
from tests.factories import make_line, make_person, make_receipt

NUMBER = "2900000000018"


@pytest.fixture
async def sales(caller: Caller) -> httpx.AsyncClient:
    """Give a browser in which a seller has signed in, made a minute ago."""
    await add_person(caller.service.database, login="sam", role="sales")
    await sign_in(caller.http, login="sam", password=PASSWORD)
    return caller.http


@pytest.fixture
async def anna(caller: Caller) -> int:
    """Make a person with a phone."""
    return await make_person(caller.service.database, "Anna Marsh", phone="+359888123456")


def _panels(page: httpx.Response) -> list[str]:
    return re.findall(r'<section class="panel" id="panel-([a-z]+)"', page.text)


def _panel(page: str, name: str) -> str:
    """Give what stands in a panel, without its tags."""
    return re.sub(r"<[^>]+>", " ", page[page.index(f'id="panel-{name}"') :].split("</section>", maxsplit=1)[0])


async def _give_gold(admin: httpx.AsyncClient, party_id: int) -> None:
    """Make a card of a series Gold, and give it to a party."""
    gold = {"name": "Gold", "kind": "discount", "discount_percent": "10.00"}
    assert (await admin.put("/v1/series/GOLD", json=gold)).status_code == 201
    assert (await admin.post("/v1/series/GOLD/cards", json={"number": NUMBER})).status_code == 201
    assert (await admin.patch("/v1/cards/1", json={"holder_id": party_id})).status_code == 200


async def _arrange(http: httpx.AsyncClient, party_id: int, panel: str, act: str, **more: str) -> None:
    answer = await send(
        http, "/profile-layouts/person", {"panel": panel, "act": act, "next": f"/parties/{party_id}", **more}
    )
    assert answer.status_code == 303, answer.text


async def test_a_seller_of_the_first_day_sees_summary_cards_and_timeline(sales: httpx.AsyncClient, anna: int) -> None:
    """BG-04, PAP-05: with nothing but a name every panel says so."""
    page = await sales.get(f"/parties/{anna}")
    assert page.status_code == 200
    assert {"summary", "cards", "receipts", "timeline"} <= set(_panels(page))
    assert "Holds no card." in page.text


async def test_the_first_look_shows_turnover_tier_last_contact_and_next_step(
    caller: Caller, sales: httpx.AsyncClient, anna: int
) -> None:
    """BG-04, BG-02, C77-23: and from any list to the profile, and from there to each record, it is one click."""
    admin = await caller.as_role("admin")
    await _give_gold(admin, anna)
    receipt = make_receipt(make_line(price="12.90"), card={"number": NUMBER, "entry": "scanned"})
    assert (await admin.post("/v1/receipts", json=receipt)).status_code == 201
    for number, due in (("A-9", "2031-02-01"), ("A-8", "2031-01-07")):
        invoice = {"kind": "invoice", "party_id": anna, "number": number, "date": "2026-11-20", "due_on": due}
        lines = [{"name": "Lemons", "quantity": "2", "price": "1.50"}]
        assert (await admin.post("/v1/business-documents", json=invoice | {"lines": lines})).status_code == 201
    await admin.post(f"/v1/parties/{anna}/contacts/1/uses")
    told = _panel((await sales.get(f"/parties/{anna}")).text, "summary")
    for shown in ("Turnover", "12.90", "Gold, 1 card", "Last contact", "Next step", "7 Jan 2031", "Invoice A-8"):
        assert shown in told, shown
    assert "A-9" not in told
    page = (await sales.get(f"/parties/{anna}")).text
    for record in ("/cards/1", f"/receipts/{receipt['receipt_uid']}", "/business-documents/1", "/business-documents/2"):
        assert f'href="{record}"' in page, record
    for where in ("/parties", "/cards/1", "/cards", "/business-documents/1", "/business-documents"):
        assert f'href="/parties/{anna}"' in (await sales.get(where)).text, where


async def test_the_last_contact_is_the_latest_that_was_not_cancelled(
    caller: Caller, sales: httpx.AsyncClient, anna: int
) -> None:
    """BG-04."""
    admin = await caller.as_role("admin")
    for kind, day in (("call", 9), ("meeting", 12), ("call", 15), ("event", 18)):
        begins, ends = f"2026-10-{day:02}T10:00:00+02:00", f"2026-10-{day:02}T10:30:00+02:00"
        contact = {"kind": kind, "topic": "Rye", "starts_at": begins, "ends_at": ends, "party_id": anna}
        made = await admin.post("/v1/events", json=contact)
        assert made.status_code == 201, made.text
        if day == 15:
            path = f"/v1/events/{made.json()['event_id']}/cancellation"
            assert (await admin.post(path, json={"reason": "ill"})).status_code < 300

    assert "Last contact 12 Oct 2026" in " ".join(_panel((await sales.get(f"/parties/{anna}")).text, "summary").split())


async def test_the_next_step_is_the_earliest_that_any_module_knows(
    caller: Caller, sales: httpx.AsyncClient, anna: int
) -> None:
    """BG-04, C77-23: a planned visit, a task that is due and an invoice not paid yet."""
    admin = await caller.as_role("admin")
    visit = {"kind": "meeting", "topic": "Visit the mill", "starts_at": "2031-03-05T09:00:00+02:00", "party_id": anna}
    assert (await admin.post("/v1/events", json=visit)).status_code == 201
    assert "Event Visit the mill" in _panel((await sales.get(f"/parties/{anna}")).text, "summary")
    invoice = {"kind": "invoice", "party_id": anna, "number": "B-1", "date": "2026-11-20", "due_on": "2031-03-04"}
    lines = [{"name": "Lemons", "quantity": "2", "price": "1.50"}]
    assert (await admin.post("/v1/business-documents", json=invoice | {"lines": lines})).status_code == 201
    assert "Invoice B-1" in _panel((await sales.get(f"/parties/{anna}")).text, "summary")
    task = {
        "kind": "task",
        "title": "Send samples",
        "priority": "2",
        "party_id": f"#{anna}",
        "due_at": "2031-03-03T10:00",
    }
    await send(sales, "/tasks/new", task)
    told = _panel((await sales.get(f"/parties/{anna}")).text, "summary")
    assert "Task Send samples" in told
    assert "3 Mar 2031" in told


async def test_a_hidden_panel_is_neither_shown_nor_asked_for(
    caller: Caller, sales: httpx.AsyncClient, anna: int
) -> None:
    """BG-14."""
    await _arrange(sales, anna, "timeline", "hide")
    with statements(caller.service.database) as asked:
        page = await sales.get(f"/parties/{anna}")
    assert "timeline" not in _panels(page)
    assert not [one for one in asked if "FROM activity" in one]
    await _arrange(sales, anna, "timeline", "show")
    assert "timeline" in _panels(await sales.get(f"/parties/{anna}"))


async def test_a_closed_panel_is_asked_for_when_it_is_opened(
    caller: Caller, sales: httpx.AsyncClient, anna: int
) -> None:
    """BG-13."""
    await _arrange(sales, anna, "timeline", "close")
    with statements(caller.service.database) as asked:
        closed = await sales.get(f"/parties/{anna}")
    assert not [one for one in asked if "FROM activity" in one]
    assert f"/parties/{anna}?open=timeline" in closed.text
    assert "Party made" in (await sales.get(f"/parties/{anna}?open=timeline")).text


async def test_an_arrangement_is_the_users_own_and_is_there_at_the_next_machine(caller: Caller, anna: int) -> None:
    """BG-12."""
    await add_person(caller.service.database, login="sam", role="sales")
    await add_person(caller.service.database, login="kim", role="sales")
    orders: list[str] = []
    for login in ("sam", "sam", "kim"):
        await sign_in(caller.http, login=login)
        if not orders:
            await _arrange(caller.http, anna, "receipts", "put", before="summary", width="wide")
        orders.append(_panels(await caller.http.get(f"/parties/{anna}"))[0])
    assert orders == ["receipts", "receipts", "summary"]


async def test_an_administrator_sets_what_a_role_sees_and_resetting_leads_back_to_it(caller: Caller, anna: int) -> None:
    """BG-15."""
    for login, role in (("ada", "admin"), ("sam", "sales")):
        await add_person(caller.service.database, login=login, role=role)  # type: ignore[arg-type] # roles as they are written
    await sign_in(caller.http, login="ada")
    await send(caller.http, "/settings/layouts/sales/person", {"panel": "receipts", "act": "hide"})
    await sign_in(caller.http, login="sam")
    assert "receipts" not in _panels(await caller.http.get(f"/parties/{anna}"))
    await _arrange(caller.http, anna, "receipts", "show")
    assert "receipts" in _panels(await caller.http.get(f"/parties/{anna}"))
    await _arrange(caller.http, anna, "receipts", "reset")
    assert "receipts" not in _panels(await caller.http.get(f"/parties/{anna}"))


@pytest.mark.parametrize("fields", [{"panel": "nothing", "act": "hide"}, {"panel": "cards", "act": "burn"}])
async def test_an_arrangement_that_is_none_is_a_bad_request(sales: httpx.AsyncClient, fields: dict[str, str]) -> None:
    assert (await send(sales, "/profile-layouts/person", fields)).status_code == 400
    assert (await send(sales, "/profile-layouts/robot", {"panel": "cards", "act": "hide"})).status_code == 400


async def test_what_was_said_stands_in_the_timeline_of_every_colleague(
    caller: Caller, sales: httpx.AsyncClient, anna: int
) -> None:
    """BG-01, BG-05: a call is logged in two fields without leaving the profile."""
    page = await sales.get(f"/parties/{anna}")
    contact = re.search(r'<option value="(\d+)">', page.text)
    assert contact is not None
    said = await send(sales, f"/parties/{anna}/entries", {"text": "Wants an invoice", "contact": contact[1]})
    assert said.status_code == 303
    await add_person(caller.service.database, login="kim", role="call_taker")
    await sign_in(caller.http, login="kim")
    shown = (await caller.http.get(f"/parties/{anna}/timeline")).text
    assert "Wants an invoice" in shown
    assert shown.count("<li><svg") == 3  # made, reached, noted


async def test_an_empty_entry_is_refused_beside_its_field(sales: httpx.AsyncClient, anna: int) -> None:
    answer = await send(sales, f"/parties/{anna}/entries", {"text": " "})
    assert answer.status_code == 422
    assert "This must be filled in." in answer.text


async def test_one_timeline_holds_what_every_module_knows(caller: Caller, sales: httpx.AsyncClient, anna: int) -> None:
    """BG-03, BG-01: note, file, call, card, document, and what was changed of the party itself."""
    admin = await caller.as_role("admin")
    await send(sales, f"/parties/{anna}/entries", {"text": "Wants an invoice"})
    upload = {"file": ("contract.pdf", b"%PDF-1.7", "application/pdf")}
    await sales.post(f"/parties/{anna}/files", data={"csrf": await csrf_token(sales)}, files=upload)
    await send(sales, "/call/log", {"number": "+359888123456", "party": str(anna), "text": "Asked again"})
    await _give_gold(admin, anna)
    order = {"kind": "order", "party_id": anna, "number": "O-7", "date": "2026-11-20", "lines": []}
    await admin.post("/v1/business-documents", json=order)
    await admin.post(f"/v1/parties/{anna}/addresses", json={"city": "Varna"})
    shown = (await sales.get(f"/parties/{anna}/timeline")).text
    for told in ("Party made", "Wants an invoice", "File", "Called", "Asked again", "Card", "document", "Address"):
        assert told in shown, told


async def test_the_timeline_is_read_page_by_page_and_by_module(sales: httpx.AsyncClient, anna: int) -> None:
    """BG-03."""
    for number in range(25):
        await send(sales, f"/parties/{anna}/entries", {"text": f"note {number}"})
    first = await sales.get(f"/parties/{anna}/timeline")
    older = re.search(r'href="(/parties/\d+/timeline\?before=[^"]+)"', first.text)
    assert older is not None
    second = await sales.get(older[1])
    assert "note 24" in first.text
    assert "note 24" not in second.text
    assert "note 0" in second.text
    assert "note 24" not in (await sales.get(f"/parties/{anna}/timeline?module=card")).text
    assert "No act fits the filter." in (await sales.get(f"/parties/{anna}/timeline?actor=user:nobody")).text
    assert (await sales.get(f"/parties/{anna}/timeline?module=moon")).status_code == 400


async def test_business_panels_show_number_day_sum_and_state(
    sales: httpx.AsyncClient, caller: Caller, anna: int
) -> None:
    """BG-07, BG-08, BG-09, BG-10, BG-11: orders, invoices with what is paid, payments with means, deliveries."""
    admin = await caller.as_role("admin")
    yard = {"line": "4 Row", "city": "Varna", "uses": ["warehouse"]}
    assert (await admin.post(f"/v1/parties/{anna}/addresses", json=yard)).status_code == 201
    before = (await sales.get(f"/parties/{anna}")).text
    lines = [{"name": "Lemons", "quantity": "2", "price": "1.50"}]
    for kind, more in (
        ("order", {"lines": lines}),
        ("invoice", {"lines": lines}),
        ("payment", {"amount": "3.00", "means": "points"}),
        ("delivery", {"lines": lines, "planned_on": "2031-01-07", "address_id": 1}),
    ):
        made = {"kind": kind, "party_id": anna, "number": f"{kind}-7", "date": "2026-11-20", **more}
        answer = await admin.post("/v1/business-documents", json=made)
        assert answer.status_code == 201, answer.text
    page = (await sales.get(f"/parties/{anna}")).text
    for name, shown in (
        ("orders", ("order-7", "20 Nov 2026", "3.00", "Draft")),
        ("invoices", ("invoice-7", "20 Nov 2026", "3.00", "Draft")),
        ("payments", ("payment-7", "20 Nov 2026", "3.00", "Points")),
        ("deliveries", ("delivery-7", "7 Jan 2031", "4 Row, Varna")),
    ):
        assert [text for text in shown if text not in _panel(page, name)] == [], name
        assert "Nothing" in _panel(before, name)


async def test_a_module_that_is_switched_off_takes_its_panels_and_nothing_else(caller: Caller, anna: int) -> None:
    """BG-06."""
    await add_person(caller.service.database, login="sam", role="sales")
    off = structs.replace(caller.service.settings, modules_off=frozenset({"business"}))
    async with calling(off, caller.service.database.url) as without:
        await sign_in(caller.http, login="sam")
        await sign_in(without.http, login="sam")
        whole, less = [_panels(await http.get(f"/parties/{anna}")) for http in (caller.http, without.http)]
    assert [name for name in whole if name not in less] == ["orders", "invoices", "payments", "deliveries"]
