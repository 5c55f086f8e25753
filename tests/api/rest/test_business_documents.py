"""Orders, invoices, payments and deliveries over the API: their sums, statuses, tree, and the address they carry."""

import asyncio
from typing import Any  # JSON bodies are free in their values

import asyncpg
import pytest
from httpx import Response

from tests.api.rest.people import add, make, read
from tests.api.rest.shop import Shop, new_code, refusal

ROUTE = "/v1/business-documents"
LINES = [
    {"name": "Rye bread", "sku": "4102", "quantity": "3", "price": "2.90"},
    {"name": "Goat cheese", "quantity": "0.755", "price": "24.90"},
]
TOTAL = "27.50"
"""3 x 2.90 is 8.70; 0.755 x 24.90 is 18.7995, rounded half-up 18.80."""


async def party(shop: Shop) -> int:
    """Make a party with a name of its own."""
    return await make(shop, new_code("Mill "), legal_status="limited_company")


async def put(shop: Shop, kind: str, party_id: int, **more: Any) -> dict[str, Any]:
    """Make a document."""
    content = {"amount": "10.00", "means": "cash"} if kind == "payment" else {"lines": LINES}
    body = {"kind": kind, "party_id": party_id, "date": "2026-11-22", **content, **more}
    answer = await shop.admin.post(ROUTE, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def get(shop: Shop, document: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = (await shop.admin.get(f"{ROUTE}/{document['document_id']}")).json()
    return answer


async def step(shop: Shop, document: dict[str, Any], status: str) -> Response:
    body = {"status": status, "version": (await get(shop, document))["version"]}
    return await shop.admin.post(f"{ROUTE}/{document['document_id']}/status", json=body)


async def change(shop: Shop, document: dict[str, Any], **more: Any) -> Response:
    body = {"date": document["date"], "lines": LINES, "version": (await get(shop, document))["version"], **more}
    return await shop.admin.put(f"{ROUTE}/{document['document_id']}", json=body)


async def test_order_has_number_date_sum_and_status(shop: Shop) -> None:
    """BG-07: each line is rounded half-up by itself."""
    order = await put(shop, "order", await party(shop))

    assert [line["total"] for line in order["lines"]] == ["8.70", "18.80"]
    assert (order["date"], order["total"], order["status"]) == ("2026-11-22", TOTAL, "draft")
    assert order["number"].startswith("ORD-2026-")


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        ("order", ["confirmed", "done"]),
        ("order", ["confirmed", "cancelled"]),
        ("invoice", ["issued", "cancelled"]),
        ("payment", ["received"]),
        ("delivery", ["under_way", "delivered"]),
        ("delivery", ["cancelled"]),
    ],
)
async def test_document_takes_the_steps_of_its_kind(shop: Shop, kind: str, steps: list[str]) -> None:
    """BG-07, BG-10."""
    document = await put(shop, kind, await party(shop))

    reached = [(await step(shop, document, status)).json()["status"] for status in steps]
    beyond = await step(shop, document, "draft")

    assert reached == steps
    assert refusal(beyond) == (422, "business_step_refused")


async def test_numbers_of_a_kind_follow_each_other_without_a_gap(shop: Shop) -> None:
    """BG-08: also where many are made at once."""
    party_id = await party(shop)
    made = await asyncio.gather(*(put(shop, "invoice", party_id, date="2031-01-01") for _ in range(6)))

    assert sorted(one["number"] for one in made) == [f"INV-2031-{number:06}" for number in range(1, 7)]


async def test_number_of_another_document_is_refused(shop: Shop) -> None:
    party_id, number = await party(shop), new_code("N/")
    await put(shop, "order", party_id, number=number)
    body = {"kind": "order", "party_id": party_id, "date": "2026-11-22", "number": number}

    taken = await shop.admin.post(ROUTE, json=body)

    assert refusal(taken) == (409, "business_number_taken")
    assert (await shop.admin.post(ROUTE, json=body | {"kind": "delivery"})).status_code == 201


async def test_invoice_is_paid_when_the_payments_received_under_it_reach_its_total(shop: Shop) -> None:
    """BG-08, BG-09: a payment that is only planned counts for nothing."""
    party_id = await party(shop)
    invoice = await put(shop, "invoice", party_id)
    await step(shop, invoice, "issued")
    parts = [
        await put(shop, "payment", party_id, parent_id=invoice["document_id"], amount=amount, means=means)
        for amount, means in (("20.00", "transfer"), ("7.49", "points"), ("0.01", "card"))
    ]

    seen = []
    for payment in parts:
        await step(shop, payment, "received")
        now = await get(shop, invoice)
        seen.append((now["paid"], now["status"]))

    assert seen == [("20.00", "issued"), ("27.49", "issued"), ("27.50", "paid")]


async def test_issued_invoice_keeps_name_and_tax_address_of_that_day(shop: Shop) -> None:
    """BG-23: what is changed later alters nothing that was issued, and what is not issued yet follows."""
    party_id = await party(shop)
    name = (await read(shop, party_id))["name"]
    await add(shop, party_id, "addresses", city="Varna", line="Dock 1", uses=["postal", "warehouse"])
    address = await add(shop, party_id, "addresses", city="Sofia", line="Old street 1", uses=["tax"])
    issued, draft = await put(shop, "invoice", party_id), await put(shop, "invoice", party_id)
    await step(shop, issued, "issued")

    await move(shop, party_id, address, "Plovdiv")

    assert (await get(shop, issued))["addressee"] == {
        "name": name, "line": "Old street 1", "city": "Sofia", "region": None, "postal_code": None, "country": None,
    }  # fmt: skip
    assert (await get(shop, draft))["addressee"]["city"] == "Plovdiv"
    refused = await change(shop, issued, note="other")
    assert refusal(refused) == (422, "business_step_refused")


async def move(shop: Shop, party_id: int, address_id: int, city: str) -> None:
    connection = await asyncpg.connect(shop.url)
    try:
        await connection.execute("update party_address set city = $1 where id = $2", city, address_id)
        await connection.execute("update party set name = name || ' Ltd' where id = $1", party_id)
    finally:
        await connection.close()


async def test_delivery_is_offered_the_warehouses_alone_the_main_one_first(shop: Shop) -> None:
    """BG-22, BG-10."""
    party_id = await party(shop)
    tax = await add(shop, party_id, "addresses", city="Sofia", uses=["tax"])
    second = await add(shop, party_id, "addresses", city="Varna", uses=["warehouse"])
    main = await add(shop, party_id, "addresses", city="Ruse", uses=["warehouse", "office"], main_for=["warehouse"])

    offered = await shop.admin.get(f"/v1/parties/{party_id}/document-addresses", params={"kind": "delivery"})
    chosen = await put(shop, "delivery", party_id, address_id=second)
    body = {"kind": "delivery", "party_id": party_id, "date": "2026-11-22", "address_id": tax}
    refused = await shop.admin.post(ROUTE, json=body)

    assert [one["address_id"] for one in offered.json()["addresses"]] == [main, second]
    assert chosen["addressee"]["city"] == "Varna"
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "address_id")


async def test_tree_shows_order_invoice_payment_and_delivery_together(shop: Shop) -> None:
    """BG-07, BG-08, BG-09, BG-10."""
    party_id = await party(shop)
    order = await put(shop, "order", party_id)
    invoice = await put(shop, "invoice", party_id, parent_id=order["document_id"])
    await put(shop, "payment", party_id, parent_id=invoice["document_id"])
    delivery = await put(shop, "delivery", party_id, parent_id=order["document_id"])

    trees = [
        [(one["kind"], one["parent_id"]) for one in (await shop.admin.get(f"{ROUTE}/{of['document_id']}/tree")).json()["documents"]]
        for of in (order, delivery)
    ]  # fmt: skip

    assert trees[0] == trees[1] == [
        ("order", None),
        ("invoice", order["document_id"]),
        ("payment", invoice["document_id"]),
        ("delivery", order["document_id"]),
    ]  # fmt: skip


async def test_document_stands_neither_under_itself_nor_under_another_partys(shop: Shop) -> None:
    party_id = await party(shop)
    above = await put(shop, "order", party_id)
    middle = await put(shop, "order", party_id, parent_id=above["document_id"])
    below = await put(shop, "order", party_id, parent_id=middle["document_id"])
    foreign = await put(shop, "order", await party(shop))

    for parent in (above, below, foreign):
        refused = await change(shop, above, parent_id=parent["document_id"])
        assert refusal(refused) == (422, "business_parent_refused")
        assert refused.json()["errors"][0]["field"] == "parent_id"


async def test_two_who_hang_documents_under_each_other_at_once_make_no_ring(shop: Shop) -> None:
    party_id = await party(shop)
    for _ in range(5):
        one, other = await put(shop, "order", party_id), await put(shop, "order", party_id)

        answers = await asyncio.gather(
            change(shop, one, parent_id=other["document_id"]), change(shop, other, parent_id=one["document_id"])
        )

        assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_document_is_changed_from_the_version_that_was_seen(shop: Shop) -> None:
    order = await put(shop, "order", await party(shop))

    first, late = await change(shop, order, note="a", version=1), await change(shop, order, note="b", version=1)

    assert (first.status_code, first.json()["note"], first.json()["number"]) == (200, "a", order["number"])
    assert refusal(late) == (409, "business_document_changed")


async def test_document_with_others_under_it_is_neither_cancelled_nor_removed(shop: Shop) -> None:
    party_id = await party(shop)
    order = await put(shop, "order", party_id)
    below = await put(shop, "invoice", party_id, parent_id=order["document_id"])
    route = f"{ROUTE}/{order['document_id']}"

    cancelled, removed = await step(shop, order, "cancelled"), await shop.admin.delete(f"{route}?version=1")
    gone = await shop.admin.delete(f"{ROUTE}/{below['document_id']}?version=1")
    after = await shop.admin.delete(f"{route}?version=1")

    assert (refusal(cancelled)[1], refusal(removed)[1]) == ("business_step_refused", "business_step_refused")
    assert (gone.status_code, after.status_code) == (204, 204)
    assert (await shop.admin.get(route)).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "payment", "amount": "1.00"}, "means"),
        ({"kind": "payment", "amount": "0.00", "means": "cash"}, "amount"),
        ({"kind": "payment", "amount": "1.00", "means": "cash", "lines": LINES}, "lines"),
        ({"kind": "order", "amount": "1.00"}, "amount"),
        ({"kind": "order", "due_on": "2026-12-01"}, "due_on"),
        ({"kind": "invoice", "due_on": "2026-11-21"}, "due_on"),
        ({"kind": "invoice", "planned_on": "2026-11-23"}, "planned_on"),
        ({"kind": "order", "lines": [LINES[0] | {"quantity": "0"}]}, "lines[0].quantity"),
        ({"kind": "order", "lines": [LINES[0] | {"price": "-1"}]}, "lines[0].price"),
        ({"kind": "order", "lines": [LINES[0] | {"name": " "}]}, "lines[0].name"),
        ({"kind": "order", "lines": [LINES[0] | {"price": "0.00001"}]}, "lines[0].price"),
        ({"kind": "order", "lines": [LINES[0] | {"quantity": "999999999", "price": "999999999"}] * 2}, "lines"),
    ],
)
async def test_document_that_contradicts_its_kind_is_refused(shop: Shop, body: dict[str, Any], field: str) -> None:
    refused = await shop.admin.post(ROUTE, json={"party_id": await party(shop), "date": "2026-11-22", **body})

    assert refused.status_code in {400, 422}
    assert refused.json()["errors"][0]["field"] == field


async def test_list_shows_a_kind_page_by_page(shop: Shop) -> None:
    """BG-11."""
    party_id = await party(shop)
    made = [await put(shop, "delivery", party_id, planned_on="2026-12-01") for _ in range(26)]
    await put(shop, "order", party_id)
    asked: dict[str, str | int] = {"party_id": party_id, "kind": "delivery"}

    first = (await shop.admin.get(ROUTE, params=asked)).json()
    second = (await shop.admin.get(ROUTE, params=asked | {"after": first["next"]})).json()

    shown = [one["document_id"] for one in first["documents"] + second["documents"]]
    assert shown == [one["document_id"] for one in reversed(made)]
    assert second["next"] is None
    assert (await shop.admin.get(ROUTE, params={"after": "x"})).status_code == 400


async def test_journal_names_what_changed_and_tells_no_note(shop: Shop) -> None:
    party_id = await party(shop)
    order = await put(shop, "order", party_id)
    await change(shop, order, note="call Anna first", date="2026-11-23")

    connection = await asyncpg.connect(shop.url)
    rows = await connection.fetch(
        "select act, data from activity where record = $1 order by id", f"business_document:{order['document_id']}"
    )
    await connection.close()

    assert [row["act"] for row in rows] == ["business_document.made", "business_document.changed"]
    assert '"date": "2026-11-23"' in rows[1]["data"]
    assert "Anna" not in rows[1]["data"]


async def test_till_sees_no_business_documents(shop: Shop) -> None:
    till = await shop.caller.as_role("till", store="0007", till="3")

    assert (await till.get(ROUTE)).status_code == 403
