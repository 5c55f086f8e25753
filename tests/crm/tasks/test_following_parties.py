"""Tasks follow their party: into the one that was kept of two, and out of what is known of a person who was erased."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes.definitions import Draft, add_attribute
from crm.attributes.service import set_values
from crm.files.model import make_file
from crm.merging.model import Choices
from crm.merging.service import merge_parties, undo_merge
from crm.privacy.erasing import erase_person
from crm.tasks import parts
from crm.tasks.cycles import Mover
from crm.tasks.model import TaskDetails
from crm.tasks.service import change_task, load_task, make_task
from crm.tasks.states import take_step
from tests.api.people import add_person
from tests.conftest import ACT, Caller
from tests.crm.merging.people import add_party

NAME = "Zornitsa Qualmova"
TABLES = "task task_change task_comment task_state_change task_time task_file attribute_value file_content".split()


async def _traces(connection: AsyncConnection) -> list[str]:
    """Name the tables of tasks in which something of the person stands."""
    found = []
    for table in TABLES:
        rows = await connection.execute(text(f"select to_jsonb(t)::text from {table} t"))
        if any("qualm" in str(row).lower() or "7175616c6d" in str(row) for (row,) in rows):
            found.append(table)
    return found


async def test_tasks_move_to_the_party_that_is_kept_and_back(caller: Caller) -> None:
    database = caller.service.database
    user_id = await add_person(database)
    kept, merged = await add_party(database, "Anna"), await add_party(database, "Anna M")
    details = TaskDetails(kind="task", title="Call", party_id=merged)
    task = await database.run(make_task, details, author_id=user_id, act=ACT)

    merge_id = await database.run(merge_parties, kept, merged, choices=Choices(), seen=None, act=ACT)
    moved = await database.run(load_task, task.id)
    await database.run(undo_merge, merge_id, act=ACT)

    assert moved.party_id == kept
    assert (await database.run(load_task, task.id)).party_id == merged


async def test_erasing_a_person_leaves_no_word_about_them_in_tasks(caller: Caller) -> None:
    database = caller.service.database
    user_id, person = await add_person(database), await add_party(database, NAME)
    details = TaskDetails(kind="task", title=f"Ask {NAME}", content="Qualm lives there", party_id=person)
    task = await database.run(make_task, details, author_id=user_id, act=ACT)
    other = await database.run(make_task, TaskDetails(kind="task", title="Sweep"), author_id=user_id, act=ACT)
    changed = TaskDetails(kind="task", title="Ask Qualmova", executor_id=user_id, party_id=person)
    await database.run(change_task, task.id, changed, seen=1, act=ACT)
    await database.run(take_step, task.id, "in_work", mover=Mover("clerk"), comment="qualm called", act=ACT)
    await database.run(parts.add_comment, task.id, "Qualm is angry", act=ACT)
    await database.run(
        parts.add_time, task.id, user_id=user_id, on_date=ACT.at.date(), minutes=5, note="qualm", act=ACT
    )
    await database.run(parts.add_file, task.id, make_file("qualm.txt", b"qualm", most_bytes=100), act=ACT)
    await database.run(add_attribute, "task", "text", Draft({"en": "Room"}), code="room", act=ACT)
    await database.run(set_values, "task", task.id, {"room": "Qualm's cellar"}, act=ACT)
    before = await database.run(_traces)

    await database.run(erase_person, person, typed_name=NAME, act=ACT)
    left = await database.run(load_task, task.id)

    assert before == TABLES
    assert await database.run(_traces) == []
    assert (left.title, left.content, left.state) == ("(erased)", None, "in_work")
    assert (await database.run(load_task, other.id)).title == "Sweep"
