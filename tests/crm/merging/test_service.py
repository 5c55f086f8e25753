"""Two parties become one with everything that hangs on them, and two again as they were."""

import asyncio
from datetime import date

import pytest

from api.state import Service
from crm.merging.errors import (
    MergeNotUndoableError,
    MergeOutdatedError,
    MergeRefusedError,
    MergeUndoneError,
    MergeUnknownError,
)
from crm.merging.model import Choices
from crm.merging.service import merge_parties, undo_merge
from crm.parties.errors import PartyNotFoundError
from tests.conftest import ACT
from tests.crm.merging.people import add_full_party, add_party, dump, fetch, prepare_words

COUNTS = {
    "party_address": 4, "party_address_use": 2, "party_contact": 3, "party_bank_account": 3, "party_registration": 3,
    "party_relation": 3, "party_group": 3, "party_note": 2, "party_file": 2, "business_document": 2, "document": 2,
    "mailing_recipient": 3,
}  # fmt: skip
"""What the kept one of two full parties has: what each has of its own, and once what both have alike; twice the
address to which a document goes."""


async def merge(
    service: Service, kept: int, merged: int, *, choices: Choices | None = None, seen: tuple[int, int] | None = None
) -> int:
    return await service.database.run(merge_parties, kept, merged, choices=choices or Choices(), seen=seen, act=ACT)


async def two(service: Service) -> tuple[int, int]:
    friend = await prepare_words(service.database)
    one = await add_full_party(
        service.database, "Ana Ilieva", own="one", duty="purchasing", friend=friend, birth_date=date(1980, 2, 29)
    )
    other = await add_full_party(
        service.database, "A. Ilieva", own="two", duty="accounting", friend=friend, note="Prefers mornings"
    )
    return one, other


async def test_everything_follows_and_what_both_have_is_there_once(service: Service) -> None:
    one, other = await two(service)

    await merge(service, one, other)

    for table, count in COUNTS.items():
        found = await fetch(service.database, f"select count(*) from {table} where party_id = :id", id=one)
        assert (table, found) == (table, [(count,)])
    of_one = "select note, birth_date from party where id = :id"
    assert await fetch(service.database, of_one, id=one) == [("Prefers mornings", date(1980, 2, 29))]
    assert await fetch(service.database, "select merged_into from party where id = :id", id=other) == [(one,)]
    persons = "select person_id, (select count(*) from contact_person_responsibility where contact_person_id = c.id)"
    assert await fetch(service.database, f"{persons} from contact_person c where party_id = :id", id=one) == [(1, 2)]
    phone = "select uses from party_contact where canonical = '359888111111' and party_id = :id"
    assert await fetch(service.database, phone, id=one) == [(4,)]
    mains = "select use, main from party_address_use where party_id = :id order by main"
    assert await fetch(service.database, mains, id=one) == [("tax", False), ("tax", True)]
    references = "select count(*) from attribute_value where reference_id = :id"
    assert await fetch(service.database, references, id=one) == [(2,)]


async def test_fields_and_attributes_are_taken_from_the_one_that_was_chosen(service: Service) -> None:
    one, other = await two(service)
    ((remark,),) = await fetch(service.database, "select id from attribute where code = 'remark'")
    values = """select code, text_value from attribute_value v join attribute a on a.id = attribute_id
        where record_id = :id order by 1"""

    merge_id = await merge(service, one, other, choices=Choices(frozenset({"name"}), frozenset({remark})))

    assert await fetch(service.database, "select name from party where id = :id", id=one) == [("A. Ilieva",)]
    assert await fetch(service.database, values, id=one) == [
        ("only_one", "one"),
        ("only_two", "two"),
        ("remark", "two"),
    ]
    await service.database.run(undo_merge, merge_id, act=ACT)
    assert await fetch(service.database, values, id=one) == [("only_one", "one"), ("remark", "one")]
    assert await fetch(service.database, values, id=other) == [("only_two", "two"), ("remark", "two")]


async def test_undo_gives_both_back_as_they_were(service: Service) -> None:
    one, other = await two(service)
    before = await dump(service.database)
    merge_id = await merge(service, one, other, choices=Choices(frozenset({"name", "note"})))
    assert await dump(service.database) != before

    await service.database.run(undo_merge, merge_id, act=ACT)

    assert await dump(service.database) == before
    with pytest.raises(MergeUndoneError):
        await service.database.run(undo_merge, merge_id, act=ACT)
    with pytest.raises(MergeUnknownError):
        await service.database.run(undo_merge, merge_id + 1, act=ACT)


async def test_undo_says_what_stands_in_its_way_and_where(service: Service) -> None:
    one, other = await two(service)
    before = await dump(service.database)
    merge_id = await merge(service, one, other, choices=Choices(frozenset({"name"})))
    after = await dump(service.database)
    await fetch(service.database, "update party set name = 'Anna Ilieva' where id = :id", id=one)
    ((note,),) = await fetch(service.database, "delete from party_note where text = 'Note of two' returning id")

    with pytest.raises(MergeNotUndoableError) as refused:
        await service.database.run(undo_merge, merge_id, act=ACT)

    assert refused.value.obstacles == (
        f"name of party {one} was changed since",
        f"note {note} was removed or moved on since",
    )
    assert (await dump(service.database))["party_file"] == after["party_file"]
    await service.database.run(undo_merge, merge_id, is_partial=True, act=ACT)
    restored = await dump(service.database)
    assert {table for table in before if restored[table] != before[table]} == {"party", "party_note"}


async def test_what_was_added_since_stays_with_the_kept_one(service: Service) -> None:
    one, other = await two(service)
    merge_id = await merge(service, one, other)
    await fetch(
        service.database,
        "insert into party_note (party_id, text, actor, at) values (:p, 'Later', 'test', now())",
        p=one,
    )

    await service.database.run(undo_merge, merge_id, act=ACT)

    notes = await fetch(service.database, "select party_id, text from party_note order by id")
    assert notes == [(one, "Note of one"), (other, "Note of two"), (one, "Later")]


async def test_merges_are_refused_that_make_no_sense(service: Service) -> None:
    one = await add_party(service.database, "Ana Ilieva")
    other = await add_party(service.database, "Ana Ilieva")
    firm = await add_party(service.database, "Ilieva Ltd", kind="organisation")
    erased = await add_party(service.database, "Erased", erased_at=ACT.at)
    archived = await add_party(service.database, "Ana I.", archived_at=ACT.at)

    for kept, merged in ((one, one), (one, firm), (one, erased), (archived, one)):
        with pytest.raises(MergeRefusedError):
            await merge(service, kept, merged)
    with pytest.raises(PartyNotFoundError):
        await merge(service, one, 999)
    with pytest.raises(MergeOutdatedError):
        await merge(service, one, other, seen=(1, 2))
    await merge(service, one, archived)
    await merge(service, one, other, seen=(2, 1))


async def test_merged_party_is_merged_no_second_time_and_no_cycle_comes_about(service: Service) -> None:
    one, other, third = [await add_party(service.database, "Ana Ilieva") for _ in range(3)]
    first = await merge(service, one, other)

    for kept, merged in ((other, one), (one, other), (third, other), (other, third)):
        with pytest.raises(MergeRefusedError):
            await merge(service, kept, merged)

    second = await merge(service, third, one)
    into = "select merged_into from party order by id"
    assert await fetch(service.database, into) == [(third,), (third,), (None,)]
    with pytest.raises(MergeNotUndoableError, match=f"party {one} was merged into party {third} since"):
        await service.database.run(undo_merge, first, act=ACT)
    await service.database.run(undo_merge, second, act=ACT)
    assert await fetch(service.database, into) == [(None,), (one,), (None,)]


async def test_of_two_merges_at_once_one_is_refused(service: Service) -> None:
    ids = [await add_party(service.database, "Ana Ilieva") for _ in range(3)]
    one, other, third = ids

    results = await asyncio.gather(
        merge(service, one, other), merge(service, other, one), merge(service, third, other), return_exceptions=True
    )

    assert sum(isinstance(result, int) for result in results) >= 1
    assert all(isinstance(result, int | MergeRefusedError) for result in results)
    standing = await fetch(service.database, "select id from party where merged_into is null")
    for (root,) in await fetch(
        service.database, "select distinct merged_into from party where merged_into is not null"
    ):
        assert (root,) in standing


async def test_acts_of_both_are_written_down_without_anybodys_data(service: Service) -> None:
    one, other = await two(service)
    merge_id = await merge(service, one, other, choices=Choices(frozenset({"name"})))
    await service.database.run(undo_merge, merge_id, act=ACT)

    acts = await fetch(
        service.database, "select act, party_id, data from activity where act like 'party.%' order by id"
    )

    assert [(act, party) for act, party, _ in acts] == [
        ("party.merged", one), ("party.merged", other), ("party.unmerged", one), ("party.unmerged", other),
    ]  # fmt: skip
    assert acts[0][2]["fields"] == ["name", "note"]
    assert "Ilieva" not in str(acts)
    changes = await fetch(
        service.database, "select what, before, after from party_change where party_id = :id order by id", id=one
    )
    assert [what for what, _, _ in changes] == ["party.merged", "party.unmerged"]
    assert changes[0][1]["name"] == "Ana Ilieva"
    assert changes[1][2]["name"] == "Ana Ilieva"
