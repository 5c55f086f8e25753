"""Projects and their phases: made, changed by two at once, closed, put into order."""

from datetime import date

import pytest
from sqlalchemy import text

from crm.projects import phases, service
from crm.projects.errors import PhaseInUseError, ProjectArchivedError, ProjectChangedError, ProjectRefusedError
from crm.projects.listing import ProjectFilter, Shown, list_projects
from crm.projects.model import PhaseDetails, Project, ProjectDetails
from crm.tasks.model import TaskDetails
from crm.tasks.service import change_task, load_task, make_task
from database.engine import Database
from tests.api.people import add_person
from tests.conftest import ACT, Caller
from tests.crm.merging.people import add_party

KIND = "customer_project"
TODAY = ACT.at.date()


async def make(database: Database, name: str = "New shelves", **more: object) -> Project:
    """Make a project."""
    return await database.run(service.make_project, ProjectDetails(name=name, kind=KIND, **more), act=ACT)  # type: ignore[arg-type] # free in its fields


async def names(database: Database, shown: Shown = "open", **more: object) -> list[str]:
    """Give the names that a list shows."""
    wanted = ProjectFilter(shown=shown, **more)  # type: ignore[arg-type] # free in its fields
    return [row.name for row in (await database.run(list_projects, wanted, today=TODAY)).rows]


async def test_second_editor_of_a_field_is_told_both_values_and_of_another_field_is_not(caller: Caller) -> None:
    database = caller.service.database
    made = await make(database, note="Oak")
    first = ProjectDetails(name="Shelves", kind=KIND, note="Oak")
    await database.run(service.change_project, made.id, first, seen=1, act=ACT)

    second = ProjectDetails(name="Racks", kind=KIND, note="Oak")
    with pytest.raises(ProjectChangedError) as refused:
        await database.run(service.change_project, made.id, second, seen=1, act=ACT)
    phase = await database.run(phases.add_phase, made.id, PhaseDetails(name="Measure"), act=ACT)
    changed = await database.run(
        phases.change_phase, made.id, phase.id, PhaseDetails(name="Measuring"), seen=3, act=ACT
    )

    told = [(one.field, one.yours, one.theirs, one.base) for one in refused.value.differences]
    assert told == [("name", "Racks", "Shelves", "New shelves")]
    assert (refused.value.version, changed.name) == (2, "Measuring")


async def test_journal_of_a_project_holds_nothing_that_was_typed(caller: Caller) -> None:
    database = caller.service.database
    made = await make(database, "Kitchen of Qualmova", note="Qualm street")
    changed = ProjectDetails(name="Kitchen Qualm", kind="internal", due_on=date(2026, 12, 24))
    await database.run(service.change_project, made.id, changed, seen=1, act=ACT)
    await database.run(phases.add_phase, made.id, PhaseDetails(name="Qualm"), act=ACT)

    async with database.connection() as connection:
        rows = (await connection.execute(text("select to_jsonb(a)::text, project_id from activity a"))).all()
    of_it = [told for told, project_id in rows if project_id == made.id]
    assert len(of_it) == 3
    assert not [told for told in of_it if "qualm" in told.lower()]


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (ProjectDetails(name=" ", kind=KIND), "name"),
        (ProjectDetails(name="A", kind=KIND, starts_on=date(2026, 2, 2), due_on=date(2026, 2, 1)), "due_on"),
        (ProjectDetails(name="A", kind=KIND, note="x" * 10_001), "note"),
        (ProjectDetails(name="A", kind=KIND, manager_id=4711), "manager_id"),
        (ProjectDetails(name="A", kind=KIND, party_id=4711), "party_id"),
    ],
)
async def test_project_that_cannot_be_is_refused_by_its_field(
    caller: Caller, details: ProjectDetails, field: str
) -> None:
    with pytest.raises(ProjectRefusedError) as refused:
        await caller.service.database.run(service.make_project, details, act=ACT)
    assert refused.value.field == field


async def test_phases_stand_in_the_order_they_are_put_into(caller: Caller) -> None:
    database = caller.service.database
    made = await make(database)
    ids = {name: (await database.run(phases.add_phase, made.id, PhaseDetails(name=name), act=ACT)).id for name in "ABC"}

    up = await database.run(phases.move_phase, made.id, ids["C"], step=-1, act=ACT)
    stays = await database.run(phases.move_phase, made.id, ids["A"], step=-1, act=ACT)

    assert [one.name for one in up] == ["A", "C", "B"]
    assert [one.name for one in stays] == ["A", "C", "B"]
    assert [one.position for one in stays] == [1, 2, 3]


async def test_phase_with_a_task_is_closed_and_never_removed(caller: Caller) -> None:
    """PAP-35: a task that is moved to another phase keeps where it was in its history."""
    database = caller.service.database
    user_id, made = await add_person(database), await make(database)
    first, second, empty = [
        (await database.run(phases.add_phase, made.id, PhaseDetails(name=name), act=ACT)).id for name in "ABC"
    ]
    details = TaskDetails(kind="task", title="Saw", executor_id=user_id, project_id=made.id, phase_id=first)
    task = await database.run(make_task, details, author_id=user_id, act=ACT)
    moved = TaskDetails(kind="task", title="Saw", executor_id=user_id, project_id=made.id, phase_id=second)
    await database.run(change_task, task.id, moved, seen=1, act=ACT)

    with pytest.raises(PhaseInUseError):
        await database.run(phases.remove_phase, made.id, second, act=ACT)
    await database.run(phases.remove_phase, made.id, empty, act=ACT)
    closed = await database.run(phases.close_phase, made.id, second, is_closed=True, act=ACT)

    assert closed.closed_at == ACT.at
    assert (await database.run(load_task, task.id)).phase_id == second
    async with database.connection() as connection:
        kept = (await connection.execute(text("select before, after from task_change"))).one()
    assert (kept.before, kept.after) == ({"phase_id": first}, {"phase_id": second})


async def test_lists_leave_out_what_is_closed_or_archived_unless_it_is_asked_for(caller: Caller) -> None:
    database = caller.service.database
    user_id, party = await add_person(database), await add_party(database, "Anna")
    late = await make(database, "Late", due_on=date(2026, 1, 1), manager_id=user_id)
    over = await make(database, "Over", party_id=party)
    away = await make(database, "Away")
    await database.run(service.close_project, over.id, act=ACT)
    await database.run(service.archive_project, away.id, act=ACT)

    assert await names(database) == ["Late"]
    assert [await names(database, one) for one in ("closed", "archived")] == [["Over"], ["Away"]]
    assert await names(database, "any", party_id=party) == ["Over"]
    assert await names(database, "any", is_overdue=True, manager_id=user_id, words="lat") == ["Late"]
    assert await names(database, "any", words="!!") == []
    with pytest.raises(ProjectArchivedError):
        await database.run(service.close_project, away.id, act=ACT)
    assert (await database.run(service.reopen_project, over.id, act=ACT)).closed_at is None
    assert not late.is_overdue(date(2026, 1, 1))
    assert late.is_overdue(date(2026, 1, 2))
