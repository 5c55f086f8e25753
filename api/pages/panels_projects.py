"""What projects offer to a profile: those that are for the party, the newest change first."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.panels import MOST_ROWS, Panel, Viewed
from api.pages.words import mark
from crm.planning.project import count_progress
from crm.planning.work import Progress
from crm.projects.listing import ProjectFilter, ProjectRow, list_projects


class PartyProjects(Struct, frozen=True):
    """Projects of a party with how far each is."""

    rows: tuple[ProjectRow, ...]
    progress: Mapping[int, Progress]
    today: date


async def _projects(connection: AsyncConnection, viewed: Viewed) -> PartyProjects:
    wanted = ProjectFilter(shown="any", party_id=viewed.party.id)
    rows = (await list_projects(connection, wanted, today=viewed.today, size=MOST_ROWS)).rows
    progress = await count_progress(connection, [row.id for row in rows], now=viewed.now)
    return PartyProjects(rows, progress, viewed.today)


PROJECTS: Mapping[str, Panel] = {
    "projects": Panel(
        "tasks",
        "tasks.read",
        mark("Projects"),
        "panel_projects.html",
        _projects,
        "/projects?party={id}&shown=any",
        mark("All"),
        width="narrow",
    ),
}
