"""Whom and what values of tasks and events name by identifier, and their names, read at once for any number of them."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.colleagues.repository import find_colleagues
from crm.parties.listing import load_names
from crm.tasks.repository.tasks import find_projects, list_phases

MOST_PROJECTS: Final = 500
"""So many projects are offered where one is chosen."""

_NAMING: Final[Mapping[str, str]] = {
    **dict.fromkeys(("party_id", "person_id", "persons"), "parties"),
    **dict.fromkeys(("author_id", "executor_id", "responsible_id", "completed_by"), "people"),
    **dict.fromkeys(("co_executors", "watchers", "participants", "crew", "reminded"), "people"),
    "project_id": "projects",
}
"""Which of the names a field of a task or an event is of."""


class Named(Struct, frozen=True):
    """Identifiers of whoever and whatever is to be named."""

    parties: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()
    projects: frozenset[int] = frozenset()


class Names(Struct, frozen=True):
    """Names by identifier; a phase has its project's identifier before its name."""

    parties: Mapping[int, str]
    people: Mapping[int, str]
    projects: Mapping[int, str]
    phases: Mapping[int, tuple[int, str]]

    def of(self, field: str, ids: object) -> str | None:
        """Name one or several that a field names, as changes keep them; None for a field that names nobody."""
        names: Mapping[int, str]
        match field, _NAMING.get(field):
            case "phase_id", _:
                names = {phase_id: name for phase_id, (_, name) in self.phases.items()}
            case _, "parties":
                names = self.parties
            case _, "people":
                names = self.people
            case _, "projects":
                names = self.projects
            case _:
                return None
        wanted = ids if isinstance(ids, list | tuple) else [ids]
        return ", ".join(names.get(one, f"#{one}") for one in wanted if isinstance(one, int))


def named_in(values: Iterable[Mapping[str, object]]) -> Named:
    """Give whom and what values of fields name, as changes keep them."""
    found: dict[str, set[int]] = {name: set() for name in Named.__struct_fields__}
    for fields in values:
        for field, value in fields.items():
            if field in _NAMING:
                ids = value if isinstance(value, list | tuple) else [value]
                found[_NAMING[field]] |= {one for one in ids if isinstance(one, int)}
    return Named(*(frozenset(found[name]) for name in Named.__struct_fields__))


async def load_named(connection: AsyncConnection, named: Named) -> Names:
    """Load names; those of the phases are of all the projects."""
    found = await find_colleagues(connection, named.people)
    return Names(
        parties=await load_names(connection, named.parties),
        people={user_id: one.name for user_id, one in found.items()},
        projects=await find_projects(connection, named.projects),
        phases=await list_phases(connection, named.projects),
    )
