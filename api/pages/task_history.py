"""The history of a task: its states, for how long, by whom and why, and every change of a field."""

from collections.abc import Mapping
from datetime import timedelta

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.named import named_in
from api.pages.renderer import Call, database_of, language_of, page
from api.pages.shown_changes import tell_changes
from api.pages.task_around import Around, load_around
from api.pages.task_fields import speaker_of
from api.pages.task_words import FIELDS
from api.state import read_clock
from crm.attributes.model import Directory
from crm.attributes.repository import list_attributes
from crm.tasks.model import Task
from crm.tasks.service import load_task
from crm.tasks.states import History, load_history

_SETS: tuple[Directory, ...] = ("task",)


class _Shown(Struct, frozen=True):
    task: Task
    around: Around
    history: History
    attributes: dict[str, Mapping[str, str]]


@get("/tasks/{task_id:int}/history", opt=dict(allows("tasks.read")))
async def show_history(request: Call, task_id: FromPath[int]) -> Response[str]:
    """Show what happened to a task."""
    shown = await database_of(request).run(_load, task_id)
    say, language = speaker_of(request, shown.around), language_of(request)
    names = {code: one.get(language) or next(iter(one.values())) for code, one in shown.attributes.items()}
    return page(
        request,
        "task_history.html",
        task=shown.task,
        around=shown.around,
        history=shown.history,
        changes=tell_changes(shown.history.changes, FIELDS, say, names=names),
        whole=sum(shown.history.times.values(), timedelta()),
    )


async def _load(connection: AsyncConnection, task_id: int) -> _Shown:
    task = await load_task(connection, task_id)
    history = await load_history(connection, task_id, now=read_clock())
    named = named_in(side for one in history.changes for side in (one.before, one.after))
    attributes = await list_attributes(connection, _SETS, with_archived=True)
    around = await load_around(connection, [task], named)
    return _Shown(task, around, history, {one.code: one.names for one in attributes})
