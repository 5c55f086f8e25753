"""The page of a task: what is known of it, and what its reader may do next."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.edge import act_of, service_of, today_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.named import Named
from api.pages.notifications import note_seen
from api.pages.renderer import Call, database_of, modules_off_of, page, principal_of, redirect, user_id_of
from api.pages.task_around import Around, Choices, load_around, load_choices
from api.pages.task_fields import write_minutes
from api.pages.task_words import FIELDS
from api.pages.words import mark
from api.state import read_clock
from crm.attributes.service import RecordValues, load_values
from crm.origins.repository import Branch
from crm.origins.service import load_tree
from crm.papers.model import Paper
from crm.tasks import parts, service
from crm.tasks.cycles import Mover, State, list_steps
from crm.tasks.model import Task
from crm.tasks.pool import list_pool
from crm.tasks.repository.parts import Comment, Resource, TaskFile, TimeEntry
from crm.tasks.states import take_step
from loyalty.errors import LoyaltyError
from loyalty.money import QUANTITY

LABELS: Mapping[str, str] = {
    **FIELDS,
    "comment": mark("Why"),
    "text": mark("Comment"),
    "on_date": mark("Day"),
    "minutes": mark("Time"),
    "note": mark("Note"),
    "name": mark("Resource"),
    "unit": mark("Unit"),
    "planned": mark("Planned"),
    "actual": mark("Actual"),
    "file": mark("File"),
    "record": mark("Document"),
}


class Shown(Struct, frozen=True):
    """A task with all that is kept of it."""

    task: Task
    around: Around
    choices: Choices
    steps: Sequence[State]
    comments: Sequence[Comment]
    times: Sequence[TimeEntry]
    resources: Sequence[Resource]
    files: Sequence[TaskFile]
    documents: Sequence[Paper]
    tree: Sequence[Branch]
    said: RecordValues | None

    @property
    def spent_minutes(self) -> int:
        """The labour spent on it."""
        return sum(one.minutes for one in self.times)


@get("/tasks/{task_id:int}", opt=dict(allows("tasks.read")))
async def show_task(request: Call, task_id: FromPath[int]) -> Response[str]:
    """Show a task; whoever has a part in it has opened it with that."""
    await database_of(request).run(service.open_task, task_id, principal_of(request).user_id, act=act_of(request))
    await note_seen(request, f"task:{task_id}")
    return await show(request, task_id, Form({}))


@post("/tasks/{task_id:int}/state", opt=dict(allows("tasks.edit")))
async def move_task(request: Call, task_id: FromPath[int]) -> Response[str]:
    """Take a task to another state of its cycle."""
    form = await read_form(request)
    who = principal_of(request)
    try:
        await database_of(request).run(
            take_step,
            task_id,
            form.text("to"),
            mover=Mover(who.role, who.user_id),
            comment=form.raw("comment"),
            act=act_of(request),
        )
    except LoyaltyError as error:
        form.refuse_by(error, ("comment",), "state")
        return await show(request, task_id, form)
    return redirect(back_of(form, f"/tasks/{task_id}"))


def back_of(form: Form, otherwise: str) -> str:
    """Give where a form leads back to: the first page or a page of tasks that it named, or another."""
    wanted = form.text("next")
    is_known = wanted == "/" or (wanted.startswith("/tasks/board") and "\\" not in wanted)
    return wanted if is_known else otherwise


@post("/tasks/{task_id:int}/watch", opt=dict(allows("tasks.edit")))
async def watch_task(request: Call, task_id: FromPath[int]) -> Response[str]:
    """Follow a task, or follow it no more."""
    form, user_id = await read_form(request), user_id_of(request)
    is_on = form.text("watch") == "yes"
    act = partial(service.watch_task, task_id=task_id, user_id=user_id, is_on=is_on, act=act_of(request))
    return await _do(request, task_id, form, act)


@post("/tasks/{task_id:int}/archive", opt=dict(allows("tasks.edit")))
async def archive_task(request: Call, task_id: FromPath[int]) -> Response[str]:
    """Put a task into the archive."""
    return await _do(
        request, task_id, await read_form(request), partial(service.archive_task, task_id=task_id, act=act_of(request))
    )


@post("/tasks/{task_id:int}/unarchive", opt=dict(allows("tasks.edit")))
async def unarchive_task(request: Call, task_id: FromPath[int]) -> Response[str]:
    """Take a task out of the archive."""
    return await _do(
        request,
        task_id,
        await read_form(request),
        partial(service.unarchive_task, task_id=task_id, act=act_of(request)),
    )


async def _do(
    call: Call, task_id: int, form: Form, act: Callable[[AsyncConnection], Awaitable[object]]
) -> Response[str]:
    """Do something to a task and show it again, or say why it cannot be."""
    try:
        await database_of(call).run(act)
    except LoyaltyError as error:
        form.refuse_by(error, (), "state")
        return await show(call, task_id, form)
    return redirect(f"/tasks/{task_id}")


async def show(call: Call, task_id: int, form: Form) -> Response[str]:
    """Show the page of a task, with what is wrong in one of its forms."""
    shown = await database_of(call).run(_load, call, task_id)
    user_id = principal_of(call).user_id
    return page(
        call,
        "task.html",
        status=REFUSED if form.problems else 200,
        here=f"/tasks/{task_id}",
        form=form,
        labels=LABELS,
        shown=shown,
        task=shown.task,
        around=shown.around,
        sums=parts.sum_resources(shown.resources),
        user_id=user_id,
        now=read_clock(),
        today=today_of(call),
        write_minutes=write_minutes,
        quantity_text=partial(QUANTITY.format, least_places=0),
        most=service_of(call).settings.file_megabytes,
    )


async def _load(connection: AsyncConnection, call: Call, task_id: int) -> Shown:
    task = await service.load_task(connection, task_id)
    comments = await parts.list_comments(connection, task_id)
    times = await parts.list_times(connection, task_id)
    around = await load_around(connection, [task], Named(people=frozenset(one.user_id for one in times)))
    who = principal_of(call)
    has_attributes = "attributes" not in modules_off_of(call)
    return Shown(
        task=task,
        around=around,
        choices=await load_choices(connection),
        steps=list_steps(around.kinds[task.kind], task.state, Mover(who.role, who.user_id), task.parts_of(who.user_id)),
        comments=comments,
        times=times,
        resources=await parts.list_resources(connection, task_id),
        files=await parts.list_files(connection, task_id),
        documents=await list_pool(connection, task_id),
        tree=await load_tree(connection, f"task:{task_id}"),
        said=await load_values(connection, "task", task_id) if has_attributes else None,
    )
