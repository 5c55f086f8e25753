"""The SQL of tasks themselves, of who has a part in them, and of their changes."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from msgspec import convert
from sqlalchemy import BigInteger, ColumnElement, Select, column, delete, func, insert, select, table, update
from sqlalchemy.dialects.postgresql import aggregate_order_by, array
from sqlalchemy.dialects.postgresql import insert as insert_or_keep
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.tables import directory_entry
from crm.tasks.model import Task
from crm.tasks.tables import task, task_change, task_kind, task_person_part, task_seen, task_state
from database.live import tell_person

PEOPLE: Final[Mapping[str, str]] = {"co_executors": "co_executor", "watchers": "watcher"}
"""The part that each list of people has."""

_project = table("project", column("id", BigInteger), column("name"), column("archived_at"))
_phase = table("project_phase", column("id", BigInteger), column("project_id"), column("name"), column("position"))
_department, _source = directory_entry.alias("department"), directory_entry.alias("source")
_CODES = {
    "kind": task_kind.c.code,
    "state": task_state.c.code,
    "stage": task_state.c.stage,
    "department": _department.c.code,
    "source": _source.c.code,
}


async def find_task(connection: AsyncConnection, task_id: int, *, is_locked: bool = False) -> Task | None:
    """Find a task, an archived one too, and if asked for let nobody else change it until the transaction ends."""
    query = _tasks().where(task.c.id == task_id)
    if is_locked:
        query = query.with_for_update(of=task, key_share=True)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else convert(row, Task, from_attributes=True)


def _tasks() -> Select[*tuple[object, ...]]:
    own = [task.c[name] for name in Task.__struct_fields__ if name not in {*_CODES, *PEOPLE}]
    codes = [code.label(name) for name, code in _CODES.items()]
    joined = (
        task.join(task_kind, task_kind.c.id == task.c.kind_id)
        .join(task_state, task_state.c.id == task.c.state_id)
        .outerjoin(_department, _department.c.id == task.c.department_id)
        .outerjoin(_source, _source.c.id == task.c.source_id)
    )
    return select(*own, *codes, *(_people(part).label(name) for name, part in PEOPLE.items())).select_from(joined)


def _people(part: str) -> ColumnElement[list[int]]:
    of_part = task_person_part.c.task_id == task.c.id, task_person_part.c.part == part
    user_id = task_person_part.c.user_id
    found = select(func.array_agg(aggregate_order_by(user_id, user_id))).where(*of_part).scalar_subquery()
    return func.coalesce(found, array([], type_=BigInteger))


async def insert_task(connection: AsyncConnection, values: Mapping[str, object]) -> int:
    """Make a task without its people, and give its identifier."""
    return int((await connection.execute(insert(task).values(values).returning(task.c.id))).scalar_one())


async def update_task(connection: AsyncConnection, task_id: int, values: Mapping[str, object]) -> None:
    """Change columns of a task."""
    await connection.execute(update(task).where(task.c.id == task_id).values(values))


async def put_people(connection: AsyncConnection, task_id: int, part: str, user_ids: Collection[int]) -> None:
    """Let exactly these users have a part in a task."""
    of_part = task_person_part.c.task_id == task_id, task_person_part.c.part == part
    await connection.execute(delete(task_person_part).where(*of_part, task_person_part.c.user_id.not_in(user_ids)))
    rows = [{"task_id": task_id, "user_id": user_id, "part": part} for user_id in sorted(user_ids)]
    if rows:
        await connection.execute(insert_or_keep(task_person_part).values(rows).on_conflict_do_nothing())


async def insert_change(connection: AsyncConnection, values: Mapping[str, object]) -> None:
    """Keep old and new values of a change."""
    await connection.execute(insert(task_change).values(values))


async def list_old_values(connection: AsyncConnection, task_id: int, *, since: int) -> list[Mapping[str, object]]:
    """List what changes after a version replaced, the oldest first."""
    changes = task_change.c
    query = select(changes.before).where(changes.task_id == task_id, changes.version > since)
    return list((await connection.execute(query.order_by(changes.id))).scalars())


async def put_seen(connection: AsyncConnection, task_id: int, user_id: int, *, now: datetime) -> None:
    """Keep that somebody has opened a task; their other pages hear of the first time."""
    seen = (task_seen.c.task_id == task_id, task_seen.c.user_id == user_id)
    if (await connection.execute(select(task_seen.c.task_id).where(*seen))).first() is None:
        await tell_person(connection, user_id)
    values = {"task_id": task_id, "user_id": user_id, "seen_at": now}
    statement = insert_or_keep(task_seen).values(values)
    again = statement.on_conflict_do_update(index_elements=["task_id", "user_id"], set_={"seen_at": now})
    await connection.execute(again)


async def find_phase(connection: AsyncConnection, project_id: int, phase_id: int) -> bool:
    """Tell whether a phase is one of a project's."""
    query = select(_phase.c.id).where(_phase.c.id == phase_id, _phase.c.project_id == project_id)
    return (await connection.execute(query)).first() is not None


async def find_projects(connection: AsyncConnection, ids: Collection[int]) -> dict[int, str]:
    """Give the names of projects by identifier, archived ones too."""
    if not ids:
        return {}
    rows = await connection.execute(select(_project.c.id, _project.c.name).where(_project.c.id.in_(ids)))
    return {row.id: row.name for row in rows}


async def list_projects(connection: AsyncConnection, *, most: int) -> dict[int, str]:
    """List the projects that a task may be given to, by name."""
    query = select(_project.c.id, _project.c.name).where(_project.c.archived_at.is_(None))
    rows = await connection.execute(query.order_by(func.sort_key(_project.c.name), _project.c.id).limit(most))
    return {row.id: row.name for row in rows}


async def list_phases(connection: AsyncConnection, project_ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """Give the project and the name of each phase of some projects, in their order."""
    if not project_ids:
        return {}
    query = select(_phase.c.id, _phase.c.project_id, _phase.c.name).where(_phase.c.project_id.in_(project_ids))
    rows = await connection.execute(query.order_by(_phase.c.project_id, _phase.c.position))
    return {row.id: (row.project_id, row.name) for row in rows}
