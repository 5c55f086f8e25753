"""The names of what tasks refer to, for rows, pages and forms: read at once for any number of tasks."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.colleagues.repository import find_colleagues, list_colleagues
from crm.directories.model import Entry, name_in
from crm.directories.service import list_entries
from crm.parties.listing import load_names
from crm.tasks.cycles import Kind
from crm.tasks.kinds import list_kinds
from crm.tasks.listing import TaskRow
from crm.tasks.model import Task
from crm.tasks.repository.tasks import find_projects, list_phases, list_projects

MOST_PROJECTS = 500
"""So many projects are offered where one is chosen."""

_NAMING: Mapping[str, str] = {
    "party_id": "parties",
    "person_id": "parties",
    "executor_id": "people",
    "co_executors": "people",
    "watchers": "people",
    "project_id": "projects",
}


class Around(Struct, frozen=True):
    """Kinds by code, and names by identifier or code of whoever and whatever tasks name."""

    kinds: Mapping[str, Kind]
    people: Mapping[int, str]
    parties: Mapping[int, str]
    projects: Mapping[int, str]
    phases: Mapping[int, tuple[int, str]]
    departments: Mapping[str, Entry]
    sources: Mapping[str, Entry]

    def kind(self, code: str, language: str) -> str:
        """Give what a kind is called."""
        return self.kinds[code].name(language)

    def state(self, kind: str, code: str, language: str) -> str:
        """Give what a state of a kind is called."""
        state = self.kinds[kind].state(code)
        return code if state is None else state.name(language)

    def entry(self, field: str, code: str, language: str) -> str:
        """Give what a department or a source of requests is called."""
        entry = (self.departments if field == "department" else self.sources).get(code)
        return code if entry is None else name_in(entry.names, language, code)

    @property
    def open_kinds(self) -> list[Kind]:
        """The kinds that may be chosen."""
        return [kind for kind in self.kinds.values() if not kind.is_archived]


class Named(Struct, frozen=True):
    """Whom and what a page names beside what its tasks refer to now."""

    parties: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()
    projects: frozenset[int] = frozenset()


def named_in(changes: Iterable[Mapping[str, object]]) -> Named:
    """Give whom and what values of tasks' fields name, as changes keep them."""
    found: dict[str, set[int]] = {"parties": set(), "people": set(), "projects": set()}
    for values in changes:
        for field, value in values.items():
            if field in _NAMING:
                ids = value if isinstance(value, list) else [value]
                found[_NAMING[field]] |= {one for one in ids if isinstance(one, int)}
    return Named(*(frozenset(found[name]) for name in Named.__struct_fields__))


async def load_around(connection: AsyncConnection, rows: Sequence[TaskRow | Task], more: Named | None = None) -> Around:
    """Load the names of what some tasks refer to, and of what is named beside them."""
    more = more or Named()
    people = {user for one in rows for user in _people(one)} | more.people
    parties = {one.party_id for one in rows} | {one.person_id for one in rows if isinstance(one, Task)} | more.parties
    projects = {one.project_id for one in rows if one.project_id is not None} | more.projects
    found = await find_colleagues(connection, people)
    return Around(
        kinds={kind.code: kind for kind in await list_kinds(connection)},
        people={user_id: one.name for user_id, one in found.items()},
        parties=await load_names(connection, [one for one in parties if one is not None]),
        projects=await find_projects(connection, projects),
        phases=await list_phases(connection, projects),
        departments={one.code: one for one in await list_entries(connection, "department")},
        sources={one.code: one for one in await list_entries(connection, "request_source")},
    )


def _people(row: TaskRow | Task) -> Iterable[int]:
    return row.people if isinstance(row, Task) else (row.author_id, row.executor_id)


class Choices(Struct, frozen=True):
    """Whom and what a task may be given to: colleagues who work here, and projects that are not archived, by name."""

    people: Mapping[int, str]
    projects: Mapping[int, str]


async def load_choices(connection: AsyncConnection) -> Choices:
    """Load what is offered where tasks are made or filtered."""
    people = {one.id: one.name for one in await list_colleagues(connection)}
    return Choices(people, await list_projects(connection, most=MOST_PROJECTS))
