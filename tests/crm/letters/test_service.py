"""Letters in the journal: registered, changed by two at once, told, archived, found; e-mails that register themselves."""

import asyncio
from datetime import date, timedelta
from typing import Any  # arguments by name

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.state import Service
from crm.letters import files, kinds, service
from crm.letters.errors import (
    LetterArchivedError,
    LetterChangedError,
    LetterDateRefusedError,
    LetterKindRefusedError,
    LetterNumberTakenError,
    LetterRefusedError,
)
from crm.letters.keeping import load_letter
from crm.letters.kinds import KindDraft
from crm.letters.model import Attached, Mail
from crm.letters.repository.letters import list_changes
from crm.notifications.repository.notices import list_notices
from database.engine import Database
from tests.api.people import add_person
from tests.conftest import ACT
from tests.crm.letters.post import TODAY, add_message, change, details, register, topics
from tests.crm.merging.people import add_party, fetch


@pytest.fixture
async def database(service: Service) -> Database:
    """Give a database with the mill, party 1, its Anna, party 2, who speaks for it, and Boris, party 3, who does not."""
    await add_party(service.database, "Lantern Mill", kind="organisation")
    for name in ("Anna", "Boris"):
        await add_party(service.database, name)
    await fetch(service.database, "insert into contact_person (party_id, person_id, position) values (1, 2, 1)")
    return service.database


async def test_each_flow_is_numbered_by_itself_and_every_letter_is_in_the_journal(database: Database) -> None:
    """C77-17, C77-63, C77-67: both flows in one journal, by party."""
    incoming = [await register(database, f"In {number}") for number in range(2)]
    outgoing = await register(database, "Out", flow="outgoing")

    assert [one.number for one in (*incoming, outgoing)] == ["2026-000001", "2026-000002", "2026-000001"]
    assert await topics(database, party_id=1) == ["Out", "In 1", "In 0"]
    assert await topics(database, flow="outgoing") == ["Out"]
    assert await topics(database, party_id=3) == []


async def test_letters_registered_at_once_get_numbers_of_their_own(database: Database) -> None:
    made = await asyncio.gather(*(register(database, f"No {number}") for number in range(8)))
    assert sorted(one.number for one in made) == [f"2026-{number:06}" for number in range(1, 9)]


async def test_number_of_another_letter_of_the_flow_is_refused(database: Database) -> None:
    first = await register(database, number="A/1")
    with pytest.raises(LetterNumberTakenError):
        await register(database, number="A/1")
    other = await register(database, number="A/1", flow="outgoing")
    assert (first.number, other.number) == ("A/1", "A/1")


async def test_day_of_registration_is_said_by_those_alone_who_may(database: Database) -> None:
    """C77-70."""
    yesterday = TODAY - timedelta(days=1)
    as_clerk: dict[str, Any] = {"today": TODAY, "may_date": False, "author_id": None, "act": ACT}

    with pytest.raises(LetterDateRefusedError):
        await database.run(service.register_letter, details(registered_on=yesterday), **as_clerk)
    with pytest.raises(LetterDateRefusedError, match="future"):
        await register(database, registered_on=TODAY + timedelta(days=1))

    assert (await register(database, registered_on=yesterday)).registered_on == yesterday


async def test_addressee_is_of_the_directory_that_the_flow_says(database: Database) -> None:
    """C77-69: a contact person of the party, or an employee of our own."""
    nora = await add_person(database)
    incoming = await register(database, person_id=2)
    outgoing = await register(database, flow="outgoing", user_id=nora)

    with pytest.raises(LetterRefusedError) as stranger:
        await register(database, person_id=3)
    with pytest.raises(LetterRefusedError) as nobody:
        await register(database, flow="outgoing", user_id=nora + 1)

    assert (incoming.person_id, outgoing.user_id) == (2, nora)
    assert (stranger.value.field, nobody.value.field) == ("person_id", "user_id")


async def test_more_urgent_letters_stand_first_and_then_newer_ones(database: Database) -> None:
    """C77-73."""
    for topic, priority, day in (("old", 2, 1), ("new", 2, 3), ("low", 1, 4), ("urgent", 3, 2)):
        await register(database, topic, priority=priority, registered_on=date(2026, 11, day))
    assert await topics(database) == ["urgent", "new", "old", "low"]


async def test_kind_lists_all_below_it_and_changing_it_moves_the_letter(database: Database) -> None:
    """C77-72."""
    await database.run(kinds.make_kind, "quality", KindDraft(names={"en": "Quality"}, parent="claims"), act=ACT)
    await register(database, "Claim")
    letter = await register(database, "Grade", kind="quality")
    assert await topics(database, kind="claims") == ["Grade", "Claim"]

    await change(database, letter, kind="contracts")

    assert await topics(database, kind="claims") == ["Claim"]
    assert await topics(database, kind="contracts") == ["Grade"]


async def test_kind_hangs_nowhere_below_itself_and_an_archived_one_is_offered_no_more(database: Database) -> None:
    letter = await register(database, "Claim")
    await database.run(kinds.make_kind, "quality", KindDraft(names={"en": "Quality"}, parent="claims"), act=ACT)
    below = KindDraft(names={"en": "Claims"}, parent="quality")
    with pytest.raises(LetterKindRefusedError):
        await database.run(kinds.change_kind, "claims", below, is_archived=False, seen=1, act=ACT)

    await database.run(
        kinds.change_kind, "claims", KindDraft(names={"en": "Claims"}), is_archived=True, seen=1, act=ACT
    )

    with pytest.raises(LetterKindRefusedError, match="archived"):
        await register(database)
    assert (await change(database, letter, topic="Claim of May")).kind == "claims"


async def test_kinds_are_put_into_order_among_those_of_their_parent(database: Database) -> None:
    await database.run(kinds.move_kind, "email", step=-1, act=ACT)
    assert [one.code for one in await database.run(kinds.list_kinds)] == ["business", "contracts", "email", "claims"]


async def test_words_are_found_in_topic_numbers_text_and_party(database: Database) -> None:
    """C77-65, C77-74."""
    await register(database, "Flour of May", content="Two sacks were wet", document_number="17/QX")
    await register(database, "Other", party_id=3)

    words = ("flou", "wet sack", "qx", "2026-000001", "1", "lantern flour", "LANTERN wet")
    found = {one: await topics(database, words=one) for one in words}

    assert found == {one: ["Flour of May"] for one in words}
    assert [await topics(database, words=one) for one in ("boris flour", "?!", "zzz")] == [[], [], []]


async def test_each_listed_colleague_is_told_once_and_read_marks_are_kept(database: Database) -> None:
    """C77-18, C77-75."""
    nora, bob = await add_person(database), await add_person(database, login="bob")
    letter = await register(database, notified=(nora,))
    letter = await change(database, letter, notified=(nora, bob))
    letter = await change(database, letter, notified=(bob,))
    await change(database, letter, notified=(nora, bob))
    assert await topics(database, unread_by=nora) == ["Flour of the wrong grade"]

    await database.run(service.note_opened, letter.id, nora, act=ACT)

    told = {one: (await database.run(list_notices, one)).rows for one in (nora, bob)}
    assert {one: [row.record for row in rows] for one, rows in told.items()} == {
        nora: [f"letter:{letter.id}"],
        bob: [f"letter:{letter.id}"],
    }
    marks = await database.run(service.list_marks, letter.id)
    assert [(one.user_id, one.read_at is not None) for one in marks] == [(nora, True), (bob, False)]
    assert await topics(database, unread_by=nora) == []
    with pytest.raises(LetterRefusedError):
        await register(database, notified=(bob + 1,))


async def test_second_editor_of_a_field_is_told_both_values_and_the_journal_holds_none(database: Database) -> None:
    letter = await register(database, "Qualm", document_number="Qualm 1")
    await change(database, letter, topic="Qualm of May", content="Qualm street", priority=3)

    with pytest.raises(LetterChangedError) as refused:
        await change(database, letter, topic="Quiet", priority=3, content="Qualm street")
    kept = await database.run(list_changes, letter.id, limit=10)

    told = [(one.field, one.yours, one.theirs, one.base) for one in refused.value.differences]
    assert told == [("topic", "Quiet", "Qualm of May", "Qualm")]
    assert [(one.version, one.before["topic"], one.after["topic"]) for one in kept] == [(2, "Qualm", "Qualm of May")]
    acts = await fetch(database, "select act, party_id, importance, to_jsonb(a)::text from activity a order by id")
    assert [row[:3] for row in acts] == [("letter.registered", 1, 2), ("letter.changed", 1, 1)]
    assert not [row for row in acts if "qualm" in row[3].lower()]


async def test_archived_letters_leave_the_journal_and_return(database: Database) -> None:
    """C77-77, C77-78."""
    made = [await register(database, topic) for topic in ("A", "B", "C")]
    ids = [one.id for one in made]

    moved = await database.run(service.archive_letters, ids[:2], act=ACT)
    again = await database.run(service.archive_letters, ids[:2], act=ACT)
    archived = await topics(database, is_archived=True)
    with pytest.raises(LetterArchivedError):
        await change(database, made[0], topic="D")
    back = await database.run(service.restore_letters, [ids[0], 4711], act=ACT)

    assert (moved, again, back, archived) == (2, 0, 1, ["B", "A"])
    assert await topics(database) == ["C", "A"]
    with pytest.raises(LetterRefusedError):
        await database.run(service.archive_letters, [], act=ACT)


async def test_email_registers_itself_once_with_its_files(database: Database) -> None:
    """C77-64."""
    message_id = await add_message(database)
    ((content_hash,),) = await fetch(database, "select hash from file_content")
    mail = Mail(
        flow="incoming",
        topic="Price of rye",
        text="How much?",
        on=TODAY,
        party_id=1,
        files=[Attached("scan.txt", "text/plain", bytes(content_hash))],
    )

    async def come(connection: AsyncConnection) -> int:
        return (await service.register_message(connection, message_id, mail, today=TODAY, act=ACT)).id

    first, second = await asyncio.gather(database.run(come), database.run(come))

    letter = await database.run(load_letter, first)
    assert first == second
    assert (letter.kind, letter.medium, letter.message_id, letter.number) == (
        "email",
        "email",
        message_id,
        "2026-000001",
    )
    assert [one.name for one in await database.run(files.list_files, first)] == ["scan.txt"]
    assert await topics(database, kind="email") == ["Price of rye"]
