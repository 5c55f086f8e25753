"""A card's ledgers page by page, and its turnover by month."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from loyalty.accounts.listing import PAGE_ROWS, MonthSum, find_last_day, list_entries, list_months
from tests.conftest import Caller
from tests.factories import make_line, make_receipt


@pytest.fixture
async def card(admin: httpx.AsyncClient) -> dict[str, Any]:
    """Give a card that holds money and takes no percent."""
    await admin.put("/v1/series/GIFT", json={"name": "Gift", "kind": "credit", "number_template": "293%09[1..500]^"})
    found: dict[str, Any] = (await admin.post("/v1/series/GIFT/cards", json={"count": 1})).json()["cards"][0]
    return found


async def buy(admin: httpx.AsyncClient, card: dict[str, Any], *lines: dict[str, Any], **more: Any) -> UUID:
    body = make_receipt(*lines, card={"number": card["number"]}, **more)
    answer = await admin.post("/v1/receipts", json=body)
    assert answer.status_code == 201, answer.text
    return UUID(body["receipt_uid"])


async def test_entries_run_on_over_pages_newest_first(
    admin: httpx.AsyncClient, caller: Caller, card: dict[str, Any]
) -> None:
    for _ in range(PAGE_ROWS + 2):
        await buy(admin, card)
    database = caller.service.database
    first = await database.run(list_entries, card["card_id"], account="turnover")
    second = await database.run(list_entries, card["card_id"], account="turnover", place=first.older)
    rows = [*first.rows, *second.rows]
    assert [row.after for row in rows] == [1_000 * count for count in range(PAGE_ROWS + 2, 0, -1)]
    assert {row.amount for row in rows} == {1_000}
    assert second.older is None


async def test_ledgers_are_kept_apart(admin: httpx.AsyncClient, caller: Caller, card: dict[str, Any]) -> None:
    top_up = await buy(admin, card, make_line(price="50.00", top_up=True))
    bought = await buy(admin, card)
    database = caller.service.database
    money = await database.run(list_entries, card["card_id"], account="money")
    turnover = await database.run(list_entries, card["card_id"], account="turnover")
    assert [(row.source_uid, row.amount) for row in money.rows] == [(top_up, 5_000)]
    assert [(row.source_uid, row.amount) for row in turnover.rows] == [(bought, 1_000)]


async def test_entry_that_takes_another_back_names_what_that_came_from(
    admin: httpx.AsyncClient, caller: Caller, card: dict[str, Any]
) -> None:
    bought = await buy(admin, card)
    void = uuid4()
    answer = await admin.post(f"/v1/receipts/{bought}/void", json={"void_uid": str(void), "reason": "mistyped"})
    assert answer.status_code == 200, answer.text
    page = await caller.service.database.run(list_entries, card["card_id"], account="turnover")
    assert [(row.amount, row.source, row.corrected_uid) for row in page.rows] == [
        (-1_000, "void", bought),
        (1_000, "sale", None),
    ]


async def test_months_without_turnover_are_none_the_less_there(
    admin: httpx.AsyncClient, caller: Caller, card: dict[str, Any]
) -> None:
    for day in ("2025-12-31", "2026-02-01", "2026-02-28", "2026-03-01"):
        await buy(admin, card, business_date=day)
    months = await caller.service.database.run(
        list_months, card["card_id"], first=date(2025, 12, 15), last=date(2026, 2, 28)
    )
    assert months == [
        MonthSum(date(2025, 12, 1), 1_000),
        MonthSum(date(2026, 1, 1), 0),
        MonthSum(date(2026, 2, 1), 2_000),
    ]


async def test_card_that_bought_nothing_has_empty_ledgers_and_months(caller: Caller) -> None:
    assert (await caller.service.database.run(list_entries, 1, account="money")).rows == ()
    months = await caller.service.database.run(list_months, 1, first=date(2026, 1, 1), last=date(2026, 1, 1))
    assert months == [MonthSum(date(2026, 1, 1), 0)]
    assert await caller.service.database.run(find_last_day, 1) is None


async def test_last_day_is_that_of_the_latest_receipt(
    admin: httpx.AsyncClient, caller: Caller, card: dict[str, Any]
) -> None:
    for day in ("2026-02-01", "2026-03-01", "2025-12-31"):
        await buy(admin, card, business_date=day)
    assert await caller.service.database.run(find_last_day, card["card_id"]) == date(2026, 3, 1)
