"""All SQL of projects themselves, their phases and their changes; lists of them are `crm.projects.listing`'s."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import convert
from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.tables import directory_entry
from crm.projects.model import Phase, Project
from crm.projects.tables import project, project_change, project_phase

Values = Mapping[str, object]


async def find_project(connection: AsyncConnection, project_id: int, *, is_locked: bool = False) -> Project | None:
    """Find a project, an archived one too, and if asked for let nobody else change it until the transaction ends."""
    own = [project.c[name] for name in Project.__struct_fields__ if name != "kind"]
    joined = project.join(directory_entry, directory_entry.c.id == project.c.kind_id)
    query = select(*own, directory_entry.c.code.label("kind")).select_from(joined).where(project.c.id == project_id)
    if is_locked:
        query = query.with_for_update(of=project, key_share=True)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else convert(row, Project, from_attributes=True)


async def insert_project(connection: AsyncConnection, values: Values) -> int:
    """Make a project and give its identifier."""
    return int((await connection.execute(insert(project).values(values).returning(project.c.id))).scalar_one())


async def update_project(connection: AsyncConnection, project_id: int, values: Values) -> None:
    """Change columns of a project."""
    await connection.execute(update(project).where(project.c.id == project_id).values(values))


async def next_version(connection: AsyncConnection, project_id: int, *, now: datetime) -> int:
    """Make a project's next version and give it."""
    query = update(project).where(project.c.id == project_id).values(version=project.c.version + 1, changed_at=now)
    return int((await connection.execute(query.returning(project.c.version))).scalar_one())


async def insert_change(connection: AsyncConnection, values: Values) -> None:
    """Keep old and new values of a change."""
    await connection.execute(insert(project_change).values(values))


async def list_old_values(
    connection: AsyncConnection, project_id: int, *, since: int, phase_id: int | None
) -> list[Mapping[str, object]]:
    """List what changes of a project's own fields, or of a phase, replaced after a version, the oldest first."""
    row = project_change.c
    query = select(row.before).where(row.project_id == project_id, row.version > since)
    of_part = row.phase_id.is_not_distinct_from(phase_id)
    return list((await connection.execute(query.where(of_part).order_by(row.id))).scalars())


async def list_phases(connection: AsyncConnection, project_id: int) -> list[Phase]:
    """List the phases of a project in their order."""
    query = select(project_phase).where(project_phase.c.project_id == project_id)
    rows = await connection.execute(query.order_by(project_phase.c.position, project_phase.c.id))
    return [convert(row, Phase, from_attributes=True) for row in rows]


async def insert_phase(connection: AsyncConnection, project_id: int, values: Values) -> int:
    """Make a phase behind the others of its project, and give its identifier."""
    last = select(func.coalesce(func.max(project_phase.c.position), 0)).where(project_phase.c.project_id == project_id)
    kept = {**values, "project_id": project_id, "position": last.scalar_subquery() + 1}
    return int(
        (await connection.execute(insert(project_phase).values(kept).returning(project_phase.c.id))).scalar_one()
    )


async def update_phase(connection: AsyncConnection, phase_id: int, values: Values) -> None:
    """Change columns of a phase."""
    await connection.execute(update(project_phase).where(project_phase.c.id == phase_id).values(values))


async def place_phases(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Put phases of a project into this order."""
    places = {phase_id: place for place, phase_id in enumerate(ids, 1)}
    query = update(project_phase).where(project_phase.c.id.in_(places))
    await connection.execute(query.values(position=case(places, value=project_phase.c.id)))


async def delete_phase(connection: AsyncConnection, phase_id: int) -> bool:
    """Delete a phase, and tell whether it could be: one that a task or an event refers to stays."""
    try:
        async with connection.begin_nested():
            await connection.execute(delete(project_phase).where(project_phase.c.id == phase_id))
    except IntegrityError:
        return False
    return True
