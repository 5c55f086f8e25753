"""Projects follow their party: into the one that was kept of two, and out of what is known of a person who was erased."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.merging.model import Choices
from crm.merging.service import merge_parties, undo_merge
from crm.privacy.erasing import erase_person
from crm.projects.model import PhaseDetails, ProjectDetails
from crm.projects.phases import add_phase
from crm.projects.service import change_project, load_project, make_project
from tests.conftest import ACT, Caller
from tests.crm.merging.people import add_party

NAME = "Zornitsa Qualmova"
KIND = "customer_project"


async def _traces(connection: AsyncConnection) -> list[str]:
    """Name the tables of projects in which something of the person stands."""
    found = []
    for table in ("project", "project_phase", "project_change"):
        rows = await connection.execute(text(f"select to_jsonb(t)::text from {table} t"))
        found += [table] if any("qualm" in row.lower() for row in rows.scalars()) else []
    return found


async def test_projects_move_to_the_party_that_is_kept_and_back(caller: Caller) -> None:
    database = caller.service.database
    kept, merged = await add_party(database, "Anna"), await add_party(database, "Anna M")
    made = await database.run(make_project, ProjectDetails(name="Kitchen", kind=KIND, party_id=merged), act=ACT)

    merge_id = await database.run(merge_parties, kept, merged, choices=Choices(), seen=None, act=ACT)
    moved = await database.run(load_project, made.id)
    await database.run(undo_merge, merge_id, act=ACT)

    assert moved.party_id == kept
    assert (await database.run(load_project, made.id)).party_id == merged


async def test_erasing_a_person_leaves_no_word_about_them_in_projects(caller: Caller) -> None:
    database = caller.service.database
    person = await add_party(database, NAME)
    details = ProjectDetails(name=f"Kitchen of {NAME}", kind=KIND, party_id=person)
    made = await database.run(make_project, details, act=ACT)
    await database.run(add_phase, made.id, PhaseDetails(name="Ask Qualmova"), act=ACT)
    changed = ProjectDetails(name="Qualm kitchen", kind=KIND, party_id=person, note="Qualm lives there")
    await database.run(change_project, made.id, changed, seen=2, act=ACT)
    other = await database.run(make_project, ProjectDetails(name="Shelves", kind=KIND), act=ACT)
    before = await database.run(_traces)

    await database.run(erase_person, person, typed_name=NAME, act=ACT)

    assert before == ["project", "project_phase", "project_change"]
    assert await database.run(_traces) == []
    assert (await database.run(load_project, made.id)).name == "(erased)"
    assert (await database.run(load_project, other.id)).name == "Shelves"
