"""The phases of a project: added and moved on its page; each has a page of its own, with its tasks and its form."""

from collections.abc import Mapping, Sequence
from datetime import date

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms, project
from api.pages.edge import act_of, today_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.project_form import CHANGED
from api.pages.project_words import FIELDS, state_word
from api.pages.queries import whole_number
from api.pages.renderer import Call, database_of, formats_of, page, redirect
from api.pages.shown_changes import NOTHING, tell_differences
from api.pages.task_around import Around, load_around
from api.state import read_clock
from crm.changes import Difference
from crm.projects import phases
from crm.projects.errors import ProjectChangedError
from crm.projects.model import Phase, PhaseDetails, Project
from crm.projects.service import load_project
from crm.tasks.listing import TaskFilter, TaskPage
from crm.tasks.repository.listing import list_tasks
from crm.tasks.service import change_task, load_task
from database.activity import Act
from loyalty.errors import LoyaltyError

MOST_TASKS = 200
"""So many tasks of a phase stand on its page; the list of tasks has the others."""
_STEPS: Mapping[str, int] = {"up": -1, "down": 1}
_ACTS: Mapping[str, str] = {one: one for one in (*_STEPS, "close", "reopen", "remove")}


class Shown(Struct, frozen=True):
    """A phase with its project, the project's phases and the tasks in it."""

    project: Project
    phase: Phase
    phases: Sequence[Phase]
    tasks: TaskPage
    around: Around


@post("/projects/{project_id:int}/phases", opt=dict(allows("tasks.edit")))
async def add_phase(request: Call, project_id: FromPath[int]) -> Response[str]:
    """Add a phase behind the others."""
    form = await read_form(request)
    details = _read(form)
    if not form.problems:
        try:
            await database_of(request).run(phases.add_phase, project_id, details, act=act_of(request))
        except LoyaltyError as error:
            form.refuse_by(error, FIELDS, "name")
        else:
            return redirect(f"/projects/{project_id}#phases")
    return await project.show(request, project_id, form)


@get("/projects/{project_id:int}/phases/{phase_id:int}", opt=dict(allows("tasks.read")))
async def show_phase(request: Call, project_id: FromPath[int], phase_id: FromPath[int]) -> Response[str]:
    """Show a phase with its tasks."""
    return await _show(request, project_id, phase_id, None)


@post("/projects/{project_id:int}/phases/{phase_id:int}", opt=dict(allows("tasks.edit")))
async def save_phase(request: Call, project_id: FromPath[int], phase_id: FromPath[int]) -> Response[str]:
    """Save a phase, or show it again with what is wrong, or what somebody else changed meanwhile."""
    form = await read_form(request)
    details, seen = _read(form), form.read("version", whole_number, 0)
    differences: Sequence[Difference] = ()
    if not form.problems:
        try:
            await database_of(request).run(
                phases.change_phase, project_id, phase_id, details, seen=seen, act=act_of(request)
            )
        except ProjectChangedError as error:
            form.refuse("version", CHANGED)
            differences = error.differences
        except LoyaltyError as error:
            form.refuse_by(error, FIELDS, "name")
        else:
            return redirect(f"/projects/{project_id}/phases/{phase_id}")
    return await _show(request, project_id, phase_id, form, differences)


@post("/projects/{project_id:int}/phases/{phase_id:int}/act", opt=dict(allows("tasks.edit")))
async def do_phase_act(request: Call, project_id: FromPath[int], phase_id: FromPath[int]) -> Response[str]:
    """Move a phase up or down, close it or take it up again, remove an empty one."""
    form = await read_form(request)
    what = form.need("do", forms.one_of(_ACTS), "")
    if not form.problems:
        try:
            await database_of(request).run(_do, project_id, phase_id, what=what, act=act_of(request))
        except LoyaltyError as error:
            form.refuse_by(error, (), "state")
        else:
            return redirect(f"/projects/{project_id}#phases")
    return await project.show(request, project_id, form)


async def _do(connection: AsyncConnection, project_id: int, phase_id: int, *, what: str, act: Act) -> None:
    if what in _STEPS:
        await phases.move_phase(connection, project_id, phase_id, step=_STEPS[what], act=act)
    elif what == "remove":
        await phases.remove_phase(connection, project_id, phase_id, act=act)
    else:
        await phases.close_phase(connection, project_id, phase_id, is_closed=what == "close", act=act)


@post("/projects/{project_id:int}/phases/{phase_id:int}/tasks/{task_id:int}", opt=dict(allows("tasks.edit")))
async def move_task_to_phase(
    request: Call, project_id: FromPath[int], phase_id: FromPath[int], task_id: FromPath[int]
) -> Response[str]:
    """Take a task of a phase to another one, or out of all; its history keeps where it was."""
    form = await read_form(request)
    wanted = form.read("phase_id", forms.count, None)
    try:
        await database_of(request).run(_move, task_id, phase_id, wanted, act=act_of(request))
    except LoyaltyError as error:
        form.refuse_by(error, (), "phase_id")
        return await project.show(request, project_id, form)
    return redirect(f"/projects/{project_id}/phases/{phase_id}")


async def _move(connection: AsyncConnection, task_id: int, phase_id: int, wanted: int | None, *, act: Act) -> None:
    """Give a task another phase, unless somebody took it elsewhere meanwhile."""
    task = await load_task(connection, task_id)
    if task.phase_id == phase_id:
        details = structs.replace(task.details, phase_id=wanted)
        await change_task(connection, task_id, details, seen=task.version, act=act)


def _read(form: Form) -> PhaseDetails:
    return PhaseDetails(
        name=form.need("name", forms.short_text, ""),
        starts_on=form.read("starts_on", forms.day, None),
        due_on=form.read("due_on", forms.day, None),
    )


async def _show(
    call: Call, project_id: int, phase_id: int, form: Form | None, differences: Sequence[Difference] = ()
) -> Response[str]:
    shown = await database_of(call).run(_load, project_id, phase_id)
    phase, f = shown.phase, formats_of(call)
    typed = {"name": phase.name, "starts_on": str(phase.starts_on or ""), "due_on": str(phase.due_on or "")}

    def say(field: str, value: object) -> str:
        return NOTHING if value is None else str(value) if field == "name" else f.day(date.fromisoformat(str(value)))

    return page(
        call,
        "project_phase.html",
        status=REFUSED if form is not None and form.problems else 200,
        here=f"/projects/{project_id}/phases/{phase_id}",
        form=form or Form(typed | {"version": str(shown.project.version)}),
        labels=FIELDS,
        shown=shown,
        project=shown.project,
        phase=phase,
        around=shown.around,
        compared=tell_differences(differences, FIELDS, say),
        today=today_of(call),
        now=read_clock(),
        state_word=state_word,
    )


async def _load(connection: AsyncConnection, project_id: int, phase_id: int) -> Shown:
    found = await load_project(connection, project_id)
    phase = await phases.load_phase(connection, project_id, phase_id)
    wanted = TaskFilter(shown="any", project_id=project_id, phase_id=phase_id)
    tasks = await list_tasks(connection, wanted, now=read_clock(), sort="due", size=MOST_TASKS)
    return Shown(
        found, phase, await phases.list_phases(connection, project_id), tasks, await load_around(connection, tasks.rows)
    )
