"""The search: whatever somebody remembers of a party leads to it, best first and bounded."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.search.model import MOST_PER_KIND, Found, read_typed
from crm.search.service import find_whole_number, search
from database.embedded import Server, database_dsn
from database.engine import Database
from tests.api.people import statements
from tests.conftest import _execute

NAMES = [
    "Иванова Мария",
    "Ivanova Maria",
    "Ivan Petrov",
    "Maria Ivanka",
    "Smith & Sons Ltd",
    "Archived Ivanova",
    "Öztürk Çelik",
]
FILL = """
insert into party (kind, name, legal_status_id, created_at, changed_at)
select 'person', name, (select min(id) from directory_entry), now(), now() from unnest(cast(:names as text[])) name;
"""
REST = """
update party set archived_at = now() where name like 'Archived%';
insert into party (kind, name, legal_status_id, created_at, changed_at, merged_into)
values ('person', 'Merged Ivanova', 1, now(), now(), 1);
insert into party (kind, name, legal_status_id, created_at, changed_at)
select 'person', 'Crowd ' || n, 1, now(), now() from generate_series(1, 50) n;
insert into party_contact (party_id, position, kind, value, canonical) values
    (1, 1, 'phone', '02 123 45 67', '35921234567'), (3, 1, 'phone', '+7 916 123-45-67', '79161234567'),
    (5, 1, 'email', 'Office@Smith.example', 'office@smith.example');
insert into party_registration (party_id, kind, number, canonical, checked) values (5, 'vat', 'GB 999 9999 73', 'GB999999973', 'right');
insert into party_address (party_id, position, city, postal_code, line) values (5, 1, 'Bristol', 'BS1 4DJ', '7 Quay Street');
insert into party_note (party_id, text, actor, at) values (3, 'Wants rye bread on Fridays', 'user:nora', now());
insert into business_document (kind, number, date, party_id, status, total, created_at, changed_at)
values ('invoice', 'INV-2026/0042', '2026-11-01', 5, 'issued', 100, now(), now());
insert into series (code, version, definition) values ('G', 1, '{}');
insert into card (card_id, number, series_id, state, holder_id, turnover, purchases, balance, points, credit_limit, held,
    overdraft, version, created_at)
select n, '2900000' || (1000 + n), (select id from series), 'active', case n when 1 then 1 end, 0, 0, 0, 0, 0, 0, 0, 0, now()
from generate_series(1, 30) n;
insert into card_number (number, card_id) select number, card_id from card;
"""


@pytest.fixture(scope="module")
async def people(template: str, postgres: Server) -> AsyncIterator[Database]:
    await _execute(postgres, f"create database test_search template {template} strategy file_copy")
    database = Database(database_dsn(postgres, "test_search"), role=None)

    async def fill(connection: AsyncConnection) -> None:
        await connection.execute(text(FILL), {"names": NAMES})
        for statement in REST.split(";\n"):
            if statement.strip():
                await connection.execute(text(statement))

    try:
        await database.run(fill)
        yield database
    finally:
        await database.close()
        await _execute(postgres, "drop database test_search with (force)")


async def find(database: Database, typed: str, **rights: bool) -> Found:
    may = {"with_cards": True, "with_documents": True, **rights}
    return await database.run(search, read_typed(typed, "BG"), today=date(2026, 11, 22), **may)


@pytest.mark.parametrize(
    ("typed", "ids", "reason"),
    [
        ("ivanova mar", [2], "name"),
        ("ИВАНОВА", [1], "name"),
        ("ivan pet", [3], "name"),
        ("oztürk", [7], "alike"),
        ("Ivanowa Maria", [2, 4], "alike"),
        ("smiht sons", [5], "alike"),
        ("02 123 45 67", [1], "phone"),
        ("+359 2 123-45-67", [1], "phone"),
        ("8 916 123 45 67", [3], "phone"),
        ("office@smith", [5], "email"),
        ("OFFICE@SMITH.EXAMPLE", [5], "email"),
        ("GB999999973", [5], "registration"),
        ("gb 999-9999-73", [5], "registration"),
        ("bristol", [5], "address"),
        ("bs1 4dj", [5], "address"),
    ],
)
async def test_party_is_found_by_what_somebody_remembers(
    people: Database, typed: str, ids: list[int], reason: str
) -> None:
    """BG-33, C77-24, PAP-01, PAP-06."""
    hits = (await find(people, typed)).parties
    assert [hit.id for hit in hits[: len(ids)]] == ids
    assert {hit.reason for hit in hits[: len(ids)]} == {reason}


async def test_archived_party_stands_behind_and_a_merged_one_nowhere(people: Database) -> None:
    found = (await find(people, "ivanova")).parties
    assert [(hit.id, hit.is_archived) for hit in (found[0], found[-1])] == [(2, False), (6, True)]
    assert {hit.name for hit in found} & {"Merged Ivanova"} == set()


async def test_card_is_found_by_its_digits_and_by_its_holder(people: Database) -> None:
    assert [row.card_id for row in (await find(people, "1017")).cards] == [17]
    assert [row.card_id for row in (await find(people, "Иванова")).cards] == [1]
    assert await people.run(find_whole_number, read_typed("2900 0001 017", None)) == 17
    assert await people.run(find_whole_number, read_typed("29000001099", None)) is None


async def test_document_and_note_are_found_by_number_and_words(people: Database) -> None:
    found = await find(people, "2026/0042")
    assert [(hit.number, hit.party_name) for hit in found.documents] == [("INV-2026/0042", "Smith & Sons Ltd")]
    notes = (await find(people, "rye friday")).notes
    assert [(hit.party_id, hit.text) for hit in notes] == [(3, "Wants rye bread on Fridays")]


async def test_no_more_than_a_few_of_each_kind_are_given_and_more_is_told(people: Database) -> None:
    found = await find(people, "crowd")
    assert len(found.parties) == MOST_PER_KIND
    assert found.more == {"parties"}
    assert (await find(people, "2900000")).more == {"cards"}


async def test_what_may_not_be_seen_is_not_looked_for(people: Database) -> None:
    found = await find(people, "1017", with_cards=False, with_documents=False)
    assert found.count == 0
    assert (await find(people, "2026/0042", with_documents=False)).documents == ()


@pytest.mark.parametrize("typed", ["ivan", "02 123 45 67", "INV-2026/0042", "a@b", "29000001017", "' or 1=1 --", "%_%"])
async def test_search_costs_a_bounded_number_of_queries(people: Database, typed: str) -> None:
    with statements(people) as asked:
        await find(people, typed)
    assert len(asked) <= 10


async def test_nothing_typed_asks_nothing(people: Database) -> None:
    with statements(people) as asked:
        assert await find(people, "") == Found()
    assert asked == []
