"""The phases of a project: added, changed, put into order, closed, removed while nothing is in them."""

from litestar import Router, delete, post, put
from litestar.params import FromPath, JSONBody

from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.problems import CHANGED, PROBLEMS
from api.rest.project_bodies import PhaseBody, PhaseChange, PhaseMove, ProjectAnswer
from api.rest.projects import answer_project
from crm.projects import phases

_EDIT = dict(allows("tasks.edit"))


@post("/", opt=_EDIT, dto=Body, return_dto=None, responses=PROBLEMS)
async def add_phase(request: Call, project_id: FromPath[int], data: JSONBody[PhaseBody]) -> ProjectAnswer:
    """Add a phase behind the others."""
    await service_of(request).database.run(phases.add_phase, project_id, data.read(), act=act_of(request))
    return await answer_project(request, project_id)


@put("/{phase_id:int}", opt=_EDIT, dto=Body, return_dto=None, responses=CHANGED)
async def change_phase(
    request: Call, project_id: FromPath[int], phase_id: FromPath[int], data: JSONBody[PhaseChange]
) -> ProjectAnswer:
    """Change a phase; what somebody else changed meanwhile is told and not written over."""
    await service_of(request).database.run(
        phases.change_phase, project_id, phase_id, data.read(), seen=data.version, act=act_of(request)
    )
    return await answer_project(request, project_id)


@post("/{phase_id:int}/move", opt=_EDIT, dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def move_phase(
    request: Call, project_id: FromPath[int], phase_id: FromPath[int], data: JSONBody[PhaseMove]
) -> ProjectAnswer:
    """Move a phase up or down among the others."""
    await service_of(request).database.run(phases.move_phase, project_id, phase_id, step=data.step, act=act_of(request))
    return await answer_project(request, project_id)


@post("/{phase_id:int}/close", opt=_EDIT, status_code=200, responses=PROBLEMS)
async def close_phase(request: Call, project_id: FromPath[int], phase_id: FromPath[int]) -> ProjectAnswer:
    """Say that a phase is over."""
    return await _close(request, project_id, phase_id, is_closed=True)


@post("/{phase_id:int}/reopen", opt=_EDIT, status_code=200, responses=PROBLEMS)
async def reopen_phase(request: Call, project_id: FromPath[int], phase_id: FromPath[int]) -> ProjectAnswer:
    """Take a closed phase up again."""
    return await _close(request, project_id, phase_id, is_closed=False)


@delete("/{phase_id:int}", opt=_EDIT, status_code=200, responses=PROBLEMS)
async def remove_phase(request: Call, project_id: FromPath[int], phase_id: FromPath[int]) -> ProjectAnswer:
    """Remove a phase that neither tasks nor events are in."""
    await service_of(request).database.run(phases.remove_phase, project_id, phase_id, act=act_of(request))
    return await answer_project(request, project_id)


async def _close(call: Call, project_id: int, phase_id: int, *, is_closed: bool) -> ProjectAnswer:
    await service_of(call).database.run(phases.close_phase, project_id, phase_id, is_closed=is_closed, act=act_of(call))
    return await answer_project(call, project_id)


router = Router(
    "/v1/projects/{project_id:int}/phases",
    route_handlers=[add_phase, change_phase, move_phase, close_phase, reopen_phase, remove_phase],
    tags=["Projects"],
)
