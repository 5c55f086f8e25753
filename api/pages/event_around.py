"""What pages of events show around them: the names of whom they concern, and who and what may be chosen."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.colleagues.repository import find_colleagues, list_colleagues
from crm.directories.model import Entry
from crm.directories.service import list_entries
from crm.events.kinds import list_kinds
from crm.events.model import Event, Kind
from crm.parties.listing import load_names
from crm.parties.repository.persons import list_named_persons
from crm.tasks.repository.tasks import find_projects, list_phases, list_projects

MOST_PROJECTS = 500
"""So many projects are offered where one is chosen."""


class Choices(Struct, frozen=True):
    """What the form of an event offers, by identifiers and codes."""

    kinds: Mapping[str, Kind]
    colleagues: Mapping[int, str]
    persons: Mapping[int, str]
    projects: Mapping[int, str]
    phases: Mapping[int, tuple[int, str]]
    results: tuple[Entry, ...]


class Names(Struct, frozen=True):
    """What an event names: parties, colleagues, its project and phase."""

    parties: Mapping[int, str]
    people: Mapping[int, str]
    project: str | None
    phase: str | None


async def load_choices(
    connection: AsyncConnection, party_id: int | None, *, role: str, event: Event | None, standing: Iterable[int] = ()
) -> Choices:
    """Load what may be chosen: kinds that a role adds, the persons of the party and those `standing` already."""
    kept = None if event is None else event.kind
    kinds = [one for one in await list_kinds(connection) if one.code == kept or _is_open(one, role)]
    speakers = [] if party_id is None else await list_named_persons(connection, party_id=party_id)
    persons = {one.person.person_id: one.person_name for one in speakers}
    persons |= await load_names(connection, set(standing) - persons.keys())
    colleagues = {one.id: one.name for one in await list_colleagues(connection)}
    if event is not None:
        left = await find_colleagues(connection, _users_of(event) - colleagues.keys())
        colleagues |= {one.id: one.name for one in left.values()}
    projects = await list_projects(connection, most=MOST_PROJECTS)
    if event is not None and event.project_id is not None:
        projects = {**projects, **await find_projects(connection, [event.project_id])}
    results = [one for one in await list_entries(connection, "event_result") if not one.is_archived]
    phases = await list_phases(connection, projects)
    return Choices({one.code: one for one in kinds}, colleagues, persons, projects, phases, tuple(results))


async def load_names_of(connection: AsyncConnection, event: Event) -> Names:
    """Load the names of whom and what an event names."""
    parties = {*event.persons, *([] if event.party_id is None else [event.party_id])}
    people = await find_colleagues(connection, _users_of(event))
    projects = {} if event.project_id is None else await find_projects(connection, [event.project_id])
    phases = {} if event.phase_id is None else await list_phases(connection, projects)
    return Names(
        parties=await load_names(connection, parties),
        people={one.id: one.name for one in people.values()},
        project=projects.get(event.project_id or 0),
        phase=phases[event.phase_id][1] if event.phase_id in phases else None,
    )


def _is_open(kind: Kind, role: str) -> bool:
    return not kind.is_archived and kind.may_add(role)


def _users_of(event: Event) -> set[int]:
    single = {event.author_id, event.responsible_id, event.completed_by}
    return {one for one in {*single, *event.participants, *event.crew, *event.reminded} if one is not None}
