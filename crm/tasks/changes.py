"""How changes of a task are kept, and how one who changes what somebody else just changed is told.

Key idea: the journal keeps who did what for ever and never what was typed: of a title or a text it names the field
alone. Old and new values of all fields stand in `task_change`, from which they can be erased. Whatever changes a field
makes the task's next version, so that what an editor saw can be told from what was changed after it.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import to_builtins
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.changes import Values, compare, refuse_clash
from crm.tasks.errors import TaskChangedError
from crm.tasks.model import Task, TaskDetails
from crm.tasks.repository.tasks import insert_change, list_old_values
from database.activity import Act, Importance, record_activity

_TYPED: Final = frozenset({"title", "content"})
_URGENT: Final = 1


def values_of(task: Task) -> Values:
    """Give the fields of a task as values of JSON, its state among them."""
    values: dict[str, object] = to_builtins(task.details)
    return values | {"state": task.state}


async def record_change(connection: AsyncConnection, before: Task, after: Task, what: str, *, act: Act) -> None:
    """Keep what an act changed about a task: its values where they can be erased, the rest in the journal."""
    delta = compare(values_of(before), values_of(after))
    row = {"task_id": after.id, "at": act.at, "actor": act.actor, "version": after.version}
    await insert_change(connection, row | {"before": delta.before, "after": delta.after})
    await record(connection, after, what, delta.told(_TYPED), act=act)


async def record_made(connection: AsyncConnection, made: Task, *, act: Act) -> None:
    """Keep that a task was made, without what was typed."""
    told = {name: value for name, value in values_of(made).items() if value not in (None, []) and name not in _TYPED}
    await record(connection, made, "made", {"new": told}, act=act)


async def record(
    connection: AsyncConnection, task: Task, what: str, data: Mapping[str, object] | None = None, *, act: Act
) -> None:
    """Add an act on a task to the journal, and so to the timeline of its party and the feed of its project."""
    importance: Importance = 1 if task.priority == _URGENT else 2
    await record_activity(
        connection,
        act=act,
        what=f"task.{what}",
        record=f"task:{task.id}",
        party_id=task.party_id,
        project_id=task.project_id,
        importance=importance,
        data=data,
    )


async def refuse_stale(connection: AsyncConnection, task: Task, details: TaskDetails, *, seen: int) -> None:
    """Refuse to put details over what somebody else changed after the version that was `seen`.

    Raises TaskChangedError.
    """
    if seen == task.version:
        return
    yours, theirs = to_builtins(details), to_builtins(task.details)
    replaced = await list_old_values(connection, task.id, since=seen)
    refuse_clash(TaskChangedError, replaced, yours=yours, theirs=theirs, seen=seen, version=task.version)
