"""What is in a project: how far it is, what it takes, one list of tasks, calls and events, its documents."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.documents.tables import business_document
from crm.events.model import Draft
from crm.events.service import make_event
from crm.origins.service import set_origin
from crm.planning.project import list_documents, list_work, load_figures
from crm.planning.work import Family, Labour, Progress
from crm.projects.model import PhaseDetails, ProjectDetails
from crm.projects.phases import add_phase
from crm.projects.service import make_project
from crm.tasks.cycles import Mover
from crm.tasks.model import TaskDetails
from crm.tasks.parts import ResourceDraft, add_resource, add_time
from crm.tasks.pool import attach
from crm.tasks.service import make_task
from crm.tasks.states import take_step
from database.engine import Database
from tests.api.people import add_person, statements
from tests.conftest import ACT, Caller
from tests.crm.merging.people import add_party

NOW = ACT.at
UNIT = 1_000_000


class House(NamedTuple):
    """A project with a phase, and who works in it."""

    database: Database
    user_id: int
    project_id: int
    phase_id: int

    async def task(self, title: str = "Saw", **more: object) -> int:
        """Make a task of the project."""
        details = TaskDetails(kind="task", title=title, project_id=self.project_id, **more)  # type: ignore[arg-type] # free in its fields
        return (await self.database.run(make_task, details, author_id=self.user_id, act=ACT)).id

    async def event(self, kind: str, topic: str, starts_at: datetime) -> int:
        """Make an event of the project, an hour long."""
        ends_at = starts_at + timedelta(hours=1)
        draft = Draft(
            kind=kind, topic=topic, zone="UTC", starts_at=starts_at, ends_at=ends_at, project_id=self.project_id
        )
        made = await self.database.run(make_event, draft, role="clerk", user_id=self.user_id, act=ACT)
        return made.id


@pytest.fixture
async def house(caller: Caller) -> House:
    """Give a project."""
    database = caller.service.database
    user_id = await add_person(database)
    made = await database.run(make_project, ProjectDetails(name="Kitchen", kind="customer_project"), act=ACT)
    phase = await database.run(add_phase, made.id, PhaseDetails(name="Measure"), act=ACT)
    return House(database, user_id, made.id, phase.id)


async def test_progress_counts_what_is_done_of_what_is_not_dropped(house: House) -> None:
    """PAP-30: done of total, overdue, planned and spent time, resources by name and unit."""
    late = NOW - timedelta(days=1)
    first = await house.task(phase_id=house.phase_id, planned_minutes=90, due_at=late)
    second = await house.task(planned_minutes=30, due_at=late)
    dropped = await house.task(planned_minutes=500, due_at=late)
    await house.database.run(take_step, second, "done", mover=Mover("clerk"), act=ACT)
    await house.database.run(take_step, dropped, "dropped", mover=Mover("clerk"), act=ACT)
    for task_id, minutes in ((first, 40), (second, 35)):
        spent = {"user_id": house.user_id, "on_date": NOW.date(), "minutes": minutes}
        await house.database.run(add_time, task_id, act=ACT, **spent)  # type: ignore[arg-type] # free in its fields
        boards = ResourceDraft("Oak board", "m", planned=4 * UNIT, actual=5 * UNIT)
        await house.database.run(add_resource, task_id, boards, act=ACT)
    await house.database.run(add_resource, first, ResourceDraft("Glue", "kg", planned=UNIT), act=ACT)

    found = await house.database.run(load_figures, house.project_id, now=NOW)

    assert found.whole == Progress(total=2, done=1, overdue=1)
    assert found.phases == {house.phase_id: Progress(1, 0, 1), None: Progress(1, 1, 0)}
    assert found.labour == Labour(planned=120, spent=75)
    told = [(one.name, one.planned, one.actual, one.difference) for one in found.resources]
    assert told == [("Glue", UNIT, 0, -UNIT), ("Oak board", 8 * UNIT, 10 * UNIT, 2 * UNIT)]


async def test_tasks_calls_and_events_stand_in_one_list_by_time(house: House) -> None:
    """PAP-26: whatever its table, the latest first, page by page in either direction."""
    days = [datetime(2026, 11, day, 9, tzinfo=UTC) for day in (20, 21, 22, 23, 24)]
    await house.task("Saw", due_at=days[4], phase_id=house.phase_id)
    await house.event("meeting", "Measure", days[3])
    await house.task("Glue", due_at=days[2])
    await house.event("event", "Fair", days[1])
    await house.task("Draw", due_at=days[0])

    whole = await house.database.run(list_work, house.project_id)
    first = await house.database.run(list_work, house.project_id, size=2)
    second = await house.database.run(list_work, house.project_id, size=2, place=first.older)
    back = await house.database.run(list_work, house.project_id, size=2, place=second.newer)

    assert [one.title for one in whole.rows] == ["Saw", "Measure", "Glue", "Fair", "Draw"]
    assert [one.family for one in whole.rows] == ["task", "contact", "task", "event", "task"]
    assert [one.title for one in second.rows] == ["Glue", "Fair"]
    assert back.rows == first.rows
    of_phase = await house.database.run(list_work, house.project_id, phase_id=house.phase_id)
    assert [one.title for one in of_phase.rows] == ["Saw"]


async def test_work_of_one_moment_is_read_page_by_page_without_gap_or_repetition(house: House) -> None:
    for number in range(4):
        await house.task(f"T{number}", due_at=NOW)
        await house.event("event", f"E{number}", NOW)

    down = [await house.database.run(list_work, house.project_id, size=3)]
    while (older := down[-1].older) is not None:
        down.append(await house.database.run(list_work, house.project_id, size=3, place=older))
    up = [down[-1]]
    while (newer := up[-1].newer) is not None:
        up.append(await house.database.run(list_work, house.project_id, size=3, place=newer))

    titles = [one.title for page in down for one in page.rows]
    assert titles == ["E3", "E2", "E1", "E0", "T3", "T2", "T1", "T0"]
    assert [page.rows for page in up[1:3]] == [down[1].rows, down[0].rows]


@pytest.mark.parametrize(
    ("families", "expected"),
    [
        (["task"], ["Saw"]),
        (["contact"], ["Measure"]),
        (["event"], ["Fair"]),
        (["contact", "event"], ["Fair", "Measure"]),
    ],
)
async def test_list_shows_only_what_is_asked_for(house: House, families: list[Family], expected: list[str]) -> None:
    await house.task("Saw")
    await house.event("meeting", "Measure", NOW)
    await house.event("event", "Fair", NOW)

    found = await house.database.run(list_work, house.project_id, families=families)

    assert [one.title for one in found.rows] == expected
    assert {one.event_state(NOW + timedelta(hours=2)) for one in found.rows if one.family == "contact"} <= {"held"}


async def _make_order(connection: AsyncConnection, party_id: int, number: str) -> int:
    values = {
        "kind": "order",
        "number": number,
        "date": NOW.date(),
        "party_id": party_id,
        "status": "draft",
        "total": 1,
    }
    kept = values | {"lines": [], "version": 1, "created_at": NOW, "changed_at": NOW}
    made = await connection.execute(insert(business_document).values(kept).returning(business_document.c.id))
    return int(made.scalar_one())


async def test_documents_of_tasks_and_events_are_those_of_the_project(house: House) -> None:
    """PAP-30: each once, whatever it was tied to, and what was made from an event."""
    party = await add_party(house.database, "Anna")
    task, event = await house.task(), await house.event("meeting", "Measure", NOW)
    orders = [await house.database.run(_make_order, party, number) for number in ("7", "8", "9")]
    await house.database.run(attach, task, f"business_document:{orders[0]}", act=ACT)
    await house.database.run(set_origin, f"business_document:{orders[0]}", f"event:{event}", act=ACT)
    await house.database.run(set_origin, f"business_document:{orders[1]}", f"event:{event}", act=ACT)

    with statements(house.database) as run:
        found = await house.database.run(list_documents, house.project_id, ["business_document"], with_events=True)
    without = await house.database.run(list_documents, house.project_id, ["business_document"], with_events=False)

    assert [(one.kin.number, one.of) for one in found] == [("8", f"event:{event}"), ("7", f"event:{event}")]
    assert len(run) == 2
    assert [(one.kin.number, one.of) for one in without] == [("7", f"task:{task}")]
    assert await house.database.run(list_documents, house.project_id, ["receipt"], with_events=True) == []
