"""Projects: made, listed, changed, closed, archived; and all that is in one, by time."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import TypeAlias
from zoneinfo import ZoneInfo

from litestar import Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows, may
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.history import read_event_place, write_event_place
from api.rest.problems import CHANGED, PROBLEMS
from api.rest.project_bodies import (
    ProjectAnswer,
    ProjectBody,
    ProjectChange,
    ProjectItem,
    ProjectsAnswer,
    WorkAnswer,
    read_work_place,
    render_project,
    render_row,
    render_work,
    write_work_place,
)
from api.state import read_clock
from crm.planning.project import count_progress, list_work, load_figures
from crm.planning.work import FAMILIES, Family, Progress
from crm.projects import service as projects
from crm.projects.listing import ProjectFilter, Shown, list_projects
from crm.projects.model import Project
from crm.projects.phases import list_phases
from database.keyset import Place

Change: TypeAlias = Callable[..., Awaitable[Project]]


@get("/v1/projects", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_projects(
    request: Call,
    shown: FromQuery[Shown] = "open",
    kind: FromQuery[str | None] = None,
    party_id: FromQuery[int | None] = None,
    manager_id: FromQuery[int | None] = None,
    overdue: FromQuery[bool] = False,  # noqa: FBT002 - a query field
    text: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> ProjectsAnswer:
    """List projects, the newest change first, page by page; archived ones only where `shown` asks for them."""
    wanted = ProjectFilter(
        shown=shown, kind=kind, party_id=party_id, manager_id=manager_id, is_overdue=overdue, words=text
    )
    place = read_event_place(after)
    return await service_of(request).database.run(_list, wanted, place=place, today=today_of(request))


async def _list(
    connection: AsyncConnection, wanted: ProjectFilter, *, place: Place | None, today: date
) -> ProjectsAnswer:
    found = await list_projects(connection, wanted, today=today, place=place)
    progress = await count_progress(connection, [row.id for row in found.rows], now=read_clock())
    items: list[ProjectItem] = [render_row(row, progress.get(row.id, Progress()), today=today) for row in found.rows]
    last = None if found.older is None else write_event_place(found.rows[-1].changed_at, found.rows[-1].id)
    return ProjectsAnswer(items, last)


@post("/v1/projects", opt=dict(allows("tasks.edit")), dto=Body, return_dto=None, responses=PROBLEMS)
async def make_project(request: Call, data: JSONBody[ProjectBody]) -> ProjectAnswer:
    """Make a project."""
    made = await service_of(request).database.run(projects.make_project, data.read(), act=act_of(request))
    return await answer_project(request, made.id)


@get("/v1/projects/{project_id:int}", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_project(request: Call, project_id: FromPath[int]) -> ProjectAnswer:
    """Read a project with its phases, how far it is and what it takes."""
    return await answer_project(request, project_id)


@put("/v1/projects/{project_id:int}", opt=dict(allows("tasks.edit")), dto=Body, return_dto=None, responses=CHANGED)
async def change_project(request: Call, project_id: FromPath[int], data: JSONBody[ProjectChange]) -> ProjectAnswer:
    """Change the fields of a project; what somebody else changed meanwhile is told and not written over."""
    await service_of(request).database.run(
        projects.change_project, project_id, data.read(), seen=data.version, act=act_of(request)
    )
    return await answer_project(request, project_id)


@post("/v1/projects/{project_id:int}/close", opt=dict(allows("tasks.edit")), status_code=200, responses=PROBLEMS)
async def close_project(request: Call, project_id: FromPath[int]) -> ProjectAnswer:
    """Say that a project is over; what is open in it stays open."""
    return await _do(request, project_id, projects.close_project)


@post("/v1/projects/{project_id:int}/reopen", opt=dict(allows("tasks.edit")), status_code=200, responses=PROBLEMS)
async def reopen_project(request: Call, project_id: FromPath[int]) -> ProjectAnswer:
    """Take a closed project up again."""
    return await _do(request, project_id, projects.reopen_project)


@post("/v1/projects/{project_id:int}/archive", opt=dict(allows("tasks.edit")), status_code=200, responses=PROBLEMS)
async def archive_project(request: Call, project_id: FromPath[int]) -> ProjectAnswer:
    """Put a project away."""
    return await _do(request, project_id, projects.archive_project)


@post("/v1/projects/{project_id:int}/unarchive", opt=dict(allows("tasks.edit")), status_code=200, responses=PROBLEMS)
async def unarchive_project(request: Call, project_id: FromPath[int]) -> ProjectAnswer:
    """Take a project out of the archive."""
    return await _do(request, project_id, projects.unarchive_project)


@get("/v1/projects/{project_id:int}/work", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_work(
    request: Call,
    project_id: FromPath[int],
    family: FromQuery[Family | None] = None,
    phase_id: FromQuery[int | None] = None,
    after: FromQuery[str | None] = None,
) -> WorkAnswer:
    """List the tasks, contacts and events of a project by time, the latest first, page by page.

    Where the module of events is off, it holds tasks alone.
    """
    service, place = service_of(request), read_work_place(after)
    await service.database.run(projects.load_project, project_id)
    with_events = may(request.user.role, "events.read", service.settings.modules_off)
    known = FAMILIES if with_events else ("task",)
    families = [one for one in known if family in (None, one)]
    if not families:
        return WorkAnswer([], None)
    found = await service.database.run(list_work, project_id, families=families, phase_id=phase_id, place=place)
    return WorkAnswer([render_work(row, now=read_clock()) for row in found.rows], write_work_place(found.older))


async def answer_project(call: Call, project_id: int) -> ProjectAnswer:
    """Answer with a project. Raises ProjectNotFoundError."""
    return await service_of(call).database.run(_load, project_id, today=today_of(call))


async def _load(connection: AsyncConnection, project_id: int, *, today: date) -> ProjectAnswer:
    project = await projects.load_project(connection, project_id)
    phases = await list_phases(connection, project_id)
    return render_project(project, phases, await load_figures(connection, project_id, now=read_clock()), today=today)


async def _do(call: Call, project_id: int, act: Change) -> ProjectAnswer:
    await service_of(call).database.run(act, project_id, act=act_of(call))
    return await answer_project(call, project_id)


def today_of(call: Call) -> date:
    """Give the day that it is where the back office is."""
    return read_clock().astimezone(ZoneInfo(service_of(call).settings.timezone)).date()


router = Router(
    "/",
    route_handlers=[
        get_projects,
        make_project,
        get_project,
        change_project,
        close_project,
        reopen_project,
        archive_project,
        unarchive_project,
        get_work,
    ],
    tags=["Projects"],
)
