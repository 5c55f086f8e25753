"""The history of a task: its states, for how long, by whom and why, and every change of a field."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.renderer import Call, database_of, language_of, page
from api.pages.task_around import Around, load_around, named_in
from api.pages.task_fields import speaker_of
from api.pages.task_words import FIELDS
from api.state import read_clock
from crm.attributes.model import Directory
from crm.attributes.repository import list_attributes
from crm.tasks.model import Task
from crm.tasks.repository.states import Change
from crm.tasks.service import load_task
from crm.tasks.states import History, load_history

_SETS: tuple[Directory, ...] = ("task",)


class ShownValue(Struct, frozen=True):
    """A field that was changed, in words; `is_marked` where its name is one of our own texts."""

    label: str
    is_marked: bool
    old: str
    new: str


class ShownChange(Struct, frozen=True):
    """A change in words."""

    change: Change
    values: list[ShownValue]


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
        changes=[ShownChange(one, _tell(one, say, names)) for one in shown.history.changes],
        whole=sum(shown.history.times.values(), timedelta()),
    )


async def _load(connection: AsyncConnection, task_id: int) -> _Shown:
    task = await load_task(connection, task_id)
    history = await load_history(connection, task_id, now=read_clock())
    named = named_in(side for one in history.changes for side in (one.before, one.after))
    attributes = await list_attributes(connection, _SETS, with_archived=True)
    around = await load_around(connection, [task], named)
    return _Shown(task, around, history, {one.code: one.names for one in attributes})


def _tell(change: Change, say: Callable[[str, object], str], names: Mapping[str, str]) -> list[ShownValue]:
    """Put the fields of a change into words; those that are none of the task's own are attributes."""
    return [
        ShownValue(
            FIELDS.get(field) or names.get(field, field),
            field in FIELDS,
            say(field, change.before.get(field)),
            say(field, value),
        )
        for field, value in change.after.items()
    ]
