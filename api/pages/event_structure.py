"""The tree that a record stands in: what it was made from and what was made from it, of all modules.

It opens to whoever may open the record, and leads to nothing that its reader may not open.
"""

import re
from collections.abc import Mapping

from litestar import Response, get
from litestar.exceptions import ClientException, NotFoundException
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows, rights_of
from api.feed_sources import SOURCES, source_of
from api.pages.event_words import KINDS, PATHS, STATES
from api.pages.named import MOST_PROJECTS
from api.pages.queries import choice, text, whole_number
from api.pages.renderer import Call, database_of, modules_off_of, page, principal_of
from crm.events.structure import Node, load_structure
from crm.tasks.repository.tasks import list_projects

_RECORD = re.compile(r"[a-z_]{1,40}:[0-9]{1,18}", re.ASCII)


@get("/structure", opt=dict(allows("home")))
async def show_structure(request: Call) -> Response[str]:
    """Show the whole tree around a record, or what of it is of a project."""
    record, project_id = text(request, "of"), choice(request, "project", whole_number)
    if _RECORD.fullmatch(record) is None:
        raise ClientException("of is the name of a record such as event:5")
    paths = open_paths(request)
    if record.partition(":")[0] not in paths:
        raise NotFoundException("there is no such record")
    root, projects = await database_of(request).run(_load, record, project_id)
    if root is None and project_id is None:
        raise NotFoundException("there is no such record")
    return page(
        request,
        "structure.html",
        record=record,
        root=root,
        projects=projects,
        chosen="" if project_id is None else str(project_id),
        kin_words=KINDS,
        kin_paths=paths,
        states=STATES,
    )


def open_paths(call: Call) -> Mapping[str, str]:
    """Give where pages of records stand, by their families, of those that the reader may open."""
    rights = rights_of(principal_of(call).role, modules_off_of(call))
    return {family: path for family, path in PATHS.items() if SOURCES[source_of(family)].right in rights}


async def _load(connection: AsyncConnection, record: str, project_id: int | None) -> tuple[Node | None, dict[int, str]]:
    projects = await list_projects(connection, most=MOST_PROJECTS)
    return await load_structure(connection, record, project_id=project_id), projects
