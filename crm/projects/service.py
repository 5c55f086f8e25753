"""Use cases of projects themselves: made, changed, closed, archived. Their phases are `crm.projects.phases`'.

Key idea: an edit saves all fields at once, from the version that the editor saw; where somebody else changed the same
field meanwhile nothing is written and both values are told. Whom and what a project refers to already stays, even if
they left or were archived since.
"""

from msgspec import to_builtins
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.colleagues.repository import find_colleagues
from crm.directories.service import choose_entries
from crm.parties.errors import PartyNotFoundError
from crm.parties.service import lock_party
from crm.projects import repository
from crm.projects.changes import record, record_change, record_made, refuse_stale
from crm.projects.errors import ProjectArchivedError, ProjectNotFoundError, ProjectRefusedError
from crm.projects.model import Project, ProjectDetails, check_project
from database.activity import Act
from database.identifiers import MOST_ID


async def load_project(connection: AsyncConnection, project_id: int) -> Project:
    """Load a project, an archived one too. Raises ProjectNotFoundError."""
    found = await repository.find_project(connection, project_id) if 0 < project_id <= MOST_ID else None
    if found is None:
        raise ProjectNotFoundError("there is no such project")
    return found


async def lock_project(connection: AsyncConnection, project_id: int, *, may_be_archived: bool = False) -> Project:
    """Load a project that is about to change, alone until the transaction ends.

    Raises ProjectNotFoundError, ProjectArchivedError.
    """
    is_id = 0 < project_id <= MOST_ID
    found = await repository.find_project(connection, project_id, is_locked=True) if is_id else None
    if found is None:
        raise ProjectNotFoundError("there is no such project")
    if found.archived_at is not None and not may_be_archived:
        raise ProjectArchivedError("the project is archived: take it out of the archive first")
    return found


async def make_project(connection: AsyncConnection, details: ProjectDetails, *, act: Act) -> Project:
    """Make a project.

    Raises ProjectRefusedError, EntryRefusedError, and what `lock_party` raises for a party that takes nothing new.
    """
    clean, columns = await _check(connection, details)
    begun = {"version": 1, "created_at": act.at, "changed_at": act.at}
    made = await load_project(connection, await repository.insert_project(connection, columns | begun))
    assert made.details == clean, "it is kept as it was checked"
    await record_made(connection, made, act=act)
    return made


async def change_project(
    connection: AsyncConnection, project_id: int, details: ProjectDetails, *, seen: int, act: Act
) -> Project:
    """Give a project its fields anew; `seen` is the version that the editor saw.

    Raises ProjectChangedError with the differences, and what `lock_project` and making raise.
    """
    before = await lock_project(connection, project_id)
    clean, columns = await _check(connection, details, before)
    await refuse_stale(connection, before, yours=clean, theirs=before.details, seen=seen)
    if to_builtins(clean) == to_builtins(before.details):
        return before
    await repository.update_project(connection, project_id, columns)
    after = await load_project(connection, project_id)
    await record_change(connection, after, "changed", before=before.details, after=clean, act=act)
    return await load_project(connection, project_id)


async def close_project(connection: AsyncConnection, project_id: int, *, act: Act) -> Project:
    """Say that a project is over; what is open in it stays open. Again changes nothing. Raises as `lock_project`."""
    return await _close(connection, project_id, is_closed=True, act=act)


async def reopen_project(connection: AsyncConnection, project_id: int, *, act: Act) -> Project:
    """Take a closed project up again. Again changes nothing. Raises as `lock_project`."""
    return await _close(connection, project_id, is_closed=False, act=act)


async def archive_project(connection: AsyncConnection, project_id: int, *, act: Act) -> Project:
    """Put a project away: lists and choices leave it out. Again changes nothing. Raises ProjectNotFoundError."""
    return await _archive(connection, project_id, is_archived=True, act=act)


async def unarchive_project(connection: AsyncConnection, project_id: int, *, act: Act) -> Project:
    """Take a project out of the archive. Again changes nothing. Raises ProjectNotFoundError."""
    return await _archive(connection, project_id, is_archived=False, act=act)


async def _close(connection: AsyncConnection, project_id: int, *, is_closed: bool, act: Act) -> Project:
    before = await lock_project(connection, project_id)
    if is_closed == (before.closed_at is not None):
        return before
    values = {"closed_at": act.at if is_closed else None, "changed_at": act.at}
    await repository.update_project(connection, project_id, values)
    await record(connection, before, "closed" if is_closed else "reopened", act=act)
    return await load_project(connection, project_id)


async def _archive(connection: AsyncConnection, project_id: int, *, is_archived: bool, act: Act) -> Project:
    before = await lock_project(connection, project_id, may_be_archived=True)
    if is_archived == (before.archived_at is not None):
        return before
    values = {"archived_at": act.at if is_archived else None, "changed_at": act.at}
    await repository.update_project(connection, project_id, values)
    await record(connection, before, "archived" if is_archived else "restored", act=act)
    return await load_project(connection, project_id)


async def _check(
    connection: AsyncConnection, details: ProjectDetails, before: Project | None = None
) -> tuple[ProjectDetails, dict[str, object]]:
    """Give what is said of a project as it is kept, and the columns to write. Raises as `make_project`."""
    clean = check_project(details)
    kept = () if before is None else (before.kind,)
    kind = (await choose_entries(connection, "project_kind", [clean.kind], field="kind", kept=kept))[0]
    if clean.manager_id is not None and (before is None or clean.manager_id != before.manager_id):
        manager = (await find_colleagues(connection, [clean.manager_id])).get(clean.manager_id)
        if manager is None or manager.has_left:
            raise ProjectRefusedError("is nobody who works here", field="manager_id")
    if clean.party_id is not None and (before is None or clean.party_id != before.party_id):
        try:
            await lock_party(connection, clean.party_id)
        except PartyNotFoundError as error:
            raise ProjectRefusedError("there is no such party", field="party_id") from error
    own = {name: getattr(clean, name) for name in ProjectDetails.__struct_fields__ if name != "kind"}
    return clean, own | {"kind_id": kind.id}
