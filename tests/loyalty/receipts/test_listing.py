"""Receipts as lists show them, and one with all that belongs to it."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from sqlalchemy import event

from api.state import Service
from loyalty.receipts.listing import ReceiptFilter, StoreRow, find_receipt, list_receipts, list_stores, name_sources
from tests.conftest import Caller
from tests.factories import make_line, make_receipt, make_return

DAYS = ["2026-11-20", "2026-11-22", "2026-11-21"]


@pytest.fixture
async def card(admin: httpx.AsyncClient) -> dict[str, Any]:
    """Give a discount card of ten percent."""
    settings = {"name": "Gold", "kind": "discount", "number_template": "290%09[1..500]^", "discount_percent": "10.00"}
    await admin.put("/v1/series/GOLD", json=settings)
    answer = await admin.post("/v1/series/GOLD/cards", json={"count": 1})
    found: dict[str, Any] = answer.json()["cards"][0]
    return found


async def post(admin: httpx.AsyncClient, body: dict[str, Any]) -> UUID:
    answer = await admin.post("/v1/receipts", json=body)
    assert answer.status_code == 201, answer.text
    return UUID(body["receipt_uid"])


async def test_receipts_are_listed_by_day_newest_first(admin: httpx.AsyncClient, caller: Caller) -> None:
    uids = {day: await post(admin, make_receipt(business_date=day)) for day in DAYS}
    page = await caller.service.database.run(list_receipts, ReceiptFilter())
    assert [row.uid for row in page.rows] == [uids[day] for day in sorted(DAYS, reverse=True)]
    assert [(payment.kind, payment.amount) for payment in page.rows[0].payments] == [("cash", 1_000)]


async def test_filter_leaves_what_was_asked_for(admin: httpx.AsyncClient, caller: Caller) -> None:
    early = await post(admin, make_receipt(business_date="2026-11-01"))
    other = await post(admin, make_receipt(store="0009"))
    flagged = await post(admin, make_receipt(kind="return"))
    unknown = await post(admin, make_receipt(card={"number": "2990000000014"}))
    asked = {
        ReceiptFilter(until=date(2026, 11, 1)): {early},
        ReceiptFilter(since=date(2026, 11, 2), until=date(2026, 11, 22)): {other, flagged, unknown},
        ReceiptFilter(store="0009"): {other},
        ReceiptFilter(kind="return"): {flagged},
        ReceiptFilter(is_flagged=True): {flagged, unknown},
        ReceiptFilter(store="0001"): set(),
    }
    for limits, wanted in asked.items():
        page = await caller.service.database.run(list_receipts, limits)
        assert {row.uid for row in page.rows} == wanted, limits


async def test_card_is_masked_also_where_it_counts_nothing(
    admin: httpx.AsyncClient, caller: Caller, card: dict[str, Any]
) -> None:
    await post(admin, make_receipt(make_line(net="9.00", discount="1.00"), card={"number": card["number"]}))
    await post(admin, make_receipt(card={"number": "2990000000014"}))
    rows = (await caller.service.database.run(list_receipts, ReceiptFilter())).rows
    assert {(row.card_id, row.masked) for row in rows} == {(card["card_id"], "··· 0018"), (0, "··· 0014")}


async def test_receipt_is_shown_with_its_lines_and_what_it_moved(
    admin: httpx.AsyncClient, caller: Caller, card: dict[str, Any]
) -> None:
    lines = [make_line(1, net="9.00", discount="1.00", name="Rye loaf"), make_line(2, price="5.00", gift=True)]
    uid = await post(admin, make_receipt(*lines, total="14.00", card={"number": card["number"], "entry": "scanned"}))
    found = await caller.service.database.run(find_receipt, uid)
    assert found is not None
    assert [(line.name, line.gross, line.discount, line.net, line.marks) for line in found.lines] == [
        ("Rye loaf", 1_000, 100, 900, 0),
        (None, 500, 0, 500, 2),
    ]
    assert [(effect.account, effect.amount, effect.after) for effect in found.effects] == [("turnover", 1_400, 1_400)]
    assert (found.detail.entry, found.detail.shift, found.row.state, found.row.flags) == ("scanned", 118, "posted", ())


async def test_return_and_its_original_name_each_other(admin: httpx.AsyncClient, caller: Caller) -> None:
    sale = make_receipt(number="57")
    sold = await post(admin, sale)
    back = await post(admin, make_return(sale, make_line(original_line=1)))
    found = await caller.service.database.run(find_receipt, back)
    original = await caller.service.database.run(find_receipt, sold)
    assert found is not None
    assert original is not None
    assert found.original is not None
    assert (found.original.uid, found.original.number) == (sold, "57")
    assert [row.uid for row in original.returns] == [back]


async def test_return_that_waits_for_its_original_says_which(admin: httpx.AsyncClient, caller: Caller) -> None:
    named = {"store": "0007", "till": "3", "shift": 118, "number": "99"}
    body = make_receipt(make_line(original_line=1), kind="return", original=named)
    assert (await admin.post("/v1/receipts", json=body)).json()["state"] == "parked"
    found = await caller.service.database.run(find_receipt, UUID(body["receipt_uid"]))
    assert found is not None
    assert (found.row.state, found.original) == ("parked", None)
    assert found.detail.original is not None
    assert found.detail.original.number == "99"


async def test_receipt_that_is_none_is_not_found(caller: Caller) -> None:
    assert await caller.service.database.run(find_receipt, uuid4()) is None


async def test_sources_are_named_as_a_person_knows_them(admin: httpx.AsyncClient, caller: Caller) -> None:
    receipt = await post(admin, make_receipt(number="57"))
    paper = uuid4()
    body = {"kind": "sale", "number": "S-1184", "date": "2026-11-22", "total": "412.00"}
    assert (await admin.put(f"/v1/documents/{paper}", json=body)).status_code < 300
    names = await caller.service.database.run(name_sources, [receipt, paper, uuid4()])
    assert {uid: (name.kind, name.number, name.store_name, name.receipt_uid) for uid, name in names.items()} == {
        receipt: ("sale", "57", "0007", receipt),
        paper: ("sale", "S-1184", None, None),
    }


async def test_stores_are_listed(admin: httpx.AsyncClient, caller: Caller) -> None:
    await post(admin, make_receipt(store="0009"))
    assert await caller.service.database.run(list_stores) == [StoreRow("0009", "0009")]


async def _fill(url: str) -> None:
    """Write many receipts of a few busy shops, some of them returns, and a single one of another shop."""
    connection = await asyncpg.connect(url)
    await connection.execute("insert into store (code, name, timezone) values ('0099', 'Old', 'UTC')")
    await connection.execute("insert into till (store_code, code) values ('0099', '99')")
    await connection.execute(_RECEIPTS)
    await connection.execute("analyze receipt")
    await connection.close()


_RECEIPTS = """
    insert into receipt (card_id, business_date, id, uid, store, till, shift, number, kind, state, closed_at, received_at,
        cashier, offline, total, purchases, payments, flags)
    select 0, date '2020-01-01' + i / 100, i, gen_random_uuid(), case i when 7 then '0099' else '000' || i % 4 end, case i when 7 then '99' else '1' end, 1,
        i::text, case when i % 50 = 0 then 'return' else 'sale' end, 'posted', now(), now(), '5', false, 0, 0, '[]', '{}'
    from generate_series(1, 30000) i
"""


@pytest.mark.parametrize(
    ("limits", "condition", "count"),
    [
        (ReceiptFilter(), "", 25),
        (ReceiptFilter(kind="return"), "", 25),
        (ReceiptFilter(store="0099"), "Index Cond: (store", 1),
        (ReceiptFilter(store="0099", kind="sale"), "Index Cond: (store", 1),
        (ReceiptFilter(till="99"), "Index Cond: (store", 1),
    ],
)
async def test_list_without_days_follows_an_index_to_the_end_of_its_page(
    service: Service, database_url: str, limits: ReceiptFilter, condition: str, count: int
) -> None:
    await _fill(database_url)
    asked: list[tuple[str, tuple[object, ...]]] = []

    @event.listens_for(service.database._engine.sync_engine, "before_cursor_execute")
    def _note(_connection: object, _cursor: object, statement: str, values: tuple[object, ...], *_: object) -> None:
        asked.append((statement, values))

    found = await service.database.run(list_receipts, limits)
    statement, values = asked[-1]
    async with service.database.connection() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        plan = "\n".join(row[0] for row in await raw.fetch(f"explain {statement}", *values))
    assert len(found.rows) == count
    assert "Scan on receipt_rest" not in plan.replace("Index Scan", "")
    assert condition in plan
    assert "kind = 'return'" not in plan  # only such receipts are in the index that is read
