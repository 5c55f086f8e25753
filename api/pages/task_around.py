"""The names of what tasks refer to, for rows, pages and forms: read at once for any number of tasks."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.named import MOST_PROJECTS, Named, Names, load_named
from crm.colleagues.repository import list_colleagues
from crm.directories.model import Entry, name_in
from crm.directories.service import list_entries
from crm.tasks.cycles import Kind
from crm.tasks.kinds import list_kinds
from crm.tasks.listing import TaskRow
from crm.tasks.model import Task
from crm.tasks.repository.tasks import list_projects


class Around(Names, frozen=True, kw_only=True):
    """Kinds by code, and names by identifier or code of whoever and whatever tasks name."""

    kinds: Mapping[str, Kind]
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


async def load_around(connection: AsyncConnection, rows: Sequence[TaskRow | Task], more: Named | None = None) -> Around:
    """Load the names of what some tasks refer to, and of what is named beside them."""
    more = more or Named()
    parties = {one.party_id for one in rows} | {one.person_id for one in rows if isinstance(one, Task)}
    named = Named(
        parties=more.parties | {one for one in parties if one is not None},
        people=more.people.union(*(_people(one) for one in rows)),
        projects=more.projects | {one.project_id for one in rows if one.project_id is not None},
    )
    return Around(
        **structs.asdict(await load_named(connection, named)),
        kinds={kind.code: kind for kind in await list_kinds(connection)},
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
