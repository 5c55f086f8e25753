"""Messages that come: kept once, in threads, tied to parties, registered as letters and events."""

import asyncio
from datetime import timedelta

import pytest
from msgspec import structs

from api.state import Service
from crm.letters.listing import LetterFilter, list_letters
from crm.mail import tying
from crm.mail.errors import MailRefusedError
from crm.mail.model import Message
from crm.mail.receiving import Arrived, begin_count, take_message, understand
from crm.mail.repository.listing import MailFilter, count_unread, find_mail, list_mail
from crm.mail.service import load_message, load_thread
from database.engine import Database
from tests.conftest import ACT
from tests.crm.mail.post import AROUND, NOW, add_mailbox, come, letter, take, written_to
from tests.crm.merging.people import add_party, fetch


@pytest.fixture
async def database(service: Service) -> Database:
    """Give a database with Anna, party 1, Boris, party 2, and a mailbox, 1."""
    await add_party(service.database, "Anna Marsh", emails=["Anna@example.com"])
    await add_party(service.database, "Boris", emails=["boris@example.com", "office@example.com"])
    await add_mailbox(service.database)
    return service.database


async def subjects(database: Database, **wanted: object) -> list[str]:
    """Give the subjects that a list shows."""
    return [row.subject for row in (await database.run(list_mail, MailFilter(**wanted))).rows]  # type: ignore[arg-type] # fields by name


async def test_message_of_a_party_stands_in_the_inbox_the_journal_and_on_its_timeline(database: Database) -> None:
    """PS-05, BG-26, C77-64: tied by its address, registered as a letter and a held contact, both by itself."""
    (message,) = await come(database, 1, letter(sender="ANNA@Example.com"))
    assert (message.party_id, message.state, message.text) == (1, "received", "Have you any?")
    assert await subjects(database) == ["Beans"]
    (registered,) = (await database.run(list_letters, LetterFilter(party_id=1))).rows
    assert (registered.topic, registered.medium, registered.flow, registered.kind) == (
        "Beans", "email", "incoming", "email"
    )  # fmt: skip
    rows = await fetch(database, "select e.id, topic, direction, party_id, starts_at from event e")
    assert [tuple(row[1:4]) for row in rows] == [("Beans", "incoming", 1)]
    assert message.event_id == rows[0][0]
    assert rows[0][4] == message.at
    acts = await fetch(database, "select act from activity where party_id = 1 order by id")
    assert {"letter.registered", "event.made"} <= {one[0] for one in acts}


async def test_address_of_none_or_of_several_is_left_to_people(database: Database) -> None:
    await add_party(database, "The office", kind="organisation", emails=["office@example.com"])
    await come(database, 1, letter("None", sender="x@nowhere.example"), letter("Two", sender="office@example.com"))
    assert await subjects(database, is_untied=True) == ["Two", "None"]
    assert await fetch(database, "select count(*) from event") == [(0,)]
    assert await fetch(database, "select count(*) from letter where party_id is null") == [(2,)]


async def test_message_tied_by_hand_takes_its_letter_its_event_and_its_thread_along(database: Database) -> None:
    """C77-82: and tied to another one, or to none again, they follow."""
    first, answer = await come(
        database, 1,
        letter("Beans", sender="x@nowhere.example", Message_ID="<a@x>"),
        letter("Re: Beans", sender="x@nowhere.example", In_Reply_To="<a@x>"),
    )  # fmt: skip
    for party_id in (1, 2, None):
        await database.run(tying.tie, answer.id, party_id, around=AROUND, act=ACT)
        tied = await fetch(database, "select party_id from mail_message union all select party_id from letter")
        assert tied == [(party_id,)] * 4
        events = await fetch(database, "select party_id from event where archived_at is null")
        assert events == [(party_id,)] * (2 if party_id else 0)
    with pytest.raises(MailRefusedError):
        await database.run(tying.tie, first.id, 4711, around=AROUND, act=ACT)


async def test_thread_is_told_by_references_and_never_by_the_subject(database: Database) -> None:
    first, same_subject, answer, late = await come(
        database, 1,
        letter("Beans", Message_ID="<a@x>"),
        letter("Re: Beans", Message_ID="<b@x>"),
        letter("Something else", References="<q@x> <a@x>", In_Reply_To="<unknown@x>", Message_ID="<c@x>"),
        letter("Re: Something else", In_Reply_To="<c@x>"),
    )  # fmt: skip
    assert first.thread_id == answer.thread_id == late.thread_id == first.id
    assert same_subject.thread_id == same_subject.id
    thread = await database.run(load_thread, answer.id)
    assert [one.id for one in thread.messages] == [first.id, answer.id, late.id]
    assert await subjects(database) == ["Re: Something else", "Re: Beans"]


async def test_answers_that_came_before_what_they_answer_are_put_into_one_thread(database: Database) -> None:
    one, other, first = await come(
        database, 1,
        letter("Re: Beans", In_Reply_To="<a@x>"),
        letter("Re: Beans again", In_Reply_To="<a@x>"),
        letter("Beans", Message_ID="<a@x>"),
    )  # fmt: skip
    threads = await fetch(database, "select distinct thread_id from mail_message")
    assert threads == [(one.id,)]
    assert {one.id, other.id, first.id} == {1, 2, 3}


async def test_message_is_kept_once_by_two_who_read_at_the_same_time(database: Database) -> None:
    await database.run(begin_count, 1, 7)
    came = understand(Arrived(7, 1, letter(), NOW, is_seen=False, is_cut=False), now=NOW)
    taken = await asyncio.gather(*(database.run(take_message, 1, came, around=AROUND, act=ACT) for _ in range(4)))
    assert sorted(one is not None for one in taken) == [False, False, False, True]
    assert await fetch(database, "select count(*) from mail_message") == [(1,)]
    assert await fetch(database, "select imap_validity, imap_last_uid from mailbox") == [(7, 1)]


async def test_server_that_counts_anew_loses_and_doubles_nothing(database: Database) -> None:
    named, nameless = letter(Message_ID="<a@x>"), letter("No name")
    await come(database, 1, named, nameless)
    kept = await take(database, 1, nameless, uid=1, validity=8)
    fresh = await take(database, 1, letter("New", Message_ID="<n@x>"), uid=2, validity=8)
    again = await take(database, 1, named, uid=3, validity=8)
    assert kept is not None
    assert again is not None
    assert fresh is not None
    assert (again.id, kept.id) == (1, 2)
    rows = await fetch(database, "select id, imap_uid from mail_message order by id")
    assert rows == [(1, 3), (2, 1), (fresh.id, 2)]
    assert await take(database, 1, named, uid=3, validity=8) is None


async def test_two_messages_of_one_name_under_two_numbers_are_two(database: Database) -> None:
    """Whoever knows the name of a message that is to come cannot make it vanish."""
    await come(database, 1, letter("False", Message_ID="<a@x>"), letter("True", Message_ID="<a@x>"))
    assert sorted(await subjects(database)) == ["False", "True"]
    again = await take(database, 1, letter("True", Message_ID="<a@x>"), validity=8)
    assert again is not None
    assert (again.id, again.subject) == (2, "True")


async def test_answer_to_a_mailing_is_noted_and_tied_to_its_party(database: Database) -> None:
    """C77-82: from whichever address the party answers."""
    name = await written_to(database, 2, "boris@example.com")
    (message,) = await come(database, 1, letter(sender="b@private.example", In_Reply_To=f"<{name}>"))
    assert message.party_id == 2
    assert await fetch(database, "select replied_at is not null from mailing_recipient") == [(True,)]


async def test_absence_notice_is_no_answer_to_a_mailing(database: Database) -> None:
    name = await written_to(database, 2, "boris@example.com")
    await come(database, 1, letter("Away", In_Reply_To=f"<{name}>", Auto_Submitted="auto-replied"))
    assert await fetch(database, "select replied_at from mailing_recipient") == [(None,)]


async def test_name_of_a_mailing_message_that_never_went_out_ties_nothing(database: Database) -> None:
    name = await written_to(database, 2, "boris@example.com", state="queued")
    (message,) = await come(database, 1, letter(sender="b@private.example", In_Reply_To=f"<{name}>"))
    assert message.party_id is None
    assert await fetch(database, "select replied_at from mailing_recipient") == [(None,)]


async def test_module_that_is_off_gets_nothing(database: Database) -> None:
    await database.run(begin_count, 1, 7)
    came = understand(Arrived(7, 1, letter(), NOW, is_seen=True, is_cut=False), now=NOW)
    alone = structs.replace(AROUND, has_letters=False, has_events=False)
    await database.run(take_message, 1, came, around=alone, act=ACT)
    assert await fetch(database, "select count(*) from letter") == [(0,)]
    assert await fetch(database, "select count(*) from event") == [(0,)]
    assert await fetch(database, "select party_id from activity where act = 'mail.received'") == [(1,)]


async def test_archived_kind_of_events_is_not_wanted_and_the_message_comes_still(database: Database) -> None:
    await fetch(database, "update event_kind set archived_at = now() where code = 'email'")
    (message,) = await come(database, 1, letter())
    assert (message.party_id, message.event_id) == (1, None)


async def test_unread_are_counted_and_found_by_their_words(database: Database) -> None:
    await come(database, 1, letter("Beans of Lviv"), letter("Flour", sender="x@nowhere.example"))
    await take(database, 1, letter("Seen elsewhere"), uid=9, is_seen=True)
    assert await database.run(count_unread) == 2
    assert [hit.subject for hit in await database.run(find_mail, "bea lvi", limit=5)] == ["Beans of Lviv"]
    assert await subjects(database, words="nowhere") == ["Flour"]
    assert await subjects(database, words="marsh bean") == ["Beans of Lviv"]
    assert await subjects(database, is_unread=True) == ["Flour", "Beans of Lviv"]


async def test_time_is_the_servers_and_not_what_the_writer_says(database: Database) -> None:
    (message,) = await come(database, 1, letter(Date="Mon, 23 Nov 2099 10:00:00 +0200"))
    assert message.at == NOW - timedelta(hours=1) + timedelta(seconds=1)
    assert isinstance(await database.run(load_message, message.id), Message)
