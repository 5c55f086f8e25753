"""What is kept with a task: comments, entries of time, resources, files by version, tied documents, and its history.

Quantities are decimal strings. What files hold is never run: every file leaves as a download of the type that its bytes
say.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from litestar import Response, Router, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from api.auth.rights import allows
from api.rest.bodies import Body, Identifier
from api.rest.calls import Call, act_of, service_of
from api.rest.problems import PROBLEMS
from api.rest.uploads import Upload
from api.state import read_clock
from api.uploads import MOST_UPLOAD_BYTES, answer_file, receive_file
from crm.changes import Change
from crm.papers.model import Paper
from crm.tasks import parts, pool
from crm.tasks.model import MOST_COMMENT
from crm.tasks.parts import MINUTES_OF_A_DAY, ResourceDraft
from crm.tasks.repository.parts import Comment, TimeEntry
from crm.tasks.service import load_task
from crm.tasks.states import load_history
from loyalty.money import QUANTITY, format_quantity
from pos_adapter.parsing import parse_decimal
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Decimal, Text, Wire


class CommentBody(Wire, frozen=True):
    """What is said about a task; `@login` names a colleague."""

    text: Annotated[str, Meta(min_length=1, max_length=MOST_COMMENT)]


class TimeBody(Wire, frozen=True):
    """Work on a task; without a user it is the caller's own."""

    on_date: date
    minutes: Annotated[int, Meta(ge=1, le=MINUTES_OF_A_DAY)]
    user_id: Identifier | None = None
    note: Text | None = None


class ResourceBody(Wire, frozen=True):
    """What a task is to take, and took."""

    name: Text
    unit: Annotated[str, Meta(min_length=1, max_length=20)]
    planned: Decimal | None = None
    actual: Decimal | None = None


class DocumentBody(Wire, frozen=True):
    """A document: its record such as `receipt:<uuid>` or `business_document:5`, or the number of an order."""

    record: Text


class TaskPartKept(Struct, frozen=True):
    """The identifier of what was kept."""

    id: int


class CommentsAnswer(Struct, frozen=True):
    """What was said about a task, the oldest first."""

    comments: list[Comment]


class TimesAnswer(Struct, frozen=True):
    """The work on a task, the newest day first, and its sum."""

    times: list[TimeEntry]
    total_minutes: int


class ResourceAnswer(Struct, frozen=True):
    """What a task takes; `difference` is how much more was taken than was planned."""

    id: int
    name: str
    unit: str
    planned: str
    actual: str
    difference: str


class ResourceSum(Struct, frozen=True):
    """The sums of one unit."""

    unit: str
    planned: str
    actual: str
    difference: str


class ResourcesAnswer(Struct, frozen=True):
    """What a task takes, and the sums of each unit."""

    resources: list[ResourceAnswer]
    totals: list[ResourceSum]


class TaskFileAnswer(Struct, frozen=True):
    """A version of a file of a task."""

    id: int
    name: str
    version: int
    media_type: str
    size: int
    actor: str
    at: datetime


class TaskFilesAnswer(Struct, frozen=True):
    """The files of a task by name, the newest version of each first."""

    files: list[TaskFileAnswer]


class DocumentsAnswer(Struct, frozen=True):
    """The documents of a task, the first tied first."""

    documents: list[Paper]


class StayAnswer(Struct, frozen=True):
    """A stay in a state; the last one has no end, and lasts until now."""

    state: str
    source: str | None
    at: datetime
    until: datetime | None
    seconds: int
    actor: str
    comment: str | None


class HistoryAnswer(Struct, frozen=True):
    """What happened to a task: its stays, the seconds in each state, and changes of fields, the newest first."""

    stays: list[StayAnswer]
    seconds: Mapping[str, int]
    changes: Sequence[Change]


@get("/history", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_history(request: Call, task_id: FromPath[int]) -> HistoryAnswer:
    """Read each state that a task came through and for how long, and every change of its fields."""
    found = await service_of(request).database.run(load_history, task_id, now=read_clock())
    stays = [
        StayAnswer(
            one.passed.target,
            one.passed.source,
            one.passed.at,
            one.until,
            int(one.time.total_seconds()),
            one.passed.actor,
            one.passed.comment,
        )
        for one in found.stays
    ]
    seconds = {code: int(time.total_seconds()) for code, time in found.times.items()}
    return HistoryAnswer(stays, seconds, found.changes)


@get("/comments", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_comments(request: Call, task_id: FromPath[int]) -> CommentsAnswer:
    """List what was said about a task."""
    await _check(request, task_id)
    return CommentsAnswer(list(await service_of(request).database.run(parts.list_comments, task_id)))


@post("/comments", dto=Body, return_dto=None, responses=PROBLEMS)
async def post_comment(request: Call, task_id: FromPath[int], data: JSONBody[CommentBody]) -> TaskPartKept:
    """Say something about a task."""
    kept = await service_of(request).database.run(parts.add_comment, task_id, data.text, act=act_of(request))
    return TaskPartKept(kept)


@get("/times", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_times(request: Call, task_id: FromPath[int]) -> TimesAnswer:
    """List the work on a task, with its sum."""
    await _check(request, task_id)
    found = list(await service_of(request).database.run(parts.list_times, task_id))
    return TimesAnswer(found, sum(one.minutes for one in found))


@post("/times", dto=Body, return_dto=None, responses=PROBLEMS)
async def post_time(request: Call, task_id: FromPath[int], data: JSONBody[TimeBody]) -> TaskPartKept:
    """Enter work on a task."""
    user_id = data.user_id or request.user.user_id
    if user_id is None:
        raise BodyError("user_id", "a program says whose work it is")
    kept = await service_of(request).database.run(
        parts.add_time,
        task_id,
        user_id=user_id,
        on_date=data.on_date,
        minutes=data.minutes,
        note=data.note,
        act=act_of(request),
    )
    return TaskPartKept(kept)


@delete("/times/{part_id:int}", status_code=204, responses=PROBLEMS)
async def delete_time(request: Call, task_id: FromPath[int], part_id: FromPath[int]) -> None:
    """Take an entry of time back."""
    await service_of(request).database.run(parts.remove_time, task_id, part_id, act=act_of(request))


@get("/resources", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_resources(request: Call, task_id: FromPath[int]) -> ResourcesAnswer:
    """List what a task takes: planned, actual and the difference, of each row and of each unit."""
    await _check(request, task_id)
    rows = await service_of(request).database.run(parts.list_resources, task_id)
    return ResourcesAnswer(
        [ResourceAnswer(one.id, one.name, one.unit, *_quantities(one.planned, one.actual)) for one in rows],
        [ResourceSum(unit, *_quantities(*sums)) for unit, sums in parts.sum_resources(rows).items()],
    )


@post("/resources", dto=Body, return_dto=None, responses=PROBLEMS)
async def post_resource(request: Call, task_id: FromPath[int], data: JSONBody[ResourceBody]) -> TaskPartKept:
    """Say what a task takes."""
    kept = await service_of(request).database.run(parts.add_resource, task_id, _read(data), act=act_of(request))
    return TaskPartKept(kept)


@put("/resources/{part_id:int}", dto=Body, return_dto=None, responses=PROBLEMS)
async def put_resource(
    request: Call, task_id: FromPath[int], part_id: FromPath[int], data: JSONBody[ResourceBody]
) -> TaskPartKept:
    """Write a row of resources anew."""
    database = service_of(request).database
    await database.run(parts.change_resource, task_id, part_id, _read(data), act=act_of(request))
    return TaskPartKept(part_id)


@delete("/resources/{part_id:int}", status_code=204, responses=PROBLEMS)
async def delete_resource(request: Call, task_id: FromPath[int], part_id: FromPath[int]) -> None:
    """Take a row of resources off a task."""
    await service_of(request).database.run(parts.remove_resource, task_id, part_id, act=act_of(request))


@get("/files", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_task_files(request: Call, task_id: FromPath[int]) -> TaskFilesAnswer:
    """List the files of a task with all their versions."""
    await _check(request, task_id)
    found = await service_of(request).database.run(parts.list_files, task_id)
    names = TaskFileAnswer.__struct_fields__
    return TaskFilesAnswer([TaskFileAnswer(**{name: getattr(one, name) for name in names}) for one in found])


@post("/files", request_max_body_size=MOST_UPLOAD_BYTES, responses=PROBLEMS)
async def post_task_file(request: Call, task_id: FromPath[int], data: Upload) -> TaskPartKept:
    """Keep a file with a task, sent as the one file of a form; of a name that it has it is the next version."""
    service = service_of(request)
    file = await receive_file(data, service.settings)
    return TaskPartKept(await service.database.run(parts.add_file, task_id, file, act=act_of(request)))


@get("/files/{part_id:int}", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_task_file(request: Call, task_id: FromPath[int], part_id: FromPath[int]) -> Response[bytes]:
    """Download a version of a file."""
    file, content = await service_of(request).database.run(parts.open_file, task_id, part_id)
    return answer_file(file, content)


@delete("/files/{part_id:int}", status_code=204, responses=PROBLEMS)
async def delete_task_file(request: Call, task_id: FromPath[int], part_id: FromPath[int]) -> None:
    """Take one version of a file off a task."""
    await service_of(request).database.run(parts.remove_file, task_id, part_id, act=act_of(request))


@get("/documents", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_documents(request: Call, task_id: FromPath[int]) -> DocumentsAnswer:
    """List the documents of a task."""
    return DocumentsAnswer(await service_of(request).database.run(pool.list_pool, task_id))


@post("/documents", dto=Body, return_dto=None, responses=PROBLEMS)
async def tie_document(request: Call, task_id: FromPath[int], data: JSONBody[DocumentBody]) -> DocumentsAnswer:
    """Tie a document to a task; neither of them changes."""
    database = service_of(request).database
    await database.run(pool.attach, task_id, data.record, act=act_of(request))
    return DocumentsAnswer(await database.run(pool.list_pool, task_id))


@delete("/documents", status_code=200, responses=PROBLEMS)
async def untie_document(request: Call, task_id: FromPath[int], record: FromQuery[str]) -> DocumentsAnswer:
    """Untie a document from a task; both stay."""
    database = service_of(request).database
    await database.run(pool.detach, task_id, record, act=act_of(request))
    return DocumentsAnswer(await database.run(pool.list_pool, task_id))


async def _check(call: Call, task_id: int) -> None:
    """Raise TaskNotFoundError for a task that is not there."""
    await service_of(call).database.run(load_task, task_id)


def _read(body: ResourceBody) -> ResourceDraft:
    planned = parse_decimal(QUANTITY, body.planned or "0", "planned")
    return ResourceDraft(body.name, body.unit, planned, parse_decimal(QUANTITY, body.actual or "0", "actual"))


def _quantities(planned: int, actual: int) -> tuple[str, str, str]:
    return format_quantity(planned), format_quantity(actual), format_quantity(actual - planned)


router = Router(
    "/v1/tasks/{task_id:int}",
    route_handlers=[
        get_history,
        get_comments,
        post_comment,
        get_times,
        post_time,
        delete_time,
        get_resources,
        post_resource,
        put_resource,
        delete_resource,
        get_task_files,
        post_task_file,
        get_task_file,
        delete_task_file,
        get_documents,
        tie_document,
        untie_document,
    ],
    opt=dict(allows("tasks.edit")),
    tags=["Tasks"],
)
