"""The SQL of what is in a project: progress, sums, its tasks and events in one list, and its documents."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final  # Any: columns of two tables side by side

from msgspec import convert
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Table,
    case,
    cast,
    func,
    literal,
    null,
    select,
    text,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.colleagues.tables import app_user
from crm.events.tables import event, event_kind
from crm.parties.tables import party
from crm.planning.work import FAMILIES, Family, Labour, Progress, ResourceSum, Work
from crm.tasks.tables import task, task_kind, task_resource, task_state, task_time
from database.activity import activity
from database.journal import JournalRow
from database.keyset import Page, Place, read_page

PAGE_ROWS: Final = 25
MOST_RESOURCES: Final = 500
_task, _event = task.c, event.c
_DUE: Final = func.coalesce(_task.due_at, _task.starts_at, _task.created_at)
_OF_TASKS, _OF_EVENTS = 1, 2


async def list_work(
    connection: AsyncConnection,
    project_id: int,
    *,
    families: Collection[Family] = FAMILIES,
    phase_id: int | None = None,
    place: Place | None = None,
    size: int = PAGE_ROWS,
) -> Page[Work]:
    """List the tasks, contacts and events of a project, of a phase where it is named, the latest first.

    A place is a moment, 1 for a task or 2 for an event, and an identifier. Neither table gives more rows than the page
    can hold; events, of which a survey has thousands, are read by their index.
    """
    parts: list[Select[*tuple[Any, ...]]] = []
    if "task" in families:
        tasks = _tasks(project_id, phase_id)
        parts.append(_nearest(tasks, (_DUE, literal(_OF_TASKS), _task.id), place=place, size=size))
    contacts = {"contact": True, "event": False}
    wanted = [is_contact for family, is_contact in contacts.items() if family in families]
    if wanted:
        events = _events(project_id, phase_id).where(event_kind.c.is_contact.in_(wanted))
        parts.append(_nearest(events, (_event.listed_at, literal(_OF_EVENTS), _event.id), place=place, size=size))
    every = union_all(*parts).subquery()
    query = select(*(every.c[name] for name in Work.__struct_fields__))
    keys = [every.c.at, every.c.source, every.c.id]
    return await read_page(connection, query, keys=keys, place=place, size=size, row_type=Work)


async def count_progress(
    connection: AsyncConnection, project_ids: Collection[int], *, now: datetime
) -> dict[int, Progress]:
    """Count the tasks of some projects, by project; one without tasks is left out."""
    query = select(_task.project_id, *_counts(now)).where(_task.project_id.in_(project_ids))
    rows = await connection.execute(_counted(query).group_by(_task.project_id))
    return {row.project_id: convert(row, Progress, from_attributes=True) for row in rows}


async def count_by_phase(connection: AsyncConnection, project_id: int, *, now: datetime) -> dict[int | None, Progress]:
    """Count the tasks of a project by phase, None being those in no phase."""
    query = select(_task.phase_id, *_counts(now)).where(_task.project_id == project_id)
    rows = await connection.execute(_counted(query).group_by(_task.phase_id))
    return {row.phase_id: convert(row, Progress, from_attributes=True) for row in rows}


async def sum_labour(connection: AsyncConnection, project_id: int) -> Labour:
    """Sum the planned time of the tasks of a project, without dropped ones, and all the time spent on its tasks."""
    of_project = _task.project_id == project_id, _task.archived_at.is_(None)
    planned = select(func.coalesce(func.sum(_task.planned_minutes), 0)).join_from(task, task_state, _IN_STATE)
    planned = planned.where(*of_project, task_state.c.stage != "dropped")
    spent = select(func.coalesce(func.sum(task_time.c.minutes), 0)).join_from(task, task_time).where(*of_project)
    query = select(planned.scalar_subquery().label("planned"), spent.scalar_subquery().label("spent"))
    return convert((await connection.execute(query)).one(), Labour, from_attributes=True)


async def sum_resources(connection: AsyncConnection, project_id: int) -> list[ResourceSum]:
    """Sum what the tasks of a project take, by name and unit."""
    row = task_resource.c
    query = (
        select(row.name, row.unit, func.sum(row.planned).label("planned"), func.sum(row.actual).label("actual"))
        .join_from(task, task_resource)
        .where(_task.project_id == project_id, _task.archived_at.is_(None))
        .group_by(row.name, row.unit)
        .order_by(func.sort_key(row.name), row.unit)
    )
    rows = await connection.execute(query.limit(MOST_RESOURCES))
    return [ResourceSum(one.name, one.unit, int(one.planned), int(one.actual)) for one in rows]


async def list_latest(connection: AsyncConnection, project_id: int, *, most: int) -> list[JournalRow]:
    """List the newest acts on a project and on what is in it."""
    query = select(*(activity.c[name] for name in JournalRow.__struct_fields__)).where(
        activity.c.project_id == project_id
    )
    rows = await connection.execute(query.order_by(activity.c.at.desc(), activity.c.id.desc()).limit(most))
    return [convert(row, JournalRow, from_attributes=True) for row in rows]


async def list_documents(
    connection: AsyncConnection, project_id: int, *, with_events: bool, most: int
) -> dict[str, str]:
    """List documents by their records, each with the task, event or project that it is first known from."""
    wanted = {"project": project_id, "with_events": with_events, "most": most}
    return {row.record: row.of for row in await connection.execute(text(_DOCUMENTS), wanted)}


_IN_STATE: Final = task_state.c.id == _task.state_id


def _counted(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.join_from(task, task_state, _IN_STATE).where(
        _task.archived_at.is_(None), task_state.c.stage != "dropped"
    )


def _counts(now: datetime) -> list[ColumnElement[int]]:
    is_late = (_task.closed_at.is_(None)) & (_task.due_at < now)
    return [
        func.count().label("total"),
        func.count().filter(task_state.c.stage == "done").label("done"),
        func.count().filter(is_late).label("overdue"),
    ]


def _nearest(
    part: Select[*tuple[Any, ...]],
    keys: tuple[ColumnElement[datetime], ColumnElement[int], ColumnElement[int]],
    *,
    place: Place | None,
    size: int,
) -> Select[*tuple[Any, ...]]:
    """Narrow one table to what may stand on the page; an index knows the bound of the moment, which keys imply."""
    at, _, row_id = keys
    is_newer = place is not None and place.is_towards_newer
    if place is not None:
        here, beyond, moment = tuple_(*keys), tuple_(*place.key), place.key[0]
        part = part.where(*((here > beyond, at >= moment) if is_newer else (here < beyond, at <= moment)))
    return part.order_by(*((at, row_id) if is_newer else (at.desc(), row_id.desc()))).limit(size + 1)


def _tasks(project_id: int, phase_id: int | None) -> Select[*tuple[Any, ...]]:
    columns = {
        "family": literal("task"),
        "at": _DUE,
        "kind": task_kind.c.code,
        "kind_names": task_kind.c.names,
        "party": party.c.name,
        "person": app_user.c.name,
        "ends_at": cast(null(), DateTime(timezone=True)),
        "cancelled_at": cast(null(), DateTime(timezone=True)),
        "state": task_state.c.code,
        "state_names": task_state.c.names,
        "stage": task_state.c.stage,
    }
    joined = (
        task.join(task_kind, task_kind.c.id == _task.kind_id)
        .join(task_state, _IN_STATE)
        .join(app_user, app_user.c.id == _task.executor_id)
        .outerjoin(party, party.c.id == _task.party_id)
    )
    own = [columns[name].label(name) if name in columns else _task[name] for name in Work.__struct_fields__]
    query = select(*own, literal(_OF_TASKS).label("source")).select_from(joined)
    return query.where(*_in(task, project_id, phase_id))


def _events(project_id: int, phase_id: int | None) -> Select[*tuple[Any, ...]]:
    columns = {
        "family": case((event_kind.c.is_contact, "contact"), else_="event"),
        "at": _event.listed_at,
        "kind": event_kind.c.code,
        "kind_names": event_kind.c.names,
        "title": _event.topic,
        "party": party.c.name,
        "person": app_user.c.name,
        "ends_at": func.coalesce(_event.ends_at, _event.starts_at),
        "closed_at": func.coalesce(_event.held_at, _event.completed_at),
    }
    joined = (
        event.join(event_kind, event_kind.c.id == _event.kind_id)
        .outerjoin(app_user, app_user.c.id == _event.responsible_id)
        .outerjoin(party, party.c.id == _event.party_id)
    )
    own = [
        columns[name].label(name) if name in columns else _event[name] if name in _event else null().label(name)
        for name in Work.__struct_fields__
    ]
    query = select(*own, literal(_OF_EVENTS).label("source")).select_from(joined)
    return query.where(*_in(event, project_id, phase_id))


def _in(table: Table, project_id: int, phase_id: int | None) -> list[ColumnElement[bool]]:
    found = [table.c.project_id == project_id, table.c.archived_at.is_(None)]
    return found if phase_id is None else [*found, table.c.phase_id == phase_id]


_DOCUMENTS = """
    with work as (
        select 'project:' || cast(:project as bigint) as record
        union all
        select 'task:' || id from task where project_id = :project and archived_at is null
        union all
        select 'event:' || id from event where :with_events and project_id = :project and archived_at is null
    ), found as (
        select d.record, 'task:' || d.task_id as of, d.at
        from task_document d join task t on t.id = d.task_id
        where t.project_id = :project and t.archived_at is null
        union all
        select d.record, 'event:' || d.event_id, e.created_at
        from event_document d join event e on e.id = d.event_id
        where :with_events and e.project_id = :project and e.archived_at is null
        union all
        select o.record, o.parent, o.made_at
        from origin o join work w on w.record = o.parent
        where split_part(o.record, ':', 1) in ('business_document', 'receipt', 'document')
    )
    select record, (array_agg(of order by at, of))[1] as of from found
    group by record order by min(at) desc, record limit :most
"""
