"""Letters of people: they follow a merge and come back, are in the copy of one's data, and go when one is erased."""

from typing import Any  # arguments by name

import pytest

from api.state import Service
from crm.files.model import make_file
from crm.letters import files
from crm.letters import service as letters
from crm.merging.model import Choices
from crm.merging.service import merge_parties, undo_merge
from crm.privacy.erasing import erase_person
from crm.privacy.reading import read_kept
from crm.search.model import read_typed
from crm.search.service import search
from database.engine import Database
from tests.conftest import ACT
from tests.crm.letters.post import TODAY, change, register, topics
from tests.crm.merging.people import add_party, fetch


@pytest.fixture
async def database(service: Service) -> Database:
    """Give a database with Zornitsa Qualmova, party 1, and Boris, party 2."""
    await add_party(service.database, "Zornitsa Qualmova")
    await add_party(service.database, "Boris")
    return service.database


async def test_letters_follow_their_party_when_it_is_merged_and_come_back(database: Database) -> None:
    await register(database, "Claim", person_id=1)

    merge_id = await database.run(merge_parties, 2, 1, choices=Choices(), seen=None, act=ACT)
    merged = await fetch(database, "select party_id, person_id from letter")
    await database.run(undo_merge, merge_id, act=ACT)

    assert merged == [(2, 2)]
    assert await fetch(database, "select party_id, person_id from letter") == [(1, 1)]


async def test_copy_of_ones_data_has_letters_and_erasing_leaves_nothing_of_them(database: Database) -> None:
    letter = await register(database, "Zornitsa asks", content="Qualm", document_number="Q 1", number="Qualm/1")
    await change(database, letter, content="Qualm street")
    scan = make_file("qualm.txt", b"qualm", most_bytes=100)
    await database.run(files.add_file, letter.id, scan, act=ACT)

    kept = await database.run(read_kept, 1, act=ACT)
    counts = await database.run(erase_person, 1, typed_name="Zornitsa Qualmova", act=ACT)

    assert [(one["topic"], one["files"]) for one in kept.sections["letters"]] == [("Zornitsa asks", ["qualm.txt"])]
    assert len(kept.sections["letter_changes"]) == 1
    assert (counts["letters"], counts["letter_changes"]) == (1, 1)
    ((left,),) = await fetch(database, "select to_jsonb(l)::text from letter l")
    assert [trace for trace in ("zornitsa", "qualm", "q 1") if trace in left.lower()] == []
    assert await fetch(database, "select 1 from file_content union all select 1 from letter_change") == []
    assert await topics(database) == ["(erased)"]


async def test_content_that_a_letter_has_too_outlives_the_file_of_another(database: Database) -> None:
    of_erased, of_other = await register(database, "Hers"), await register(database, "His", party_id=2)
    scan = make_file("scan.txt", b"same", most_bytes=100)
    for letter in (of_erased, of_other):
        await database.run(files.add_file, letter.id, scan, act=ACT)

    await database.run(erase_person, 1, typed_name="Zornitsa Qualmova", act=ACT)

    kept = await database.run(files.list_files, of_other.id)
    assert (await database.run(files.open_file, of_other.id, kept[0].id))[1] == b"same"


async def test_search_finds_letters_and_marks_those_of_the_archive(database: Database) -> None:
    """C77-65, C77-78."""
    old, new = await register(database, "Flour of April"), await register(database, "Flour of May")
    await database.run(letters.archive_letters, [old.id], act=ACT)
    asked: dict[str, Any] = {"today": TODAY, "with_cards": False, "with_documents": False}

    found = await database.run(search, read_typed("flour", "BG"), **asked, with_letters=True)
    by_party = await database.run(search, read_typed("qualmova may", "BG"), **asked, with_letters=True)
    by_party_alone = await database.run(search, read_typed("qualmova", "BG"), **asked, with_letters=True)
    without = await database.run(search, read_typed("flour", "BG"), **asked)

    assert [(hit.id, hit.is_archived) for hit in found.letters] == [(new.id, False), (old.id, True)]
    assert [hit.id for hit in by_party.letters] == [new.id]
    assert (by_party_alone.letters, without.letters) == ((), ())
