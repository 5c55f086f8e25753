"""The caller screen: from a ringing number to the party, its latest, and the logged call."""

import httpx
import pytest
from sqlalchemy import text

from crm.calls.service import make_caller
from crm.parties.model import PartyDetails
from tests.api.people import add_person, send, sign_in, statements
from tests.conftest import ACT, Caller

PHONE = "+359 2 123 45 67"


@pytest.fixture
async def nora(caller: Caller) -> httpx.AsyncClient:
    await add_person(caller.service.database)
    await sign_in(caller.http)
    return caller.http


async def make(caller: Caller, name: str = "Anna Marsh", phone: str = PHONE) -> int:
    details = PartyDetails(name=name, legal_status="natural_person")
    return (await caller.service.database.run(make_caller, details, phone, country="BG", act=ACT)).id


async def test_number_shows_who_calls_with_all_that_is_needed(caller: Caller, nora: httpx.AsyncClient) -> None:
    """C77-24, BG-33: party, persons, latest contacts, open documents, cards and the form, on one screen."""
    party_id = await make(caller)
    async with caller.service.database.connection() as connection:
        await connection.execute(
            text(
                "insert into business_document (kind, number, date, party_id, status, total, created_at, changed_at) values"
                " ('order', 'A-1', '2026-11-20', 1, 'confirmed', 100, now(), now()),"
                " ('order', 'A-2', '2026-11-21', 1, 'done', 100, now(), now())"
            )
        )
    shown = await nora.get("/call", params={"number": "00359 (2) 123-45-67"})
    assert "<h1>Anna Marsh</h1>" in shown.text
    assert f'href="/parties/{party_id}"' in shown.text
    assert "Party made" in shown.text
    assert "A-1" in shown.text
    assert "A-2" not in shown.text
    for title in ("Log this call", "Open documents", "What happened last", "Contact persons", "Cards"):
        assert title in shown.text, title


async def test_open_tasks_of_who_calls_are_at_hand(caller: Caller, nora: httpx.AsyncClient) -> None:
    """C77-24: whoever takes the call sees what was promised."""
    party_id = await make(caller)
    task = {"kind": "task", "title": "Send rye samples", "priority": "2", "party_id": f"#{party_id}"}
    assert (await send(nora, "/tasks/new", task)).status_code == 303

    shown = await nora.get("/call", params={"number": PHONE})

    assert "Send rye samples" in shown.text


async def test_logged_call_stands_on_the_timeline(caller: Caller, nora: httpx.AsyncClient) -> None:
    """BG-28, BG-01: a colleague sees at once what was said."""
    party_id = await make(caller)
    fields = {"number": "02 123 45 67", "party": str(party_id), "text": "Wants rye on Fridays"}
    logged = await send(nora, "/call/log", fields)
    shown = await nora.get(logged.headers["location"])
    assert "The call is logged." in shown.text
    await add_person(caller.service.database, login="tom", role="call_taker")
    other = httpx.AsyncClient(transport=nora._transport, base_url=nora.base_url)
    await sign_in(other, login="tom")
    seen = await other.get(f"/parties/{party_id}")
    assert "Wants rye on Fridays" in seen.text
    assert "Called" in seen.text


async def test_shared_phone_lets_choose_who_calls(caller: Caller, nora: httpx.AsyncClient) -> None:
    first, second = await make(caller, "Anna Marsh"), await make(caller, "Ben Marsh")
    shown = await nora.get("/call", params={"number": PHONE})
    assert "Several share this phone" in shown.text
    chosen = await nora.get("/call", params={"number": PHONE, "party": str(second)})
    assert "<h1>Ben Marsh</h1>" in chosen.text
    assert f"party={first}" in chosen.text


async def test_unknown_number_becomes_a_new_party_with_the_phone(nora: httpx.AsyncClient) -> None:
    asked = await nora.get("/call", params={"number": PHONE})
    assert "Nobody with this phone is known." in asked.text
    fields = {"number": PHONE, "name": "Anna Marsh", "legal_status": "natural_person"}
    made = await send(nora, "/call/new", fields)
    assert "<h1>Anna Marsh</h1>" in (await nora.get(made.headers["location"])).text
    refused = await send(nora, "/call/new", {"number": "02 765 43 21", "name": "", "legal_status": "sole_trader"})
    assert refused.status_code == 422
    assert 'id="name-wrong"' in refused.text


async def test_unknown_number_is_added_to_a_party_that_is_known(caller: Caller, nora: httpx.AsyncClient) -> None:
    party_id = await make(caller)
    asked = await nora.get("/call", params={"number": "0888 123 456", "find": "marsh"})
    assert "Add the phone to Anna Marsh" in asked.text
    added = await send(nora, "/call/add", {"number": "+359888123456", "party": str(party_id)})
    assert "<h1>Anna Marsh</h1>" in (await nora.get(added.headers["location"])).text
    gone = await send(nora, "/call/add", {"number": "+359888123456", "party": "999"})
    assert gone.status_code == 422


@pytest.mark.parametrize("number", ["x", "1" * 20, "0" * 50])
async def test_number_that_is_none_is_told(nora: httpx.AsyncClient, number: str) -> None:
    shown = await nora.get("/call", params={"number": number})
    assert shown.status_code == 422
    assert "caller&#39;s number" in shown.text


async def test_box_without_a_number_asks_for_one(nora: httpx.AsyncClient) -> None:
    assert "Who calls?" in (await nora.get("/call")).text


async def test_only_who_may_take_calls_sees_the_screen(caller: Caller, nora: httpx.AsyncClient) -> None:
    await add_person(caller.service.database, login="tom", role="cashier_supervisor")
    other = httpx.AsyncClient(transport=nora._transport, base_url=nora.base_url)
    await sign_in(other, login="tom")
    assert (await other.get("/call")).status_code == 403


async def test_screen_costs_a_bounded_number_of_queries(caller: Caller, nora: httpx.AsyncClient) -> None:
    await make(caller)
    with statements(caller.service.database) as asked:
        await nora.get("/call", params={"number": PHONE})
    assert len(asked) <= 30
