"""Contact persons: who answers for what at whom, who can be reached now, page by page."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.views.listing import Words
from crm.views.persons import ListedPerson, list_persons
from crm.views.repository.context import Context
from crm.views.repository.pages import ListPlace
from crm.views.repository.persons import PersonSelection
from database.engine import Database

LISTED = """select c.id from contact_person c join party n on n.id = person_id join party p on p.id = party_id
    where n.archived_at is null and n.merged_into is null and p.archived_at is null and p.merged_into is null"""
ORDERED = ' order by n.sort_name collate "C", c.id'


async def listed(database: Database, selection: PersonSelection, context: Context) -> list[ListedPerson]:
    """List all of a selection, three by three."""
    found: list[ListedPerson] = []
    place: ListPlace | None = None
    while place is not None or not found:
        page = await database.run(list_persons, selection, context, place=place, size=3)
        found += page.rows
        place = page.on
        if not page.rows:
            break
    return found


async def plain(database: Database, condition: str) -> list[int]:
    async def ask(connection: AsyncConnection) -> list[int]:
        return list((await connection.execute(text(f"{LISTED} and {condition} {ORDERED}"))).scalars())

    return await database.run(ask)


async def test_who_answers_for_purchasing_is_found(crowd: Database, context: Context, words: Words) -> None:
    """BG-02, BG-18: the list of contact persons."""
    entry = next(one for one in words.entries_of("responsibility") if one.code == "purchasing")
    found = await listed(crowd, PersonSelection(responsibility_id=entry.id), context)
    condition = "exists (select from contact_person_responsibility r where r.contact_person_id = c.id and {})"
    assert [one.row.id for one in found] == await plain(crowd, condition.format(f"responsibility_id = {entry.id}"))
    assert all(entry.id in one.row.responsibilities for one in found)


async def test_everybody_stands_in_the_list_once_by_name(crowd: Database, context: Context) -> None:
    found = await listed(crowd, PersonSelection(), context)
    assert [one.row.id for one in found] == await plain(crowd, "true")


async def test_name_and_party_are_found_by_words(crowd: Database, context: Context) -> None:
    found = await listed(crowd, PersonSelection(words="iv", party_words="o"), context)
    assert [one.row.id for one in found] == await plain(crowd, "n.name ilike '%iv%' and p.name ilike '%o%'")


@pytest.mark.parametrize("hour", range(0, 24, 3))
async def test_reachable_now_is_what_their_hours_say(
    crowd: Database, words: Words, context: Context, hour: int
) -> None:
    at = words.context(now=datetime(2026, 11, 23, hour, 30, tzinfo=UTC), zone=context.zone, money=context.money)
    everybody = await listed(crowd, PersonSelection(), at)
    found = await listed(crowd, PersonSelection(is_reachable=True), at)
    assert [one.row.id for one in found] == [one.row.id for one in everybody if one.is_reachable]


async def test_newer_leads_back(crowd: Database, context: Context) -> None:
    first = await crowd.run(list_persons, PersonSelection(), context, size=4)
    second = await crowd.run(list_persons, PersonSelection(), context, place=first.on, size=4)
    back = await crowd.run(list_persons, PersonSelection(), context, place=second.back, size=4)
    assert back.rows == first.rows
    assert back.back is None
