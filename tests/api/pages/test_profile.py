"""A party's profile: panels, their arrangement, quick entry and the timeline."""

import re

import httpx
import pytest
from msgspec import structs

from tests.api.people import PASSWORD, add_person, send, sign_in, statements
from tests.conftest import Caller, calling
from tests.factories import make_person


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
    assert (await sales.get(f"/parties/{anna}/timeline?module=moon")).status_code == 400


async def test_business_panels_show_number_day_sum_and_state(
    sales: httpx.AsyncClient, caller: Caller, anna: int
) -> None:
    """BG-07, BG-08: and a panel with nothing in it says so."""
    admin = await caller.as_role("admin")
    lines = [{"name": "Lemons", "quantity": "2", "price": "1.50"}]
    order = {"kind": "order", "party_id": anna, "number": "O-7", "date": "2026-11-20", "lines": lines}
    assert (await admin.post("/v1/business-documents", json=order)).status_code == 201
    page = (await sales.get(f"/parties/{anna}")).text
    panel = page[page.index('id="panel-orders"') :].split("</section>")[0]
    assert "O-7" in panel
    assert "Draft" in panel
    assert "20 Nov 2026" in panel


async def test_a_module_that_is_switched_off_takes_its_panels_and_nothing_else(caller: Caller, anna: int) -> None:
    """BG-06."""
    await add_person(caller.service.database, login="sam", role="sales")
    off = structs.replace(caller.service.settings, modules_off=frozenset({"business"}))
    async with calling(off, caller.service.database.url) as without:
        await sign_in(caller.http, login="sam")
        await sign_in(without.http, login="sam")
        whole, less = [_panels(await http.get(f"/parties/{anna}")) for http in (caller.http, without.http)]
    assert [name for name in whole if name not in less] == ["orders", "invoices", "payments", "deliveries"]
