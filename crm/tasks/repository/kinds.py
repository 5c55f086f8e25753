"""The SQL of kinds of tasks and their cycles. There are few, so they are read whole, in three queries."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.tasks.cycles import CycleDraft, Kind, State, StateDraft, Transition
from crm.tasks.tables import task_kind, task_state, task_transition


class _Way(Struct, frozen=True):
    kind_id: int
    from_id: int
    to_id: int
    roles: tuple[str, ...]
    parts: tuple[str, ...]


async def list_kinds(connection: AsyncConnection) -> tuple[Kind, ...]:
    """List all kinds with their cycles in their order, archived ones included."""
    states: dict[int, list[State]] = {}
    is_archived = task_state.c.archived_at.is_not(None).label("is_archived")
    query = select(*(task_state.c[name] for name in ("kind_id", "id", "code", "names", "stage")), is_archived)
    for row in await connection.execute(query.order_by(task_state.c.position, task_state.c.id)):
        states.setdefault(row.kind_id, []).append(convert(row, State, from_attributes=True))
    codes = {one.id: one.code for found in states.values() for one in found}
    ways: dict[int, list[_Way]] = {}
    for row in await connection.execute(select(task_transition)):
        ways.setdefault(row.kind_id, []).append(convert(row, _Way, from_attributes=True))
    kinds = await connection.execute(select(task_kind).order_by(task_kind.c.position, task_kind.c.id))
    return tuple(
        Kind(
            id=row.id,
            code=row.code,
            names=row.names,
            is_request=row.is_request,
            version=row.version,
            is_archived=row.archived_at is not None,
            states=tuple(states.get(row.id, ())),
            transitions=_transitions(ways.get(row.id, ()), codes),
        )
        for row in kinds
    )


def _transitions(ways: Sequence[_Way], codes: dict[int, str]) -> tuple[Transition, ...]:
    order = list(codes)
    by_place = sorted(ways, key=lambda one: (order.index(one.from_id), order.index(one.to_id)))
    named = [
        {"source": codes[one.from_id], "target": codes[one.to_id], "roles": one.roles, "parts": one.parts}
        for one in by_place
    ]
    return convert(named, tuple[Transition, ...])


async def insert_kind(connection: AsyncConnection, code: str, draft: CycleDraft) -> int:
    """Make a kind behind the others, without its cycle, and give its identifier."""
    behind = select(func.coalesce(func.max(task_kind.c.position), 0) + 1).scalar_subquery()
    values = {"code": code, "names": draft.names, "is_request": draft.is_request, "position": behind, "version": 1}
    return int((await connection.execute(insert(task_kind).values(values).returning(task_kind.c.id))).scalar_one())


async def update_kind(connection: AsyncConnection, kind_id: int, draft: CycleDraft, *, now: datetime) -> None:
    """Give a kind its names, whether it is a request and whether it is archived, as its next version."""
    archived_at = func.coalesce(task_kind.c.archived_at, now) if draft.is_archived else None
    values = {"names": draft.names, "is_request": draft.is_request, "archived_at": archived_at}
    query = update(task_kind).where(task_kind.c.id == kind_id)
    await connection.execute(query.values(**values, version=task_kind.c.version + 1))


async def put_cycle(
    connection: AsyncConnection,
    kind_id: int,
    states: Sequence[StateDraft],
    transitions: Sequence[Transition],
    *,
    now: datetime,
) -> None:
    """Write a kind's states by their codes, and its transitions anew; states that are not named are archived."""
    column = task_state.c
    known = {row.code: row.id for row in await connection.execute(select(task_state).where(column.kind_id == kind_id))}
    for place, one in enumerate(states, 1):
        values = {"names": one.names, "stage": one.stage, "position": place}
        if one.code in known:
            archived_at = func.coalesce(column.archived_at, now) if one.is_archived else None
            query = update(task_state).where(column.id == known[one.code])
            await connection.execute(query.values(**values, archived_at=archived_at))
        else:
            made = {"kind_id": kind_id, "code": one.code, "archived_at": now if one.is_archived else None}
            inserted = await connection.execute(insert(task_state).values(values | made).returning(column.id))
            known[one.code] = inserted.scalar_one()
    left = known.keys() - {one.code for one in states}
    away = update(task_state).where(column.kind_id == kind_id, column.code.in_(left))
    behind = {"archived_at": func.coalesce(column.archived_at, now), "position": len(states) + 1}
    await connection.execute(away.values(behind))
    await connection.execute(delete(task_transition).where(task_transition.c.kind_id == kind_id))
    rows = [
        {"kind_id": kind_id, "from_id": known[one.source], "to_id": known[one.target]}
        | {"roles": list(one.roles), "parts": list(one.parts)}
        for one in transitions
    ]
    if rows:
        await connection.execute(insert(task_transition), rows)


async def place_kinds(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Put kinds into this order."""
    places = {kind_id: place for place, kind_id in enumerate(ids, 1)}
    query = update(task_kind).where(task_kind.c.id.in_(places))
    await connection.execute(query.values(position=case(places, value=task_kind.c.id)))
