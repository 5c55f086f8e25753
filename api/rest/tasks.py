"""Tasks: made, listed, changed, taken through their business cycle, archived."""

from datetime import datetime
from typing import Annotated

from litestar import Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.problems import CHANGED, PROBLEMS
from api.rest.task_bodies import NewTask, StepBody, TaskAnswer, TaskChange, TasksAnswer, render_row, render_task
from api.state import read_clock
from crm.origins.service import set_origin
from crm.tasks import service as tasks
from crm.tasks.cycles import Mover, list_steps
from crm.tasks.kinds import load_kind
from crm.tasks.listing import PlaceError, Shown, Sort, TabCounts, TaskFilter, parse_place, print_place
from crm.tasks.model import Priority, Tab, Task, TaskDetails
from crm.tasks.repository.listing import count_tabs, count_unseen, list_tasks
from crm.tasks.states import take_step
from database.activity import Act
from pos_adapter.problems import BodyError


class UnseenAnswer(Struct, frozen=True):
    """How many open tasks others gave the caller who never opened them, up to 1,001."""

    unseen: int


@get("/v1/tasks", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_tasks(  # noqa: PLR0917 - the framework gives them by name
    request: Call,
    tab: FromQuery[Tab] = "all",
    shown: FromQuery[Shown] = "open",
    kind: FromQuery[str | None] = None,
    in_state: Annotated[str | None, QueryParameter(name="state")] = None,
    executor_id: FromQuery[int | None] = None,
    author_id: FromQuery[int | None] = None,
    department: FromQuery[str | None] = None,
    party_id: FromQuery[int | None] = None,
    project_id: FromQuery[int | None] = None,
    priority: FromQuery[Priority | None] = None,
    overdue: FromQuery[bool] = False,  # noqa: FBT002 - a query field
    unseen: FromQuery[bool] = False,  # noqa: FBT002 - a query field
    due_since: FromQuery[datetime | None] = None,
    due_before: FromQuery[datetime | None] = None,
    text: FromQuery[str | None] = None,
    document: FromQuery[str | None] = None,
    sort: FromQuery[Sort] = "priority",
    after: FromQuery[str | None] = None,
) -> TasksAnswer:
    """List tasks by whatever is known of them, the most urgent first, page by page.

    `tab` is what they are to the caller, `shown` a stage or open, closed or any of them; `document` is a record that is
    tied to them, such as `receipt:<uuid>`.
    """
    wanted = TaskFilter(
        tab=tab,
        viewer_id=_viewer(request, tab, is_unseen=unseen),
        shown=shown,
        kind=kind,
        state=in_state,
        executor_id=executor_id,
        author_id=author_id,
        department=department,
        party_id=party_id,
        project_id=project_id,
        priority=priority,
        is_overdue=overdue,
        is_unseen=unseen,
        due_since=_aware(due_since, "due_since"),
        due_before=_aware(due_before, "due_before"),
        words=text,
        record=document,
    )
    return await _list(request, wanted, sort, after)


async def _list(call: Call, wanted: TaskFilter, sort: Sort, after: str | None) -> TasksAnswer:
    now = read_clock()
    try:
        place = None if after is None else parse_place(after, sort)
    except PlaceError as error:
        raise BodyError("after", "must be the `next` of the page before") from error
    found = await service_of(call).database.run(list_tasks, wanted, now=now, sort=sort, place=place)
    last = None if found.on is None else print_place(found.on)
    return TasksAnswer([render_row(row, now=now) for row in found.rows], last)


@post("/v1/tasks", opt=dict(allows("tasks.edit")), dto=Body, return_dto=None, responses=PROBLEMS)
async def make_task(request: Call, data: JSONBody[NewTask]) -> TaskAnswer:
    """Make a task, in the first state of its kind."""
    author_id = request.user.user_id or data.author_id
    if author_id is None:
        raise BodyError("author_id", "a program says whose task it is")
    made = await service_of(request).database.run(
        _make, data.read(), author_id=author_id, made_from=data.made_from, act=act_of(request)
    )
    return await answer_task(request, made)


async def _make(
    connection: AsyncConnection, details: TaskDetails, *, author_id: int, made_from: str | None, act: Act
) -> Task:
    made = await tasks.make_task(connection, details, author_id=author_id, act=act)
    if made_from is not None:
        await set_origin(connection, f"task:{made.id}", made_from, act=act)
    return made


@get("/v1/tasks/counts", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_counts(request: Call) -> TabCounts:
    """Count the open tasks of each of the caller's tabs, up to 1,001."""
    return await service_of(request).database.run(count_tabs, request.user.user_id or 0)


@get("/v1/tasks/unseen", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_unseen(request: Call) -> UnseenAnswer:
    """Count the tasks that others gave the caller who never opened them."""
    return UnseenAnswer(await service_of(request).database.run(count_unseen, request.user.user_id or 0))


@get("/v1/tasks/{task_id:int}", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_task(request: Call, task_id: FromPath[int]) -> TaskAnswer:
    """Read a task; whoever it was given to has opened it with that."""
    found = await service_of(request).database.run(tasks.open_task, task_id, request.user.user_id, act=act_of(request))
    return await answer_task(request, found)


@put("/v1/tasks/{task_id:int}", opt=dict(allows("tasks.edit")), dto=Body, return_dto=None, responses=CHANGED)
async def change_task(request: Call, task_id: FromPath[int], data: JSONBody[TaskChange]) -> TaskAnswer:
    """Change the fields of a task; what somebody else changed meanwhile is told and not written over."""
    changed = await service_of(request).database.run(
        tasks.change_task, task_id, data.read(), seen=data.version, act=act_of(request)
    )
    return await answer_task(request, changed)


@post(
    "/v1/tasks/{task_id:int}/state",
    opt=dict(allows("tasks.edit")),
    dto=Body,
    return_dto=None,
    status_code=200,
    responses=PROBLEMS,
)
async def move_task(request: Call, task_id: FromPath[int], data: JSONBody[StepBody]) -> TaskAnswer:
    """Take a task to another state, where the business cycle of its kind allows it to the caller."""
    mover = Mover(request.user.role, request.user.user_id)
    moved = await service_of(request).database.run(
        take_step, task_id, data.state, mover=mover, comment=data.comment, act=act_of(request)
    )
    return await answer_task(request, moved)


@post("/v1/tasks/{task_id:int}/archive", opt=dict(allows("tasks.edit")), status_code=200, responses=PROBLEMS)
async def archive_task(request: Call, task_id: FromPath[int]) -> TaskAnswer:
    """Put a task away."""
    database = service_of(request).database
    return await answer_task(request, await database.run(tasks.archive_task, task_id, act=act_of(request)))


@post("/v1/tasks/{task_id:int}/unarchive", opt=dict(allows("tasks.edit")), status_code=200, responses=PROBLEMS)
async def unarchive_task(request: Call, task_id: FromPath[int]) -> TaskAnswer:
    """Take a task out of the archive."""
    database = service_of(request).database
    return await answer_task(request, await database.run(tasks.unarchive_task, task_id, act=act_of(request)))


async def answer_task(call: Call, task: Task) -> TaskAnswer:
    """Answer with a task as who calls sees it."""
    kind = await service_of(call).database.run(load_kind, task.kind)
    user_id = call.user.user_id
    steps = list_steps(kind, task.state, Mover(call.user.role, user_id), task.parts_of(user_id))
    return render_task(task, steps, user_id=user_id, now=read_clock())


def _viewer(call: Call, tab: Tab, *, is_unseen: bool) -> int | None:
    """Give whose tab is asked for. Raises BodyError for a program, which has none."""
    if call.user.user_id is None and (tab != "all" or is_unseen):
        raise BodyError("tab", "a program has no tasks of its own: ask by executor_id or author_id")
    return call.user.user_id


def _aware(moment: datetime | None, field: str) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise BodyError(field, "must have an offset from UTC")
    return moment


router = Router(
    "/",
    route_handlers=[
        get_tasks,
        make_task,
        get_counts,
        get_unseen,
        get_task,
        change_task,
        move_task,
        archive_task,
        unarchive_task,
    ],
    tags=["Tasks"],
)
