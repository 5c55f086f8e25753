"""How changes of a project and its phases are kept, and how one who changes what somebody else just changed is told.

Key idea: the journal keeps who did what for ever and never what was typed: of a name or a note it names the field
alone. Old and new values of all fields stand in `project_change`, from which they can be erased. A change of the
project's own fields stands in nobody's way who changes a phase, and the other way round.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import to_builtins
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.changes import compare, refuse_clash
from crm.projects import repository
from crm.projects.errors import ProjectChangedError
from crm.projects.model import PhaseDetails, Project, ProjectDetails
from database.activity import Act, record_activity

Details = ProjectDetails | PhaseDetails

_TYPED: Final = frozenset({"name", "note"})


async def record_change(
    connection: AsyncConnection,
    project: Project,
    what: str,
    *,
    before: Details,
    after: Details,
    phase_id: int | None = None,
    act: Act,
) -> None:
    """Keep what an act changed about a project or a phase, as the project's next version."""
    delta = compare(to_builtins(before), to_builtins(after))
    version = await repository.next_version(connection, project.id, now=act.at)
    row: dict[str, object] = {"project_id": project.id, "phase_id": phase_id, "version": version}
    row |= {"at": act.at, "actor": act.actor, "before": delta.before, "after": delta.after}
    await repository.insert_change(connection, row)
    data = delta.told(_TYPED) | ({} if phase_id is None else {"phase": phase_id})
    await record(connection, project, what, data, act=act)


async def record_made(connection: AsyncConnection, made: Project, *, act: Act) -> None:
    """Keep that a project was made, without what was typed."""
    values = to_builtins(made.details)
    told = {name: value for name, value in values.items() if value is not None and name not in _TYPED}
    await record(connection, made, "made", {"new": told}, act=act)


async def record(
    connection: AsyncConnection, project: Project, what: str, data: Mapping[str, object] | None = None, *, act: Act
) -> None:
    """Add an act on a project to the journal, and so to its own feed and the timeline of its party."""
    await record_activity(
        connection,
        act=act,
        what=f"project.{what}",
        record=f"project:{project.id}",
        party_id=project.party_id,
        project_id=project.id,
        data=data,
    )


async def refuse_stale(
    connection: AsyncConnection,
    project: Project,
    *,
    yours: Details,
    theirs: Details,
    seen: int,
    phase_id: int | None = None,
) -> None:
    """Refuse to put `yours` over what somebody else changed after the project's version that was `seen`.

    Raises ProjectChangedError.
    """
    if seen == project.version:
        return
    replaced = await repository.list_old_values(connection, project.id, since=seen, phase_id=phase_id)
    mine, kept = to_builtins(yours), to_builtins(theirs)
    refuse_clash(ProjectChangedError, replaced, yours=mine, theirs=kept, seen=seen, version=project.version)
