"""Use cases of acts on many tasks at once, and of taking one back.

Key idea: each task goes through the same use case as if it were changed by itself, so its cycle, its journal and its
notices are as ever; one that refuses is left as it was and counted. What was before is kept with the act: whoever did
it can take it back for `UNDO_FOR`, and a task that was changed since stays as it is then.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.tasks import service
from crm.tasks.changes import record_change
from crm.tasks.cycles import Mover, list_steps
from crm.tasks.errors import BulkNotFoundError, BulkOverError, StepRefusedError
from crm.tasks.kinds import load_kind
from crm.tasks.model import Bulk, BulkAct, Kept, Task
from crm.tasks.repository import bulk, states
from crm.tasks.repository.tasks import update_task
from crm.tasks.service import lock_task
from crm.tasks.states import take_step
from database.activity import Act
from loyalty.errors import LoyaltyError

MOST_TASKS: Final = 200
UNDO_FOR: Final = timedelta(hours=1)


class Wanted(Struct, frozen=True):
    """What is done to each task; `executor_id` says to whom they are given."""

    act: BulkAct
    executor_id: int | None = None


async def change_tasks(
    connection: AsyncConnection, ids: Collection[int], wanted: Wanted, *, mover: Mover, act: Act
) -> int:
    """Do an act on many tasks, `MOST_TASKS` at most, and give its identifier; those that refuse are counted."""
    assert mover.user_id is not None, "people do it"
    kept, refused = [], 0
    for task_id in sorted(set(ids))[:MOST_TASKS]:
        try:
            async with connection.begin_nested():
                kept.append(await _change(connection, task_id, wanted, mover=mover, act=act))
        except LoyaltyError:
            refused += 1
    return await bulk.insert_bulk(connection, wanted.act, kept, user_id=mover.user_id, refused=refused, now=act.at)


async def undo_bulk(connection: AsyncConnection, bulk_id: int, user_id: int, *, act: Act) -> int:
    """Give the tasks of an act what they had before; tells how many were changed since and stay as they are.

    Raises BulkNotFoundError, BulkOverError.
    """
    done = await bulk.find_bulk(connection, bulk_id, user_id, is_locked=True)
    if done is None:
        raise BulkNotFoundError("whoever asks did no such act")
    if done.undone_at is not None or act.at > done.at + UNDO_FOR:
        raise BulkOverError("it was taken back already, or its time is over")
    left = 0
    for kept in done.kept:
        try:
            async with connection.begin_nested():
                left += not await _put_back(connection, kept, done, act=act)
        except LoyaltyError:
            left += 1
    await bulk.put_undone(connection, bulk_id, now=act.at)
    return left


async def _change(connection: AsyncConnection, task_id: int, wanted: Wanted, *, mover: Mover, act: Act) -> Kept:
    before = await lock_task(connection, task_id)
    match wanted.act:
        case "assign":
            details = structs.replace(before.details, executor_id=wanted.executor_id)
            after = await service.change_task(connection, task_id, details, seen=before.version, act=act)
        case "done":
            after = await _finish(connection, before, mover=mover, act=act)
        case "archive":
            after = await service.archive_task(connection, task_id, act=act)
    return Kept(task_id, after.version, before.executor_id, before.state, before.percent, before.closed_at)


async def _finish(connection: AsyncConnection, task: Task, *, mover: Mover, act: Act) -> Task:
    """Take a task to the first state in which it is done. Raises StepRefusedError."""
    steps = list_steps(await load_kind(connection, task.kind), task.state, mover, task.parts_of(mover.user_id))
    done = next((step for step in steps if step.stage == "done"), None)
    if done is None:
        raise StepRefusedError("no step of theirs leads to where it is done", field="state")
    return await take_step(connection, task.id, done.code, mover=mover, act=act)


async def _put_back(connection: AsyncConnection, kept: Kept, done: Bulk, *, act: Act) -> bool:
    """Give a task what it had; tells whether nobody changed it since."""
    now = await lock_task(connection, kept.task_id, may_be_archived=True)
    if now.version != kept.version or (now.archived_at is not None) != (done.act == "archive"):
        return False
    match done.act:
        case "assign":
            details = structs.replace(now.details, executor_id=kept.executor_id)
            await service.change_task(connection, now.id, details, seen=now.version, act=act)
        case "done":
            await _reopen(connection, now, kept, act=act)
        case "archive":
            await service.unarchive_task(connection, now.id, act=act)
    return True


async def _reopen(connection: AsyncConnection, now: Task, kept: Kept, *, act: Act) -> None:
    """Take a task to the state in which it was, whether or not its cycle has a way there: the step was none."""
    kind = await load_kind(connection, now.kind)
    here, there = kind.state(now.state), kind.state(kept.state)
    if here is None or there is None or there.is_archived:
        raise StepRefusedError("the state in which it was is no longer one of its kind", field="state")
    await states.insert_passed(
        connection, now.id, from_id=here.id, to_id=there.id, comment=None, actor=act.actor, now=act.at
    )
    values = {"state_id": there.id, "state_since": act.at, "closed_at": kept.closed_at, "percent": kept.percent}
    await update_task(connection, now.id, {**values, "version": now.version + 1, "changed_at": act.at})
    await record_change(connection, now, await service.load_task(connection, now.id), "moved", act=act)
