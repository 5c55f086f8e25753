"""Use cases of a project's phases: added, changed, put into order, closed; an empty one is removed.

Key idea: whatever changes about a phase makes the project's next version, so that an editor who saw the project knows
which state of the phase they saw. A phase that has tasks or events is closed and stays.
"""

from msgspec import structs, to_builtins
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.model import move_in
from crm.projects import repository
from crm.projects.changes import record, record_change, refuse_stale
from crm.projects.errors import PhaseInUseError, PhaseNotFoundError, TooManyPhasesError
from crm.projects.model import MOST_PHASES, Phase, PhaseDetails, check_phase
from crm.projects.service import lock_project
from database.activity import Act

list_phases = repository.list_phases


async def load_phase(connection: AsyncConnection, project_id: int, phase_id: int) -> Phase:
    """Load a phase of a project. Raises PhaseNotFoundError."""
    found = next((one for one in await list_phases(connection, project_id) if one.id == phase_id), None)
    if found is None:
        raise PhaseNotFoundError("the project has no such phase")
    return found


async def add_phase(connection: AsyncConnection, project_id: int, details: PhaseDetails, *, act: Act) -> Phase:
    """Add a phase behind the others. Raises ProjectRefusedError, TooManyPhasesError, and as `lock_project`."""
    project = await lock_project(connection, project_id)
    clean = check_phase(details)
    if len(await list_phases(connection, project_id)) >= MOST_PHASES:
        raise TooManyPhasesError(f"a project has at most {MOST_PHASES} phases", field="name")
    phase_id = await repository.insert_phase(connection, project_id, structs.asdict(clean))
    await repository.next_version(connection, project_id, now=act.at)
    days = {"starts_on": clean.starts_on, "due_on": clean.due_on}
    told = {name: day.isoformat() for name, day in days.items() if day is not None}
    await record(connection, project, "phase_added", {"phase": phase_id, "new": told}, act=act)
    return await load_phase(connection, project_id, phase_id)


async def change_phase(
    connection: AsyncConnection, project_id: int, phase_id: int, details: PhaseDetails, *, seen: int, act: Act
) -> Phase:
    """Give a phase its name and days anew; `seen` is the version of the project that the editor saw.

    Raises ProjectChangedError with the differences, ProjectRefusedError, PhaseNotFoundError, and as `lock_project`.
    """
    project = await lock_project(connection, project_id)
    before, clean = await load_phase(connection, project_id, phase_id), check_phase(details)
    theirs = before.details
    await refuse_stale(connection, project, yours=clean, theirs=theirs, seen=seen, phase_id=phase_id)
    if to_builtins(clean) == to_builtins(theirs):
        return before
    await repository.update_phase(connection, phase_id, structs.asdict(clean))
    await record_change(connection, project, "phase_changed", before=theirs, after=clean, phase_id=phase_id, act=act)
    return await load_phase(connection, project_id, phase_id)


async def move_phase(
    connection: AsyncConnection, project_id: int, phase_id: int, *, step: int, act: Act
) -> list[Phase]:
    """Move a phase so many places down, up if negative, as far as there are places.

    Raises PhaseNotFoundError, and as `lock_project`.
    """
    project = await lock_project(connection, project_id)
    await load_phase(connection, project_id, phase_id)
    old = [one.id for one in await list_phases(connection, project_id)]
    order = move_in(old, phase_id, step=step)
    if order != old:
        await repository.place_phases(connection, order)
        await repository.next_version(connection, project_id, now=act.at)
        data = {"phase": phase_id, "old": {"order": old}, "new": {"order": order}}
        await record(connection, project, "phase_moved", data, act=act)
    return await list_phases(connection, project_id)


async def close_phase(
    connection: AsyncConnection, project_id: int, phase_id: int, *, is_closed: bool, act: Act
) -> Phase:
    """Say that a phase is over, or take it up again; again changes nothing.

    Raises PhaseNotFoundError, and as `lock_project`.
    """
    project = await lock_project(connection, project_id)
    before = await load_phase(connection, project_id, phase_id)
    if is_closed == (before.closed_at is not None):
        return before
    await repository.update_phase(connection, phase_id, {"closed_at": act.at if is_closed else None})
    await repository.next_version(connection, project_id, now=act.at)
    await record(connection, project, "phase_closed" if is_closed else "phase_reopened", {"phase": phase_id}, act=act)
    return await load_phase(connection, project_id, phase_id)


async def remove_phase(connection: AsyncConnection, project_id: int, phase_id: int, *, act: Act) -> None:
    """Remove a phase that nothing is in. Raises PhaseInUseError, PhaseNotFoundError, and as `lock_project`."""
    project = await lock_project(connection, project_id)
    await load_phase(connection, project_id, phase_id)
    if not await repository.delete_phase(connection, phase_id):
        raise PhaseInUseError("tasks or events are in the phase: close it instead")
    await repository.next_version(connection, project_id, now=act.at)
    await record(connection, project, "phase_removed", {"phase": phase_id}, act=act)
