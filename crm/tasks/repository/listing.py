"""The SQL of lists of tasks: a page, the counts of tabs, the columns of a board, what was never opened."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final  # Any: expressions of several types

from msgspec import convert
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    and_,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.tables import directory_entry
from crm.tasks.cycles import STAGES, Part, State
from crm.tasks.listing import (
    FALLING,
    MOST_COUNTED,
    PAGE_ROWS,
    SORTS,
    Sort,
    TabCounts,
    TaskFilter,
    TaskPage,
    TaskPlace,
    TaskRow,
    key_of,
)
from crm.tasks.model import Tab
from crm.tasks.tables import task, task_document, task_kind, task_person_part, task_seen, task_state

Conditions = list[ColumnElement[bool]]

_ENDLESS: Final[ColumnElement[Any]] = literal_column("timestamptz 'infinity'", DateTime(timezone=True))
_DUE: Final[ColumnElement[Any]] = func.coalesce(task.c.due_at, _ENDLESS)
_KEYS: Final[Mapping[str, ColumnElement[Any]]] = {
    "priority": task.c.priority,
    "due_at": _DUE,
    "changed_at": task.c.changed_at,
    "id": task.c.id,
}
_department, _source = directory_entry.alias("department"), directory_entry.alias("source")
_OPEN: Final = and_(task.c.closed_at.is_(None), task.c.archived_at.is_(None))


async def list_tasks(
    connection: AsyncConnection,
    wanted: TaskFilter,
    *,
    now: datetime,
    sort: Sort = "priority",
    place: TaskPlace | None = None,
    size: int = PAGE_ROWS,
) -> TaskPage:
    """Read one page of the tasks that a filter lets through."""
    is_back = place is not None and place.is_back
    columns = [_KEYS[name] for name in SORTS[sort]]
    is_falling = (sort in FALLING) != is_back
    query = _rows().where(*_conditions(wanted, now))
    if place is not None:
        here, beyond = tuple_(*columns), tuple_(*(_ENDLESS if one is None else one for one in place.key))
        query = query.where(here < beyond if is_falling else here > beyond)
    ordered = query.order_by(*(column.desc() if is_falling else column.asc() for column in columns))
    found = await _read(connection, ordered.limit(size + 1))
    shown = found[:size][::-1] if is_back else found[:size]
    if not shown:
        return TaskPage((), None, None)
    is_more = len(found) > size
    has_back, has_on = (is_more, True) if is_back else (place is not None, is_more)
    return TaskPage(
        tuple(shown),
        back=TaskPlace(key_of(shown[0], sort), is_back=True) if has_back else None,
        on=TaskPlace(key_of(shown[-1], sort)) if has_on else None,
    )


async def count_tabs(connection: AsyncConnection, viewer_id: int) -> TabCounts:
    """Count the open tasks of each tab of a viewer, as far as it is told."""
    counts = []
    for name in TabCounts.__struct_fields__:
        tab: Tab = convert(name, Tab)
        few = select(task.c.id).where(_OPEN, *_tab(tab, viewer_id)).limit(MOST_COUNTED + 1).subquery()
        counts.append(select(func.count()).select_from(few).scalar_subquery().label(name))
    return convert((await connection.execute(select(*counts))).one(), TabCounts, from_attributes=True)


async def count_unseen(connection: AsyncConnection, user_id: int) -> int:
    """Count the open tasks that others gave somebody who never opened them, as far as it is told."""
    few = select(task.c.id).where(_OPEN, *_unseen(user_id)).limit(MOST_COUNTED + 1).subquery()
    return int((await connection.execute(select(func.count()).select_from(few))).scalar_one())


async def list_board(
    connection: AsyncConnection, states: Sequence[State], wanted: TaskFilter, *, now: datetime, most: int
) -> dict[str, list[TaskRow]]:
    """List the first tasks in each of some states of a kind, by the state's code: of closed ones the newest."""
    by_due = (task.c.priority, _DUE, task.c.id)
    newest = (task.c.closed_at.desc(), task.c.id.desc())
    parts = []
    for state in states:
        is_open = state.stage not in {"done", "dropped"}
        inside = _rows().where(task.c.state_id == state.id, *_conditions(wanted, now))
        of_state = inside.where(task.c.closed_at.is_(None) if is_open else task.c.closed_at.is_not(None))
        parts.append(of_state.order_by(*(by_due if is_open else newest)).limit(most).subquery())
    rows = await _read(connection, union_all(*(select(part) for part in parts)))
    board: dict[str, list[TaskRow]] = {state.code: [] for state in states}
    for row in rows:
        board[row.state].append(row)
    return board


async def list_own_parts(
    connection: AsyncConnection, task_ids: Sequence[int], user_id: int
) -> dict[int, frozenset[Part]]:
    """Give the parts that somebody has in each of some tasks."""
    of_task = select(func.array_agg(task_person_part.c.part)).where(
        task_person_part.c.task_id == task.c.id, task_person_part.c.user_id == user_id
    )
    columns = task.c.id, task.c.author_id, task.c.executor_id, of_task.scalar_subquery().label("parts")
    rows = await connection.execute(select(*columns).where(task.c.id.in_(task_ids)))
    return {row.id: _own_parts(row.author_id, row.executor_id, row.parts, user_id) for row in rows}


def _own_parts(author_id: int, executor_id: int, others: list[str] | None, user_id: int) -> frozenset[Part]:
    own = {"author": user_id == author_id, "executor": user_id == executor_id}
    return convert([*(part for part, has in own.items() if has), *(others or ())], frozenset[Part])


async def _read(connection: AsyncConnection, query: Any) -> list[TaskRow]:  # noqa: ANN401 - one select or several
    return [convert(row, TaskRow, from_attributes=True) for row in await connection.execute(query)]


def _rows() -> Select[*tuple[object, ...]]:
    codes = {
        "kind": task_kind.c.code,
        "state": task_state.c.code,
        "stage": task_state.c.stage,
        "department": _department.c.code,
        "source": _source.c.code,
    }
    columns = [codes[name].label(name) if name in codes else task.c[name] for name in TaskRow.__struct_fields__]
    return select(*columns).select_from(
        task.join(task_kind, task_kind.c.id == task.c.kind_id)
        .join(task_state, task_state.c.id == task.c.state_id)
        .outerjoin(_department, _department.c.id == task.c.department_id)
        .outerjoin(_source, _source.c.id == task.c.source_id)
    )


def _conditions(wanted: TaskFilter, now: datetime) -> Conditions:
    """Give what a filter asks of a task in the joins of `_rows`."""
    equal = {
        task_kind.c.code: wanted.kind,
        task_state.c.code: wanted.state,
        task.c.executor_id: wanted.executor_id,
        task.c.author_id: wanted.author_id,
        task.c.project_id: wanted.project_id,
        task.c.phase_id: wanted.phase_id,
        task.c.priority: wanted.priority,
        _department.c.code: wanted.department,
        _source.c.code: wanted.source,
    }
    found: Conditions = [column == value for column, value in equal.items() if value is not None]
    found += [task.c.archived_at.is_(None), *_shown(wanted), *_due(wanted, now)]
    if wanted.viewer_id is not None:
        found += _tab(wanted.tab, wanted.viewer_id)
        found += _unseen(wanted.viewer_id) if wanted.is_unseen else []
    if wanted.party_id is not None:
        found.append(or_(task.c.party_id == wanted.party_id, task.c.person_id == wanted.party_id))
    if wanted.is_request:
        found.append(task_kind.c.is_request)
    if wanted.words is not None:
        asked = wanted.tsquery
        found.append(false() if asked is None else task.c.words.op("@@")(func.to_tsquery("simple", asked)))
    if wanted.record is not None:
        tied = task_document.c.task_id == task.c.id, task_document.c.record == wanted.record
        found.append(exists().where(*tied))
    return found


def _shown(wanted: TaskFilter) -> Conditions:
    if wanted.shown in STAGES:
        closed = wanted.shown in {"done", "dropped"}
        return [task_state.c.stage == wanted.shown, task.c.closed_at.is_not(None) if closed else _OPEN]
    if wanted.shown == "any":
        return []
    return [task.c.closed_at.is_(None) if wanted.shown == "open" else task.c.closed_at.is_not(None)]


def _due(wanted: TaskFilter, now: datetime) -> Conditions:
    found: Conditions = [task.c.closed_at.is_(None), task.c.due_at < now] if wanted.is_overdue else []
    if wanted.due_since is not None:
        found.append(task.c.due_at >= wanted.due_since)
    if wanted.due_before is not None:
        found.append(task.c.due_at < wanted.due_before)
    return found


def _tab(tab: Tab, viewer_id: int) -> Conditions:
    executor, author = task.c.executor_id, task.c.author_id
    match tab:
        case "incoming":
            return [executor == viewer_id, author != viewer_id]
        case "outgoing":
            return [author == viewer_id, executor != viewer_id]
        case "personal":
            return [author == viewer_id, executor == viewer_id]
        case "watched":
            has_part = task_person_part.c.task_id == task.c.id, task_person_part.c.user_id == viewer_id
            return [exists().where(*has_part)]
        case "all":
            return []


def _unseen(user_id: int) -> Conditions:
    opened = exists().where(task_seen.c.task_id == task.c.id, task_seen.c.user_id == user_id)
    return [*_tab("incoming", user_id), ~opened]
