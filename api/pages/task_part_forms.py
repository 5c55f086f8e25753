"""The small forms on the page of a task: comments, time, resources, files and documents, each added and taken away."""

from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import EMPTY, Form, read_form
from api.pages.renderer import Call, database_of, principal_of, redirect
from api.pages.task import LABELS, show
from api.pages.task_fields import minutes
from api.pages.uploads import give_file, read_file
from api.uploads import MOST_UPLOAD_BYTES
from crm.tasks import parts, pool
from loyalty.errors import LoyaltyError
from loyalty.money import MOST_QUANTITY, QUANTITY

Act = Callable[[AsyncConnection], Awaitable[object]]


@post("/tasks/{task_id:int}/comments", opt=dict(allows("tasks.edit")))
async def add_comment(request: Call, task_id: FromPath[int]) -> Response[str]:
    """Say something about a task."""
    form = await read_form(request)
    text = form.raw("text")
    if not text.strip():
        form.refuse("text", EMPTY)
    act = partial(parts.add_comment, task_id=task_id, text=text, act=act_of(request))
    return await _do(request, task_id, form, act, place="comments", field="text")


@post("/tasks/{task_id:int}/times", opt=dict(allows("tasks.edit")))
async def add_time(request: Call, task_id: FromPath[int]) -> Response[str]:
    """Enter one's own work on a task, or a colleague's."""
    form = await read_form(request)
    act = partial(
        parts.add_time,
        task_id=task_id,
        user_id=form.read("user_id", forms.count, principal_of(request).user_id or 0),
        on_date=form.need("on_date", forms.day, date.min),
        minutes=form.need("minutes", minutes, 0),
        note=form.raw("note"),
        act=act_of(request),
    )
    return await _do(request, task_id, form, act, place="times", field="minutes")


@post("/tasks/{task_id:int}/times/{time_id:int}/remove", opt=dict(allows("tasks.edit")))
async def remove_time(request: Call, task_id: FromPath[int], time_id: FromPath[int]) -> Response[str]:
    """Take an entry of time back."""
    act = partial(parts.remove_time, task_id=task_id, time_id=time_id, act=act_of(request))
    return await _do(request, task_id, await read_form(request), act, place="times", field="minutes")


@post("/tasks/{task_id:int}/resources", opt=dict(allows("tasks.edit")))
async def add_resource(request: Call, task_id: FromPath[int]) -> Response[str]:
    """Say what a task takes."""
    form = await read_form(request)
    act = partial(parts.add_resource, task_id=task_id, draft=_read_resource(form), act=act_of(request))
    return await _do(request, task_id, form, act, place="resources", field="name")


@post("/tasks/{task_id:int}/resources/{resource_id:int}", opt=dict(allows("tasks.edit")))
async def change_resource(request: Call, task_id: FromPath[int], resource_id: FromPath[int]) -> Response[str]:
    """Write a row of resources anew, or take it off the task."""
    form = await read_form(request)
    if form.is_ticked("remove"):
        gone = partial(parts.remove_resource, task_id=task_id, resource_id=resource_id, act=act_of(request))
        return await _do(request, task_id, form, gone, place="resources", field="name")
    act = partial(
        parts.change_resource,
        task_id=task_id,
        resource_id=resource_id,
        draft=_read_resource(form),
        act=act_of(request),
    )
    return await _do(request, task_id, form, act, place="resources", field="name")


def _read_resource(form: Form) -> parts.ResourceDraft:
    return parts.ResourceDraft(
        name=form.need("name", forms.short_text, ""),
        unit=form.need("unit", forms.short_text, ""),
        planned=form.read("planned", _quantity, 0),
        actual=form.read("actual", _quantity, 0),
    )


def _quantity(typed: str) -> int:
    return forms.bounded(QUANTITY, typed, least=0, most=MOST_QUANTITY)


@post("/tasks/{task_id:int}/files", opt=dict(allows("tasks.edit")), request_max_body_size=MOST_UPLOAD_BYTES)
async def add_file(request: Call, task_id: FromPath[int]) -> Response[str]:
    """Keep a file with a task, as the next version where it has one of the name."""
    form = await read_form(request)
    file = await read_file(request, form)
    if file is None:
        return await show(request, task_id, form)
    act = partial(parts.add_file, task_id=task_id, file=file, act=act_of(request))
    return await _do(request, task_id, form, act, place="files", field="file")


@get("/tasks/{task_id:int}/files/{file_id:int}", opt=dict(allows("tasks.read")))
async def download_file(request: Call, task_id: FromPath[int], file_id: FromPath[int]) -> Response[bytes]:
    """Give a version of a file to be kept; no browser runs it."""
    file, content = await database_of(request).run(parts.open_file, task_id, file_id)
    return give_file(file, content)


@post("/tasks/{task_id:int}/files/{file_id:int}/remove", opt=dict(allows("tasks.edit")))
async def remove_file(request: Call, task_id: FromPath[int], file_id: FromPath[int]) -> Response[str]:
    """Take one version of a file off a task."""
    act = partial(parts.remove_file, task_id=task_id, file_id=file_id, act=act_of(request))
    return await _do(request, task_id, await read_form(request), act, place="files", field="file")


@post("/tasks/{task_id:int}/documents", opt=dict(allows("tasks.edit")))
async def tie_document(request: Call, task_id: FromPath[int]) -> Response[str]:
    """Tie a document to a task."""
    form = await read_form(request)
    act = partial(pool.attach, task_id=task_id, typed=form.need("record", forms.short_text, ""), act=act_of(request))
    return await _do(request, task_id, form, act, place="documents", field="record")


@post("/tasks/{task_id:int}/documents/remove", opt=dict(allows("tasks.edit")))
async def untie_document(request: Call, task_id: FromPath[int]) -> Response[str]:
    """Untie a document from a task; both stay."""
    form = await read_form(request)
    act = partial(pool.detach, task_id=task_id, record=form.text("untie"), act=act_of(request))
    return await _do(request, task_id, form, act, place="documents", field="record")


async def _do(call: Call, task_id: int, form: Form, act: Act, *, place: str, field: str) -> Response[str]:
    """Do something to a task and lead to its place on the page, or show the page with what is wrong."""
    if not form.problems:
        try:
            await database_of(call).run(act)
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, field)
    return await show(call, task_id, form) if form.problems else redirect(f"/tasks/{task_id}#{place}")
