"""What a task refers to must be there: its kind, its people, its party, project and words of directories.

Key idea: what a task refers to already stays, even if it was archived or left since; only what is new is looked at. A
party is locked before a task is tied to it, so that a merge of it waits and takes the task along.
"""

from collections.abc import Sequence

from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.colleagues.repository import find_colleagues
from crm.directories.model import Directory
from crm.directories.service import choose_entries
from crm.parties.errors import PartyNotFoundError
from crm.parties.service import lock_party
from crm.parties.staffing import list_persons
from crm.tasks.cycles import Kind
from crm.tasks.errors import TaskRefusedError
from crm.tasks.kinds import list_kinds
from crm.tasks.model import Task, TaskDetails, check_details
from crm.tasks.repository import tasks as repository
from crm.tasks.repository.tasks import PEOPLE
from database.identifiers import MOST_ID


class Checked(Struct, frozen=True):
    """What is said of a task as it is kept, with its kind and the columns to write."""

    details: TaskDetails
    kind: Kind
    columns: dict[str, object]


async def check(
    connection: AsyncConnection, details: TaskDetails, *, author_id: int, before: Task | None = None
) -> Checked:
    """Check what is said of a task, `before` being what it was.

    Raises TaskRefusedError, EntryRefusedError, and what `lock_party` raises for a party that takes nothing new.
    """
    kind = await _choose_kind(connection, details.kind, before)
    executor_id = author_id if details.executor_id is None else details.executor_id
    clean = check_details(structs.replace(details, executor_id=executor_id), is_request=kind.is_request)
    await _check_people(connection, clean, author_id, before)
    await _check_party(connection, clean, before)
    await _check_project(connection, clean, before)
    department = await _choose_entry(connection, "department", clean.department, getattr(before, "department", None))
    source = await _choose_entry(connection, "request_source", clean.source, getattr(before, "source", None))
    codes = {"kind", "department", "source", *PEOPLE}
    own = {name: getattr(clean, name) for name in TaskDetails.__struct_fields__ if name not in codes}
    return Checked(clean, kind, own | {"kind_id": kind.id, "department_id": department, "source_id": source})


async def _choose_kind(connection: AsyncConnection, code: str, before: Task | None) -> Kind:
    kind = next((one for one in await list_kinds(connection) if one.code == code), None)
    if kind is None:
        raise TaskRefusedError("there is no such kind of tasks", field="kind")
    if kind.is_archived and (before is None or before.kind != code):
        raise TaskRefusedError("is archived and chosen no more", field="kind")
    return kind


async def _choose_entry(
    connection: AsyncConnection, directory: Directory, code: str | None, kept: str | None
) -> int | None:
    if code is None:
        return None
    field = "source" if directory == "request_source" else directory
    standing = () if kept is None else (kept,)
    return (await choose_entries(connection, directory, [code], field=field, kept=standing))[0].id


async def _check_people(connection: AsyncConnection, details: TaskDetails, author_id: int, before: Task | None) -> None:
    """Refuse to give a part to who is not there, or has left."""
    known = await find_colleagues(connection, [author_id, *_people(details)])
    standing = frozenset() if before is None else before.people
    wanted: dict[str, Sequence[int | None]] = {"author_id": [author_id], "executor_id": [details.executor_id]}
    wanted |= {name: getattr(details, name) for name in PEOPLE}
    for field, ids in wanted.items():
        for user_id in ids:
            found = None if user_id is None else known.get(user_id)
            if found is None or (found.has_left and user_id not in standing):
                raise TaskRefusedError("is nobody who works here", field=field)


def _people(details: TaskDetails) -> Sequence[int]:
    return [one for one in (details.executor_id, *details.co_executors, *details.watchers) if one is not None]


async def _check_party(connection: AsyncConnection, details: TaskDetails, before: Task | None) -> None:
    was = (None, None) if before is None else (before.party_id, before.person_id)
    party_id, person_id = details.party_id, details.person_id
    if party_id is None or (party_id, person_id) == was:
        return
    if party_id != was[0]:
        try:
            await lock_party(connection, party_id)
        except PartyNotFoundError as error:
            raise TaskRefusedError("there is no such party", field="party_id") from error
    if person_id is not None:
        persons = await list_persons(connection, party_id)
        if person_id not in {one.person.person_id for one in persons}:
            raise TaskRefusedError("is no contact person of the party", field="person_id")


async def _check_project(connection: AsyncConnection, details: TaskDetails, before: Task | None) -> None:
    was = (None, None) if before is None else (before.project_id, before.phase_id)
    project_id, phase_id = details.project_id, details.phase_id
    if project_id is None or (project_id, phase_id) == was:
        return
    if not 0 < project_id <= MOST_ID or not await repository.find_projects(connection, [project_id]):
        raise TaskRefusedError("there is no such project", field="project_id")
    if phase_id is not None and not await repository.find_phase(connection, project_id, phase_id):
        raise TaskRefusedError("is no phase of the project", field="phase_id")
