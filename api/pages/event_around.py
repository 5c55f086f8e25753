"""What the form of an event offers: who and what may be chosen, and whom it names already."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.named import MOST_PROJECTS, load_named, named_in
from crm.colleagues.repository import list_colleagues
from crm.directories.model import Entry
from crm.directories.service import list_entries
from crm.events.keeping import values_of
from crm.events.kinds import list_kinds
from crm.events.model import Event, Kind
from crm.parties.listing import load_names
from crm.parties.repository.persons import list_named_persons
from crm.tasks.repository.tasks import list_phases, list_projects


class Choices(Struct, frozen=True):
    """What the form of an event offers, by identifiers and codes."""

    kinds: Mapping[str, Kind]
    colleagues: Mapping[int, str]
    persons: Mapping[int, str]
    projects: Mapping[int, str]
    phases: Mapping[int, tuple[int, str]]
    results: tuple[Entry, ...]


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
    projects = await list_projects(connection, most=MOST_PROJECTS)
    if event is not None:
        names = await load_named(connection, named_in([values_of(event)]))
        colleagues, projects = {**names.people, **colleagues}, {**names.projects, **projects}
    results = [one for one in await list_entries(connection, "event_result") if not one.is_archived]
    phases = await list_phases(connection, projects)
    return Choices({one.code: one for one in kinds}, colleagues, persons, projects, phases, tuple(results))


def _is_open(kind: Kind, role: str) -> bool:
    return not kind.is_archived and kind.may_add(role)
