"""Use cases of a task's way through its business cycle: the next step, and the history with the time in each state.

Key idea: what may follow is asked of the cycle as it stands at that moment, by the same function that offers it on the
page. A step needs no version: two who press the same button take one step, the second is told that the state is another
by now.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.changes import Change
from crm.tasks.changes import record_change
from crm.tasks.cycles import Kind, Mover, State, list_steps
from crm.tasks.errors import StepRefusedError
from crm.tasks.kinds import load_kind
from crm.tasks.model import MOST_COMMENT, WHOLE_PERCENT, Task, check_text, is_closed
from crm.tasks.repository import states as repository
from crm.tasks.repository.states import Passed
from crm.tasks.repository.tasks import update_task
from crm.tasks.service import load_task, lock_task
from database.activity import Act


class Stay(Struct, frozen=True):
    """A task's stay in a state: how it came there, until when it stayed and for how long; the last one has no end."""

    passed: Passed
    until: datetime | None
    time: timedelta


class History(Struct, frozen=True):
    """What happened to a task: its stays, the oldest first, the time in each state by its code, and its changes."""

    stays: tuple[Stay, ...]
    times: dict[str, timedelta]
    changes: Sequence[Change]


async def take_step(
    connection: AsyncConnection, task_id: int, to: str, *, mover: Mover, comment: str | None = None, act: Act
) -> Task:
    """Take a task to another state of its kind, by its code; one that is done is done whole.

    Raises TaskNotFoundError, TaskArchivedError, StepRefusedError, TaskRefusedError.
    """
    before = await lock_task(connection, task_id)
    kind = await load_kind(connection, before.kind)
    target = _choose(kind, before, to, mover)
    said = check_text(comment or "", "comment", most=MOST_COMMENT) or None
    left = kind.state(before.state)
    assert left is not None, "a task is in a state of its kind"
    await repository.insert_passed(
        connection, task_id, from_id=left.id, to_id=target.id, comment=said, actor=act.actor, now=act.at
    )
    values = {"state_id": target.id, "state_since": act.at, "version": before.version + 1, "changed_at": act.at}
    closed_at = (before.closed_at or act.at) if is_closed(target.stage) else None
    percent = WHOLE_PERCENT if target.stage == "done" else before.percent
    await update_task(connection, task_id, {**values, "closed_at": closed_at, "percent": percent})
    after = await load_task(connection, task_id)
    await record_change(connection, before, after, "moved", act=act)
    return after


def _choose(kind: Kind, task: Task, to: str, mover: Mover) -> State:
    offered = {one.code: one for one in list_steps(kind, task.state, mover, task.parts_of(mover.user_id))}
    if to in offered:
        return offered[to]
    if any(one.source == task.state and one.target == to for one in kind.transitions):
        raise StepRefusedError(f"from {task.state} to {to} only others may take it", field="state")
    if kind.state(to) is None:
        raise StepRefusedError("is no state of the task's kind", field="state")
    raise StepRefusedError(f"the business cycle has no way from {task.state} to {to}", field="state")


async def load_history(connection: AsyncConnection, task_id: int, *, now: datetime) -> History:
    """Load what happened to a task. Raises TaskNotFoundError."""
    await load_task(connection, task_id)
    passed = await repository.list_passed(connection, task_id)
    stays = measure(passed, now=now)
    return History(stays, sum_times(stays), await repository.list_changes(connection, task_id))


def measure(passed: Sequence[Passed], *, now: datetime) -> tuple[Stay, ...]:
    """Give how long a task stayed in each state that it came through; in the last one it stays until now."""
    ends: list[datetime | None] = [*(one.at for one in passed[1:]), None]
    return tuple(Stay(one, end, (end or now) - one.at) for one, end in zip(passed, ends, strict=True))


def sum_times(stays: Sequence[Stay]) -> dict[str, timedelta]:
    """Give the whole time in each state; one that was entered again counts on."""
    times: dict[str, timedelta] = {}
    for stay in stays:
        times[stay.passed.target] = times.get(stay.passed.target, timedelta()) + stay.time
    return times
