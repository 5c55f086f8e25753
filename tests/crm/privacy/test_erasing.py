"""Whoever is erased is found nowhere in the whole database, and the books stay whole."""

import asyncio
import json
import re
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any  # JSON is free in its values
from zipfile import ZipFile

import pytest
from httpx import AsyncClient

from crm.merging.model import Choices
from crm.merging.service import merge_parties
from crm.parties.errors import PartyMergedError, PartyNotFoundError
from crm.privacy.erasing import erase_person
from crm.privacy.errors import ErasureRefusedError
from database.engine import Database
from loyalty.accounts.verify import verify_ledgers
from tests.api.rest.shop import Shop
from tests.conftest import ACT, Caller
from tests.crm.merging.people import add_full_party, add_party, fetch, prepare_words
from tests.factories import make_line

NAME, PHONE, MAIL, STREET = "Zornitsa Qualmova", "0888 777 555", "zq@qualm.example", "17 Quietude St"
TRACES = ("zornitsa", "(888) 777-555", "qualm", "888777555", "888 777 555", "quietude", "zq-", "prefers zinnias")


_LETTER = """
with sent as (
    insert into mailing (name, kind_id, created_at, changed_at) values ('News', 1, now(), now()) returning id)
insert into mailing_recipient (mailing_id, party_id, address, domain, state, reason, answer, due_at, given)
select id, :p, :m, 'qualm.example', 'failed', '550 no zornitsa here', '550 no zornitsa here', now(),
    '{"name": "Zornitsa"}' from sent
"""

_CONSENT = """
with said as (insert into subscription values (:p, 1, 'subscribed', now())),
act as (insert into consent (party_id, kind_id, act, source, actor, at) values (:p, 1, 'given', 'page', 'x', now())),
link as (insert into own_page_link (party_id, hash, actor, made_at, letter_address)
    values (:p, sha256('link'), 'user:nora', now(), :m))
insert into subscription_request (party_id, name, address, language, kind_ids, source, wording, actor, due_at, asked_at,
    expires_at) values (:p, 'Zornitsa', :m, 'bg', '{1}', 'form', 'News?', 'form', now(), now(), now())
"""


async def dump(shop: Shop) -> dict[str, str]:
    """Give every row of every table as small text, contents of files in plain."""
    database = Database(shop.url, role=None)  # partitions are the owner's
    tables = await fetch(database, "select tablename from pg_tables where schemaname = 'public' order by 1")
    found = {}
    for (table,) in tables:
        rows = await fetch(database, f"select to_jsonb(t)::text from {table} t")
        text = "\n".join(row for (row,) in rows).lower()
        found[table] = text + "".join(bytes.fromhex(raw).decode("utf-8", "replace").lower() for raw in _BYTES(text))
    await database.close()
    return found


_BYTES = re.compile(r"\\\\x((?:[0-9a-f]{2})+)").findall


def traces(rows: dict[str, str]) -> dict[str, set[str]]:
    """Tell in which tables something of the person stands."""
    found = {table: {trace for trace in TRACES if trace in text} for table, text in rows.items()}
    return {table: traced for table, traced in found.items() if traced}


@pytest.fixture
def shop(caller: Caller, admin: AsyncClient, database_url: str) -> Shop:
    """Give a shop on a database of its own."""
    return Shop(caller, admin, database_url)


async def add_person(shop: Shop) -> int:
    """Make a person of whom everything that can be kept is kept: merged once, with a card and a receipt."""
    database = shop.caller.service.database
    friend = await prepare_words(database)
    more: dict[str, Any] = {"birth_date": date(1977, 7, 7), "source": "club", "source_key": "zq-1"}
    kept = await add_full_party(database, NAME, own="one", duty="purchasing", friend=friend, **more)
    merged = await add_party(database, f"{NAME} Jr", phones=[PHONE], emails=[MAIL], note="Prefers zinnias")
    await fetch(database, "update party_address set line = :s where party_id = :p", s=STREET, p=kept)
    await fetch(database, "update party_note set text = :n || ' called'", n=NAME)
    await fetch(database, "insert into incoming_call (number, at) values ('+359 (888) 777-555', now())")
    await fetch(
        database,
        "insert into file_content (hash, size, content, at) values (sha256('q'), 7, 'qualm', now());",
    )
    await fetch(database, "update party_file set hash = sha256('q'), name = 'zq-passport.txt'")
    await fetch(database, "insert into party_score values (:p, 5, 5, 5, current_date, 1, 1, current_date)", p=kept)
    await fetch(database, _LETTER, p=kept, m=MAIL)
    await fetch(database, _CONSENT, p=kept, m=MAIL)
    choices = Choices(frozenset({"name"}))
    await database.run(merge_parties, kept, merged, choices=choices, seen=None, act=ACT)
    upload = await fetch(
        database,
        "insert into import_upload (name, size, actor, at) values ('x.csv', 1, 'user:nora', now()) returning id",
    )
    rejection = "insert into import_rejection (upload_id, line, reason, cells) values (:u, :n, 'no date', :cells)"
    await fetch(database, rejection, u=upload[0][0], n=2, cells=["1", f"{NAME} Jr", "x"])
    await fetch(database, rejection, u=upload[0][0], n=3, cells=["2", "Petar", "x"])
    await fetch(database, "insert into import_piece (upload_id, position, content) values (1, 1, 'zornitsa')")
    card = await shop.make_card()
    await shop.admin.patch(f"/v1/cards/{card.id}", json={"holder_id": kept})
    await shop.sell(make_line(price="25.00"), card=card.ref)
    return kept


async def erase(shop: Shop, party_id: int, name: str) -> dict[str, int]:
    return await shop.caller.service.database.run(erase_person, party_id, typed_name=name, act=ACT)


async def test_nothing_of_the_person_is_left_in_a_dump_and_the_books_stay_whole(shop: Shop) -> None:
    party_id = await add_person(shop)
    before = await dump(shop)
    assert {"party", "party_address", "party_contact", "party_merge", "import_rejection"} <= traces(before).keys()
    assert {"file_content", "incoming_call", "party_note", "mailing_recipient"} <= traces(before).keys()

    counts = await erase(shop, party_id, f" {NAME}  Jr")

    after = await dump(shop)
    assert traces(after) == {}
    assert counts["ways_of_contact"] == 4
    for table in ("ledger", "receipt", "receipt_line", "card", "card_day"):
        assert after[table] == before[table]
    assert (await shop.caller.service.database.run(verify_ledgers)).differences == []
    suppressed = "select reason from suppression where hash = sha256(convert_to(:mail, 'UTF8'))"
    assert await fetch(shop.caller.service.database, suppressed, mail=MAIL) == [("erased",)]
    left = await fetch(
        shop.caller.service.database, "select name, erased_at is not null from party where id <> 1 order by id"
    )
    assert left == [("(erased)", True), ("(erased)", True)]
    assert await fetch(shop.caller.service.database, "select cells[2] from import_rejection") == [("Petar",)]


async def test_issued_invoice_says_to_whom_until_the_law_lets_it_go(shop: Shop) -> None:
    database = shop.caller.service.database
    party_id = await add_party(database, NAME)
    for number, (kind, year) in enumerate((("invoice", 2016), ("invoice", 2015), ("order", 2026))):
        await fetch(
            database,
            """insert into business_document (kind, number, date, party_id, status, total, addressee, note, issued_at,
                created_at, changed_at)
            values (:k, :n, :d, :p, 'issued', 100, jsonb_build_object('name', cast(:name as text)), 'For Zornitsa', :at, now(), now())""",
            k=kind, n=str(number), d=date(year, 12, 31), p=party_id, name=NAME, at=datetime(year, 12, 31, tzinfo=UTC),
        )  # fmt: skip

    await erase(shop, party_id, NAME)

    rows = await fetch(database, "select addressee ->> 'name', note from business_document order by number")
    assert rows == [(NAME, None), (None, None), (None, None)]
    assert traces(await dump(shop)).keys() == {"business_document"}
    await fetch(database, "update business_document set issued_at = '2015-12-31' where number = '0'")
    await erase(shop, party_id, "(erased)")
    assert traces(await dump(shop)) == {}


async def test_erasing_wants_the_name_and_the_party_that_stands(shop: Shop) -> None:
    database = shop.caller.service.database
    one, other = await add_party(database, NAME), await add_party(database, NAME)
    await database.run(merge_parties, one, other, choices=Choices(), seen=None, act=ACT)

    with pytest.raises(ErasureRefusedError):
        await erase(shop, one, "Zornitsa")
    with pytest.raises(PartyMergedError):
        await erase(shop, other, NAME)
    with pytest.raises(PartyNotFoundError):
        await erase(shop, 99, NAME)
    assert await fetch(database, "select 1 from party where erased_at is not null") == []


async def test_merge_of_an_erased_person_is_never_taken_back(shop: Shop) -> None:
    database = shop.caller.service.database
    one, other = await add_party(database, NAME), await add_party(database, NAME)
    merge_id = await database.run(merge_parties, one, other, choices=Choices(), seen=None, act=ACT)
    await erase(shop, one, NAME)

    refused = await shop.admin.post(f"/v1/merges/{merge_id}/undo", json={})

    assert (refused.status_code, refused.json()["code"]) == (409, "merge_not_undoable")
    assert "the person was erased since" in refused.json()["detail"]


async def test_two_who_erase_at_once_erase_once(shop: Shop) -> None:
    party_id = await add_party(shop.caller.service.database, NAME, phones=[PHONE])

    results = await asyncio.gather(erase(shop, party_id, NAME), erase(shop, party_id, NAME), return_exceptions=True)

    assert sum(isinstance(result, dict) and "ways_of_contact" in result for result in results) == 1


async def test_copy_holds_everything_for_programs_and_for_people(shop: Shop) -> None:
    party_id = await add_person(shop)

    answer = await shop.admin.post(f"/v1/parties/{party_id}/copy")

    assert answer.status_code == 200, answer.text
    with ZipFile(BytesIO(answer.content)) as archive:
        data, receipts = json.loads(archive.read("data.json")), json.loads(archive.read("receipts.json"))
        page = archive.read("index.html").decode()
        (file,) = [name for name in archive.namelist() if name.startswith("files/")]
        assert archive.read(file) == b"qualm"
    assert file.endswith("-zq-passport.txt")
    assert [one["name"] for one in data["party"]] == [f"{NAME} Jr", f"{NAME} Jr"]
    assert {"0888 111 111", PHONE} <= {one["value"] for one in data["ways_of_contact"]}
    empty = {name for name, rows in data.items() if not rows}
    work = {
        *("tasks", "task_comments", "task_changes", "events", "event_changes"),
        *("projects", "project_changes", "survey_answers", "notices", "feed_entries"),
        *("letters", "letter_changes", "mail"),
    }
    assert empty <= {"documents", "duplicates", "business_documents", *work}
    assert [(one["total_minor"], len(one["lines"])) for one in receipts] == [(2500, 1)]
    assert NAME in page
    assert STREET in page
    assert "<script" not in page
    acts = await fetch(shop.caller.service.database, "select actor from activity where act = 'party.copied'")
    assert len(acts) == 1


async def test_copy_and_erasure_over_the_api_answer_what_they_did(shop: Shop) -> None:
    party_id = await add_party(shop.caller.service.database, NAME, phones=[PHONE])

    wrong = await shop.admin.post(f"/v1/parties/{party_id}/erase", json={"name": "Petar"})
    erased = await shop.admin.post(f"/v1/parties/{party_id}/erase", json={"name": NAME})
    unknown = await shop.admin.post("/v1/parties/99/copy")

    assert (wrong.status_code, wrong.json()["code"]) == (422, "erasure_refused")
    assert wrong.json()["errors"][0]["field"] == "name"
    assert erased.json() == {"erased": {"ways_of_contact": 1, "party": 1}}
    assert unknown.status_code == 404
