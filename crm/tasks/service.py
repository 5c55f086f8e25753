"""Use cases of tasks themselves: made, changed, opened, archived. Their ways through the cycle are `crm.tasks.states`'.

Key idea: an edit saves all fields at once, from the version that the editor saw; where somebody else changed the same
field meanwhile nothing is written and both values are told. A task that is given another kind begins that one's cycle.
"""

from msgspec import structs, to_builtins
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.tasks.changes import record, record_change, record_made, refuse_stale
from crm.tasks.checking import Checked, check
from crm.tasks.errors import TaskArchivedError, TaskNotFoundError
from crm.tasks.kinds import load_kind
from crm.tasks.model import Task, TaskDetails
from crm.tasks.repository import states, tasks
from crm.tasks.repository.tasks import PEOPLE
from database.activity import Act
from database.identifiers import MOST_ID


async def load_task(connection: AsyncConnection, task_id: int) -> Task:
    """Load a task, an archived one too. Raises TaskNotFoundError."""
    found = await tasks.find_task(connection, task_id) if 0 < task_id <= MOST_ID else None
    if found is None:
        raise TaskNotFoundError("there is no such task")
    return found


async def lock_task(connection: AsyncConnection, task_id: int, *, may_be_archived: bool = False) -> Task:
    """Load a task that is about to change, alone until the transaction ends.

    Raises TaskNotFoundError, TaskArchivedError.
    """
    found = await tasks.find_task(connection, task_id, is_locked=True) if 0 < task_id <= MOST_ID else None
    if found is None:
        raise TaskNotFoundError("there is no such task")
    if found.archived_at is not None and not may_be_archived:
        raise TaskArchivedError("the task is archived: take it out of the archive first")
    return found


async def make_task(connection: AsyncConnection, details: TaskDetails, *, author_id: int, act: Act) -> Task:
    """Make a task in the first state of its kind. Raises what `crm.tasks.checking.check` raises."""
    checked = await check(connection, details, author_id=author_id)
    first = checked.kind.first
    begun = {"author_id": author_id, "state_id": first.id, "state_since": act.at, "version": 1}
    task_id = await tasks.insert_task(
        connection, checked.columns | begun | {"created_at": act.at, "changed_at": act.at}
    )
    await _put_people(connection, task_id, checked.details)
    await states.insert_passed(
        connection, task_id, from_id=None, to_id=first.id, comment=None, actor=act.actor, now=act.at
    )
    await tasks.put_seen(connection, task_id, author_id, now=act.at)
    made = await load_task(connection, task_id)
    await record_made(connection, made, act=act)
    return made


async def change_task(connection: AsyncConnection, task_id: int, details: TaskDetails, *, seen: int, act: Act) -> Task:
    """Give a task its fields anew; `seen` is the version that the editor saw.

    Raises TaskChangedError with the differences, and what `lock_task` and making raise.
    """
    before = await lock_task(connection, task_id)
    checked = await check(connection, details, author_id=before.author_id, before=before)
    await refuse_stale(connection, before, checked.details, seen=seen)
    if to_builtins(checked.details) == to_builtins(before.details):
        return before
    values = checked.columns | await _begin_again(connection, before, checked, act=act)
    await tasks.update_task(connection, task_id, values | {"version": before.version + 1, "changed_at": act.at})
    await _put_people(connection, task_id, checked.details)
    after = await load_task(connection, task_id)
    await record_change(connection, before, after, "changed", act=act)
    return after


async def archive_task(connection: AsyncConnection, task_id: int, *, act: Act) -> Task:
    """Put a task away: lists leave it out, all of it stays. Again changes nothing. Raises TaskNotFoundError."""
    return await _archive(connection, task_id, is_archived=True, act=act)


async def unarchive_task(connection: AsyncConnection, task_id: int, *, act: Act) -> Task:
    """Take a task out of the archive. Again changes nothing. Raises TaskNotFoundError."""
    return await _archive(connection, task_id, is_archived=False, act=act)


async def open_task(connection: AsyncConnection, task_id: int, user_id: int | None, *, act: Act) -> Task:
    """Load a task for who looks at it; from now on it is none that they never opened. Raises TaskNotFoundError."""
    found = await load_task(connection, task_id)
    if user_id is not None and user_id in found.people:
        await tasks.put_seen(connection, task_id, user_id, now=act.at)
    return found


async def watch_task(connection: AsyncConnection, task_id: int, user_id: int, *, is_on: bool, act: Act) -> Task:
    """Let somebody follow a task, or follow it no more. Again changes nothing. Raises what `lock_task` raises."""
    before = await lock_task(connection, task_id)
    watchers = {*before.watchers, user_id} if is_on else {*before.watchers} - {user_id}
    if watchers == {*before.watchers}:
        return before
    checked = structs.replace(before.details, watchers=tuple(sorted(watchers)))
    return await change_task(connection, task_id, checked, seen=before.version, act=act)


async def _begin_again(connection: AsyncConnection, before: Task, checked: Checked, *, act: Act) -> dict[str, object]:
    """Let a task that is given another kind begin that one's cycle; gives the columns to write."""
    if checked.kind.code == before.kind:
        return {}
    first, left = checked.kind.first, (await load_kind(connection, before.kind)).state(before.state)
    assert left is not None, "a task is in a state of its kind"
    await states.insert_passed(
        connection, before.id, from_id=left.id, to_id=first.id, comment=None, actor=act.actor, now=act.at
    )
    return {"state_id": first.id, "state_since": act.at, "closed_at": None}


async def _put_people(connection: AsyncConnection, task_id: int, details: TaskDetails) -> None:
    for name, part in PEOPLE.items():
        await tasks.put_people(connection, task_id, part, getattr(details, name))


async def _archive(connection: AsyncConnection, task_id: int, *, is_archived: bool, act: Act) -> Task:
    before = await lock_task(connection, task_id, may_be_archived=True)
    if is_archived == (before.archived_at is not None):
        return before
    values = {"archived_at": act.at if is_archived else None, "changed_at": act.at}
    await tasks.update_task(connection, task_id, values)
    await record(connection, before, "archived" if is_archived else "restored", act=act)
    return await load_task(connection, task_id)
