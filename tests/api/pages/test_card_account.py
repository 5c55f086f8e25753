"""Several cards on one account, on their pages: who comes to it, who leaves it, and what each may spend a day."""

import httpx
import pytest
from sqlalchemy import text

from tests.api.people import add_person, fill, hidden, send, sign_in
from tests.conftest import Caller

MAIN, CHILD, THIRD, DISCOUNT = 1, 2, 3, 4


@pytest.fixture
async def nora(caller: Caller) -> httpx.AsyncClient:
    """Sign a clerk in, beside three credit cards, the first with 50.00 on it, and a discount card."""
    await add_person(caller.service.database)
    await sign_in(caller.http)
    for code, kind, head, count in (("FAMILY", "credit", "290", "3"), ("GOLD", "discount", "291", "1")):
        fields = {"code": code, "name": code.title(), "kind": kind, "number_template": f"{head}%09^"}
        await send(caller.http, "/new-series", fields)
        await send(caller.http, f"/series/{code}/cards", {"count": count})
    await fill(caller.http, f"/cards/{MAIN}/acts/top-up", {"amount": "50"})
    return caller.http


async def number(caller: Caller, card_id: int) -> str:
    async with caller.service.database.connection() as connection:
        return str(
            (await connection.execute(text("select number from card where card_id = :id"), {"id": card_id})).scalar()
        )


async def spends(caller: Caller, card_id: int) -> tuple[int | None, int | None]:
    """Give whose money a card spends, and its limit a day."""
    async with caller.service.database.connection() as connection:
        query = text("select account_id, day_limit from card where card_id = :id")
        row = (await connection.execute(query, {"id": card_id})).one()
        return row.account_id, row.day_limit


async def take_in(caller: Caller, card_id: int, *, day_limit: str = "", main: int = MAIN) -> httpx.Response:
    fields = {"account": await number(caller, card_id), "day_limit": day_limit}
    return await fill(caller.http, f"/cards/{main}/acts/take-in", fields)


async def test_card_comes_to_an_account_with_a_limit_and_both_pages_say_so(
    caller: Caller, nora: httpx.AsyncClient
) -> None:
    """PAP-12."""
    done = await take_in(caller, CHILD, day_limit="30")
    assert done.headers["location"] == f"/cards/{MAIN}?done=take-in"
    assert await spends(caller, CHILD) == (MAIN, 3_000)
    child = (await nora.get(f"/cards/{CHILD}")).text
    assert "30.00 left today" in child
    assert f'href="/cards/{MAIN}"' in child
    assert "Account its own → another card" in child
    assert "A card came to its account" in (await nora.get(f"/cards/{MAIN}")).text
    account = (await nora.get(f"/cards/{CHILD}/account")).text
    assert account.count('scope="row"') == 2
    assert "main card" in account


async def test_limit_a_day_is_changed_and_taken_away(caller: Caller, nora: httpx.AsyncClient) -> None:
    path = f"/cards/{CHILD}/acts/day-limit"
    await fill(nora, path, {"day_limit": "12.50"})
    assert await spends(caller, CHILD) == (None, 1_250)
    assert 'value="12.50"' in (await nora.get(path)).text
    wrong = await fill(nora, path, {"day_limit": "-1"})
    assert 'id="day_limit-wrong"' in wrong.text
    await fill(nora, path, {"day_limit": ""})
    assert await spends(caller, CHILD) == (None, None)
    assert "Limit a day 12.50 → none" in (await nora.get(f"/cards/{CHILD}")).text


async def test_card_leaves_its_account_and_the_main_card_remembers(caller: Caller, nora: httpx.AsyncClient) -> None:
    await take_in(caller, CHILD)
    assert "spends its own money from now on" in (await nora.get(f"/cards/{CHILD}/acts/leave")).text
    left = await fill(nora, f"/cards/{CHILD}/acts/leave", {})
    assert left.headers["location"] == f"/cards/{CHILD}?done=leave"
    assert await spends(caller, CHILD) == (None, None)
    assert "A card left its account" in (await nora.get(f"/cards/{MAIN}")).text


@pytest.mark.parametrize(
    ("card_id", "main", "told"),
    [
        (MAIN, MAIN, "spends its own money"),
        (MAIN, THIRD, "accounts make no chains"),
        (DISCOUNT, MAIN, "only cards of credit series"),
        (CHILD, THIRD, "spends another card"),
    ],
)
async def test_card_that_cannot_come_to_an_account_is_refused_beside_its_number(
    caller: Caller, nora: httpx.AsyncClient, card_id: int, main: int, told: str
) -> None:
    await take_in(caller, CHILD)
    before = await spends(caller, card_id)
    answer = await take_in(caller, card_id, main=main)
    assert answer.status_code == 422
    assert 'id="account-wrong"' in answer.text
    assert told.lower() in answer.text.lower()
    assert await spends(caller, card_id) == before
    assert 'id="account-wrong"' in (await fill(nora, f"/cards/{MAIN}/acts/take-in", {"account": "NOBODY"})).text


@pytest.mark.parametrize("act", ["day-limit", "leave"])
async def test_whoever_saw_another_limit_is_told_so_and_changes_nothing(
    caller: Caller, nora: httpx.AsyncClient, act: str
) -> None:
    await take_in(caller, CHILD, day_limit="30")
    opened = hidden(await nora.get(f"/cards/{CHILD}/acts/{act}"))
    await fill(nora, f"/cards/{CHILD}/acts/day-limit", {"day_limit": "40"})
    late = await nora.post(f"/cards/{CHILD}/acts/{act}", data={**opened, "day_limit": "30"})
    assert late.status_code == 422
    assert "Somebody else changed" in late.text
    assert await spends(caller, CHILD) == (MAIN, 4_000)


async def test_card_without_money_has_no_account_and_offers_none(nora: httpx.AsyncClient) -> None:
    assert (await nora.get(f"/cards/{DISCOUNT}/account")).status_code == 404
    shown = (await nora.get(f"/cards/{DISCOUNT}")).text
    assert f"/cards/{DISCOUNT}/account" not in shown
    assert "/acts/take-in" not in shown
