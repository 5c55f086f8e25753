"""Mail of people: it follows a merge and comes back, is in the copy of one's data, and goes when one is erased."""

from email.message import EmailMessage

import pytest

from api.state import Service
from crm.merging.model import Choices
from crm.merging.service import merge_parties, undo_merge
from crm.privacy.erasing import erase_person
from crm.privacy.reading import read_kept
from crm.search.model import read_typed
from crm.search.service import search
from database.engine import Database
from tests.conftest import ACT
from tests.crm.mail.post import NOW, add_mailbox, come, letter, take
from tests.crm.merging.people import add_party, fetch

SENDER = "Zornitsa Qualmova <zq@qualm.example>"


@pytest.fixture
async def database(service: Service) -> Database:
    """Give a database with Zornitsa Qualmova, party 1, Boris, party 2, and a mailbox, 1."""
    await add_party(service.database, "Zornitsa Qualmova", emails=["zq@qualm.example"])
    await add_party(service.database, "Boris", emails=["boris@example.com"])
    await add_mailbox(service.database)
    return service.database


def with_file() -> bytes:
    """Write a message of hers with a file and HTML."""
    message = EmailMessage()
    message["From"], message["To"], message["Cc"] = SENDER, "shop@shop.example", "z@qualm.example"
    message["Subject"], message["Message-ID"], message["Reply-To"] = "Zornitsa asks", "<1@qualm.example>", SENDER
    message.set_content("Qualm")
    message.add_alternative("<p>Qualm</p>", subtype="html")
    message.add_attachment(b"qualm", maintype="text", subtype="x-any", filename="qualm.txt")
    return message.as_bytes()


async def test_mail_follows_its_party_when_it_is_merged_and_comes_back(database: Database) -> None:
    await come(database, 1, letter(sender=SENDER))
    merge_id = await database.run(merge_parties, 2, 1, choices=Choices(), seen=None, act=ACT)
    assert await fetch(database, "select party_id from mail_message") == [(2,)]
    await database.run(undo_merge, merge_id, act=ACT)
    assert await fetch(database, "select party_id from mail_message") == [(1,)]


async def test_copy_of_ones_data_has_mail_and_erasing_leaves_nothing_of_it(database: Database) -> None:
    await come(database, 1, with_file())
    (other,) = await come(database, 1, letter(sender="boris@example.com"))

    kept = await database.run(read_kept, 1, act=ACT)
    counts = await database.run(erase_person, 1, typed_name="Zornitsa Qualmova", act=ACT)

    assert [(one["subject"], one["files"]) for one in kept.sections["mail"]] == [("Zornitsa asks", ["qualm.txt"])]
    assert (counts["mail"], counts["mail_files"]) == (1, 1)
    for table in ("mail_message", "mail_file", "letter", "letter_file", "event", "file_content", "activity"):
        rows = await fetch(database, f"select to_jsonb(t)::text from {table} t")
        left = " ".join(text for (text,) in rows).lower()
        assert [trace for trace in ("zornitsa", "qualm", b"qualm".hex()) if trace in left] == [], table
    assert await fetch(database, "select subject from mail_message where id = :id", id=other.id) == [("Beans",)]


async def test_message_of_who_was_erased_does_not_come_back_when_the_server_counts_anew(database: Database) -> None:
    await come(database, 1, with_file())
    await database.run(erase_person, 1, typed_name="Zornitsa Qualmova", act=ACT)
    again = await take(database, 1, with_file(), validity=8)
    assert again is not None
    assert (again.id, again.subject) == (1, "(erased)")


async def test_search_finds_messages_for_whoever_reads_mail(database: Database) -> None:
    await come(database, 1, letter("Flour of April"), letter("Beans of May"))
    asked = {"today": NOW.date(), "with_cards": False, "with_documents": False}
    found = await database.run(search, read_typed("flour", "BG"), **asked, with_mail=True)  # type: ignore[arg-type] # by name
    without = await database.run(search, read_typed("flour", "BG"), **asked)  # type: ignore[arg-type] # by name
    assert [hit.subject for hit in found.mail] == ["Flour of April"]
    assert without.mail == ()
