"""Calls: who may be calling, whose page hears of it, and what stays of a call that was taken."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.calls.errors import CallRefusedError
from crm.calls.service import add_number, check_number, find_callers, list_ringing, log_call, make_caller, ring
from crm.parties.errors import ContactRefusedError, PartyNotFoundError
from crm.parties.model import PartyDetails
from database.activity import Act
from tests.conftest import ACT, Caller

LATER = Act("user:nora", ACT.at + timedelta(seconds=5))
ANNA = PartyDetails(name="Anna Marsh", legal_status="natural_person")
PHONE = "+359 2 123 45 67"


async def rows(connection: AsyncConnection, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await connection.execute(text(query))]


@pytest.mark.parametrize("number", [PHONE, "0035921234567", "(02) 123-45-67", "02 123 4567", "359 2 1234567"])
async def test_caller_is_found_by_a_number_in_any_format(caller: Caller, number: str) -> None:
    """C77-24."""
    run = caller.service.database.run
    made = await run(make_caller, ANNA, PHONE, country="BG", act=ACT)
    assert [one.id for one in await run(find_callers, number, country="BG")] == [made.id]


async def test_several_who_share_a_phone_are_all_given_archived_ones_behind(caller: Caller) -> None:
    run = caller.service.database.run
    for name in ("Zoe", "Adam", "Bob"):
        await run(make_caller, PartyDetails(name=name, legal_status="natural_person"), PHONE, country=None, act=ACT)

    async def put_away(connection: AsyncConnection) -> None:
        await connection.execute(text("update party set archived_at = now() where name = 'Adam'"))
        await connection.execute(text("update party set merged_into = 1 where name = 'Bob'"))

    await run(put_away)
    assert [one.name for one in await run(find_callers, PHONE, country=None)] == ["Zoe", "Adam"]


async def test_call_is_kept_and_the_journal_knows_no_number(caller: Caller) -> None:
    run = caller.service.database.run
    call_id = await run(ring, " 02  1234567 ", "101", act=ACT)
    assert await run(rows, "select id, number, extension from incoming_call") == [(call_id, "02 1234567", "101")]
    journal = await run(rows, "select record, data from activity where act = 'call.came'")
    assert journal == [(f"call:{call_id}", {"extension": "101"})]


async def test_old_calls_are_forgotten_when_another_rings(caller: Caller) -> None:
    run = caller.service.database.run
    await run(ring, "02 1234567", "101", act=Act("command", ACT.at - timedelta(days=31)))
    await run(ring, "02 7654321", "101", act=ACT)
    assert await run(rows, "select number from incoming_call") == [("02 7654321",)]


async def test_page_hears_only_its_own_calls_behind_the_last_one_it_knew(caller: Caller) -> None:
    run = caller.service.database.run
    first = await run(ring, "02 1111111", "101", act=ACT)
    await run(ring, "02 2222222", "102", act=ACT)
    third = await run(ring, "02 3333333", "101", act=LATER)

    async def heard(after: int, minutes: int = 0) -> list[int]:
        found = await run(list_ringing, "101", after=after, now=ACT.at + timedelta(minutes=minutes))
        return [call.id for call in found]

    assert await heard(0) == [first, third]
    assert await heard(first) == [third]
    assert await heard(third) == []
    assert await heard(third + 1_000) == [first, third]  # remembered of another database
    assert await heard(0, minutes=3) == []


async def test_logged_call_is_a_use_an_act_and_a_note(caller: Caller) -> None:
    """C77-24: the log of a call."""
    run = caller.service.database.run
    party = await run(make_caller, ANNA, PHONE, country="BG", act=ACT)
    await run(log_call, party.id, "02 123 45 67", text="Asks for the price of rye", country="BG", act=LATER)
    assert await run(rows, "select uses from party_contact") == [(1,)]
    assert await run(rows, "select text, actor from party_note") == [("Asks for the price of rye", "user:nora")]
    acts = await run(
        rows, "select act, data from activity where actor = 'user:nora' and party_id is not null order by id"
    )
    assert [act for act, _ in acts] == ["call.logged", "contact.used", "note.added"]
    assert "123" not in str([data for _, data in acts])


async def test_call_without_a_word_from_another_phone_is_logged_too(caller: Caller) -> None:
    run = caller.service.database.run
    party = await run(make_caller, ANNA, PHONE, country="BG", act=ACT)
    await run(log_call, party.id, "0888 123 456", text=" ", country="BG", act=LATER)
    assert await run(rows, "select uses from party_contact") == [(0,)]
    assert await run(rows, "select count(*) from party_note") == [(0,)]
    with pytest.raises(PartyNotFoundError):
        await run(log_call, 999, PHONE, text="", country="BG", act=LATER)


async def test_number_is_added_to_a_known_party(caller: Caller) -> None:
    run = caller.service.database.run
    party = await run(make_caller, ANNA, PHONE, country="BG", act=ACT)
    await run(add_number, party.id, "00359888123456", country="BG", act=ACT)
    assert [one.id for one in await run(find_callers, "0888 123 456", country="BG")] == [party.id]
    with pytest.raises(ContactRefusedError):
        await run(add_number, party.id, "12", country=None, act=ACT)


@pytest.mark.parametrize("number", ["", "anonymous", "1" * 16, "+" + "9" * 41, "02\x00123"])
def test_what_no_telephone_sends_is_refused(number: str) -> None:
    with pytest.raises(CallRefusedError):
        check_number(number)
