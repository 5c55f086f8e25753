"""Use cases of what is kept with a task: what people say about it, the work on it, what it takes, and its files.

Key idea: each is a row of its own, added and taken away by whoever may edit tasks; sums are computed from the rows and
never kept. A file of the same name is the next version of it, and the earlier ones stay. The journal names what was
done, never what was typed.

It refuses more than `MOST_PARTS` of anything on one task.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from msgspec import Struct
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.colleagues.repository import find_by_logins, find_colleagues
from crm.files.model import NewFile
from crm.files.repository import drop_content, load_content, put_content
from crm.tasks.changes import record
from crm.tasks.errors import TaskPartNotFoundError, TaskRefusedError, TooManyTaskPartsError
from crm.tasks.model import MOST_COMMENT, Task, check_text
from crm.tasks.repository import parts as repository
from crm.tasks.repository.parts import Resource, TaskFile
from crm.tasks.service import lock_task
from crm.tasks.tables import task_comment, task_file, task_resource, task_time
from database.activity import Act
from loyalty.money import MOST_QUANTITY

MOST_PARTS: Final = 500
MOST_NAME: Final = 200
MOST_UNIT: Final = 20
MINUTES_OF_A_DAY: Final = 1_440
_MENTION: Final = re.compile(r"(?<![\w@])@([\w.\-]{1,64})")


class ResourceDraft(Struct, frozen=True):
    """What a task is to take, and took: quantities in millionths of the unit."""

    name: str
    unit: str
    planned: int = 0
    actual: int = 0


list_comments = repository.list_comments
list_times = repository.list_times
list_resources = repository.list_resources
list_files = repository.list_files


async def add_comment(connection: AsyncConnection, task_id: int, text: str, *, act: Act) -> int:
    """Say something about a task, and give the comment's identifier; `@login` names a colleague.

    Raises TaskRefusedError, TooManyTaskPartsError, and what `lock_task` raises.
    """
    task = await _lock_for(connection, task_id, task_comment)
    clean = check_text(text, "text", most=MOST_COMMENT)
    if not clean:
        raise TaskRefusedError("is empty", field="text")
    named = await find_by_logins(connection, (login.rstrip(".-") for login in _MENTION.findall(clean)))
    mentions = sorted(one.id for one in named.values())
    values = {"task_id": task_id, "actor": act.actor, "at": act.at, "text": clean, "mentions": mentions}
    comment_id = await repository.insert_part(connection, task_comment, values)
    await record(connection, task, "commented", {"comment": comment_id, "mentions": mentions}, act=act)
    return comment_id


async def add_time(
    connection: AsyncConnection,
    task_id: int,
    *,
    user_id: int,
    on_date: date,
    minutes: int,
    note: str | None = None,
    act: Act,
) -> int:
    """Enter work on a task, and give the entry's identifier.

    Raises TaskRefusedError, TooManyTaskPartsError, and what `lock_task` raises.
    """
    task = await _lock_for(connection, task_id, task_time)
    if not 0 < minutes <= MINUTES_OF_A_DAY:
        raise TaskRefusedError(f"is 1 to {MINUTES_OF_A_DAY:,} minutes of one day", field="minutes")
    if user_id not in await find_colleagues(connection, [user_id]):
        raise TaskRefusedError("is nobody who works here", field="user_id")
    said = check_text(note or "", "note", most=MOST_NAME) or None
    values = {"user_id": user_id, "on_date": on_date, "minutes": minutes}
    time_id = await repository.insert_part(
        connection, task_time, values | {"task_id": task_id, "note": said, "at": act.at}
    )
    data = {"part": time_id, "user_id": user_id, "on_date": on_date.isoformat(), "minutes": minutes}
    await record(connection, task, "time_added", data, act=act)
    return time_id


async def remove_time(connection: AsyncConnection, task_id: int, time_id: int, *, act: Act) -> None:
    """Take an entry of time back. Raises TaskPartNotFoundError, and what `lock_task` raises."""
    task = await lock_task(connection, task_id)
    found = next((one for one in await list_times(connection, task_id) if one.id == time_id), None)
    if found is None:
        raise TaskPartNotFoundError("the task has no such entry of time")
    await repository.delete_part(connection, task_time, time_id)
    data = {"part": time_id, "user_id": found.user_id, "on_date": found.on_date.isoformat(), "minutes": found.minutes}
    await record(connection, task, "time_removed", data, act=act)


async def add_resource(connection: AsyncConnection, task_id: int, draft: ResourceDraft, *, act: Act) -> int:
    """Say what a task takes, and give the row's identifier.

    Raises TaskRefusedError, TooManyTaskPartsError, and what `lock_task` raises.
    """
    task = await _lock_for(connection, task_id, task_resource)
    values = _check_resource(draft)
    place = {"task_id": task_id, "position": await repository.next_position(connection, task_id)}
    resource_id = await repository.insert_part(connection, task_resource, values | place)
    data = {"part": resource_id, "new": {"planned": draft.planned, "actual": draft.actual}}
    await record(connection, task, "resource_added", data, act=act)
    return resource_id


async def change_resource(
    connection: AsyncConnection, task_id: int, resource_id: int, draft: ResourceDraft, *, act: Act
) -> None:
    """Write a row of resources anew. Raises TaskRefusedError, TaskPartNotFoundError, and what `lock_task` raises."""
    task = await lock_task(connection, task_id)
    before = await _find_resource(connection, task_id, resource_id)
    values = _check_resource(draft)
    if all(getattr(before, field) == value for field, value in values.items()):
        return
    await repository.update_resource(connection, resource_id, values)
    old, new = ({"planned": one.planned, "actual": one.actual} for one in (before, draft))
    await record(connection, task, "resource_changed", {"part": resource_id, "old": old, "new": new}, act=act)


async def remove_resource(connection: AsyncConnection, task_id: int, resource_id: int, *, act: Act) -> None:
    """Take a row of resources off a task. Raises TaskPartNotFoundError, and what `lock_task` raises."""
    task = await lock_task(connection, task_id)
    before = await _find_resource(connection, task_id, resource_id)
    await repository.delete_part(connection, task_resource, resource_id)
    data = {"part": resource_id, "old": {"planned": before.planned, "actual": before.actual}}
    await record(connection, task, "resource_removed", data, act=act)


async def add_file(connection: AsyncConnection, task_id: int, file: NewFile, *, act: Act) -> int:
    """Keep a file with a task, as the next version where it has one of the name, and give its identifier.

    Raises TooManyTaskPartsError, and what `lock_task` raises.
    """
    task = await _lock_for(connection, task_id, task_file)
    same = [one for one in await list_files(connection, task_id) if one.name == file.name]
    version = same[0].version + 1 if same else 1
    await put_content(connection, file, now=act.at)
    values = {"name": file.name, "version": version, "media_type": file.media_type, "hash": file.hash}
    kept = values | {"task_id": task_id, "actor": act.actor, "at": act.at}
    file_id = await repository.insert_part(connection, task_file, kept)
    await record(connection, task, "file_added", {"part": file_id, "version": version}, act=act)
    return file_id


async def remove_file(connection: AsyncConnection, task_id: int, file_id: int, *, act: Act) -> None:
    """Take one version of a file off a task; its content goes with the last who has it.

    Raises TaskPartNotFoundError, and what `lock_task` raises.
    """
    task = await lock_task(connection, task_id)
    file = await _find_file(connection, task_id, file_id)
    await repository.delete_part(connection, task_file, file_id)
    await drop_content(connection, file.hash)
    await record(connection, task, "file_removed", {"part": file_id, "version": file.version}, act=act)


async def open_file(connection: AsyncConnection, task_id: int, file_id: int) -> tuple[TaskFile, bytes]:
    """Load a file with what it holds. Raises TaskPartNotFoundError."""
    file = await _find_file(connection, task_id, file_id)
    return file, await load_content(connection, file.hash)


async def _find_file(connection: AsyncConnection, task_id: int, file_id: int) -> TaskFile:
    file = next((one for one in await list_files(connection, task_id) if one.id == file_id), None)
    if file is None:
        raise TaskPartNotFoundError("the task has no such file: it may have been removed meanwhile")
    return file


async def _find_resource(connection: AsyncConnection, task_id: int, resource_id: int) -> Resource:
    found = next((one for one in await list_resources(connection, task_id) if one.id == resource_id), None)
    if found is None:
        raise TaskPartNotFoundError("the task has no such resource")
    return found


async def _lock_for(connection: AsyncConnection, task_id: int, table: Table) -> Task:
    """Lock a task that gets something more. Raises TooManyTaskPartsError, and what `lock_task` raises."""
    task = await lock_task(connection, task_id)
    if await repository.count_parts(connection, table, task_id) >= MOST_PARTS:
        raise TooManyTaskPartsError(f"a task has at most {MOST_PARTS} of them")
    return task


def _check_resource(draft: ResourceDraft) -> dict[str, object]:
    """Give a row of resources as it is kept. Raises TaskRefusedError."""
    clean = {"name": " ".join(draft.name.split()), "unit": " ".join(draft.unit.split())}
    for field, most in (("name", MOST_NAME), ("unit", MOST_UNIT)):
        if not 0 < len(clean[field]) <= most or not clean[field].isprintable():
            raise TaskRefusedError(f"has 1 to {most} characters that can be printed", field=field)
    for field, quantity in (("planned", draft.planned), ("actual", draft.actual)):
        if not 0 <= quantity <= MOST_QUANTITY:
            raise TaskRefusedError("is a quantity from 0 on", field=field)
    return {**clean, "planned": draft.planned, "actual": draft.actual}


def sum_resources(rows: Sequence[Resource]) -> dict[str, tuple[int, int]]:
    """Give the planned and the actual sum of each unit: hours and kilograms do not add up."""
    sums: dict[str, tuple[int, int]] = {}
    for row in rows:
        planned, actual = sums.get(row.unit, (0, 0))
        sums[row.unit] = (planned + row.planned, actual + row.actual)
    return sums
