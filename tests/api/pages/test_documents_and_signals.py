"""Documents as other systems put them, signals with the receipts behind them, voids, and printing, on pages."""

import re
from typing import Any  # JSON bodies are free in their values
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from tests.api.people import add_person, send, sign_in
from tests.conftest import Caller


@pytest.fixture
async def nora(caller: Caller) -> httpx.AsyncClient:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    gold = {"code": "GOLD", "name": "Gold", "kind": "discount", "number_template": "290%09^", "discount_percent": "10"}
    await send(caller.http, "/new-series", gold)
    await send(caller.http, "/series/GOLD/cards", {"count": "2"})
    return caller.http


async def number_of(caller: Caller, card_id: int) -> str:
    async with caller.service.database.connection() as connection:
        query = text("select number from card where card_id = :id")
        return str((await connection.execute(query, {"id": card_id})).scalar_one())


def receipt(number: str, *, net: str = "9.00", discount: str = "1.00") -> dict[str, Any]:
    line = {
        "line": 1,
        "sku": "1001",
        "name": "Rye",
        "quantity": "1",
        "price": "10.00",
        "discount": discount,
        "net": net,
    }
    return {
        "receipt_uid": str(uuid4()), "kind": "sale", "store": "0001", "till": "1", "shift": 1, "number": number,
        "business_date": "2026-11-22", "closed_at": "2026-11-22T10:00:00+02:00", "cashier": "5", "lines": [line],
        "payments": [{"kind": "cash", "amount": net}], "total": net,
    }  # fmt: skip


async def test_sale_with_a_card_shows_its_discount_and_where_it_comes_from(
    caller: Caller, nora: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    """PAP-13."""
    posted = receipt("57") | {"card": {"number": await number_of(caller, 1), "entry": "scanned"}}
    assert (await admin.post("/v1/receipts", json=posted)).status_code == 201
    shown = (await nora.get(f"/receipts/{posted['receipt_uid']}")).text
    assert "10% of series GOLD" in shown
    assert "The till took off" not in shown


async def test_discount_that_the_rules_do_not_give_is_told_with_its_cause(
    caller: Caller, nora: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    posted = receipt("58", net="7.00", discount="3.00") | {"card": {"number": await number_of(caller, 1)}}
    assert (await admin.post("/v1/receipts", json=posted)).status_code == 201
    shown = (await nora.get(f"/receipts/{posted['receipt_uid']}")).text
    assert "The till took off 3.00, the rules of that moment give 1.00." in shown
    assert "The till gave a discount of its own." in shown


async def test_same_sum_shared_otherwise_over_the_lines_is_told_as_that(
    caller: Caller, nora: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    posted = receipt("60") | {"card": {"number": await number_of(caller, 1)}}
    line = posted["lines"][0] | {"quantity": "1", "price": "5.00"}
    lines = [line | {"discount": "1.00", "net": "4.00"}, line | {"line": 2, "discount": "0.00", "net": "5.00"}]
    assert (await admin.post("/v1/receipts", json=posted | {"lines": lines})).status_code == 201
    shown = (await nora.get(f"/receipts/{posted['receipt_uid']}")).text
    assert "The till took off 1.00, and the rules of that moment share it over the lines otherwise." in shown


async def test_receipt_is_voided_once_with_a_reason(
    caller: Caller, nora: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    posted = receipt("59") | {"card": {"number": await number_of(caller, 1)}}
    await admin.post("/v1/receipts", json=posted)
    path = f"/receipts/{posted['receipt_uid']}"
    found = re.search(r'name="void_uid" value="([^"]+)"', (await nora.get(f"{path}/void")).text)
    assert found is not None
    assert (await send(nora, f"{path}/void", {"void_uid": found[1], "reason": ""})).status_code == 422
    for _ in range(2):
        done = await send(nora, f"{path}/void", {"void_uid": found[1], "reason": "typed twice"})
        assert done.headers["location"] == f"{path}?done=void"
    shown = (await nora.get(done.headers["location"])).text
    assert "Voided" in shown
    assert "/void" not in shown
    other = await send(nora, f"{path}/void", {"void_uid": str(uuid4()), "reason": "again"})
    assert other.status_code == 422
    assert "voided by another act" in other.text


async def test_receipts_are_filtered_by_card_till_and_flag(
    caller: Caller, nora: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    good, bad = receipt("60"), receipt("61", net="7.00", discount="3.00") | {"till": "2"}
    for one in (good, bad):
        await admin.post("/v1/receipts", json=one | {"card": {"number": await number_of(caller, 1)}})
    link = re.compile(r'href="/receipts/([0-9a-f-]{36})"')
    for query, uids in (("card=1", 2), ("card=2", 0), ("till=2", 1), ("flag=discount_mismatch", 1), ("flag=any", 1)):
        assert len(link.findall((await nora.get(f"/receipts?{query}")).text)) == uids, query


async def test_document_is_listed_and_shows_its_lines_and_what_it_moved(
    caller: Caller, nora: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    uid = uuid4()
    body = {
        "kind": "sale", "number": "A-7", "date": "2026-11-20", "total": "120.00",
        "card": {"number": await number_of(caller, 1)}, "lines": [{"sku": "1001", "quantity": "12"}],
    }  # fmt: skip
    assert (await admin.put(f"/v1/documents/{uid}", json=body)).status_code == 201
    assert "A-7" in (await nora.get("/documents?kind=sale&card=1")).text
    assert "A-7" not in (await nora.get("/documents?kind=return")).text
    shown = (await nora.get(f"/documents/{uid}")).text
    assert "<td>12</td>" in shown
    assert "+120.00" in shown
    await admin.delete(f"/v1/documents/{uid}")
    assert "Deleted" in (await nora.get("/documents")).text


async def test_documents_are_paged_by_key(nora: httpx.AsyncClient, admin: httpx.AsyncClient) -> None:
    for number in range(30):
        body = {"kind": "order", "number": str(number), "date": "2026-11-20", "total": "1.00"}
        await admin.put(f"/v1/documents/{uuid4()}", json=body)
    link = re.compile(r'href="/documents/([0-9a-f-]{36})"')
    first = (await nora.get("/documents")).text
    older = re.search(r'id="list-older" href="([^"]+)"', first)
    assert older is not None
    second = (await nora.get(older[1])).text
    assert len({*link.findall(first), *link.findall(second)}) == 30


async def test_signal_shows_its_receipts_and_is_dismissed_with_a_reason(
    caller: Caller, nora: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    number = await number_of(caller, 1)
    for place, store in enumerate(["0001", "0009"]):
        posted = receipt(str(70 + place)) | {"store": store, "card": {"number": number, "entry": "scanned"}}
        posted["closed_at"] = f"2026-11-22T10:0{place}:00+02:00"
        assert (await admin.post("/v1/receipts", json=posted)).status_code == 201
    period = "from=2026-11-01&to=2026-11-30"
    shown = (await nora.get(f"/signals?{period}&kind=distant_stores")).text
    assert "One card in distant shops" in shown
    assert f"/receipts/{posted['receipt_uid']}" in shown
    fields = {"kind": "distant_stores", "card_id": "1", "last_day": "2026-11-22"}
    assert (await send(nora, "/signals/dismiss", fields)).status_code == 422
    assert (await send(nora, "/signals/dismiss", fields | {"reason": "two owners"})).status_code == 303
    assert "Nothing unusual" in (await nora.get(f"/signals?{period}&kind=distant_stores")).text


async def test_cards_just_made_are_printed_as_a_file(nora: httpx.AsyncClient) -> None:
    wish = {"printed": "2", "first": "1", "layout": "a4-cards", "symbology": "ean13"}
    answer = await send(nora, "/series/GOLD/sheets", wish)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    refused = await send(nora, "/series/GOLD/sheets", wish | {"printed": "501"})
    assert refused.status_code == 422
    assert 'id="printed-wrong"' in refused.text
