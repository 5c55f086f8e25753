"""Tasks as other pages show them: those that a document is tied to, those of a party, and the way to tie one more."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from litestar import Response, get, post
from litestar.exceptions import ClientException
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.panels import MOST_ROWS, Panel, Viewed
from api.pages.queries import text
from api.pages.renderer import Call, database_of, has, page, principal_of, redirect
from api.pages.task_around import Around, load_around
from api.pages.task_words import FAMILY_PATHS
from api.pages.words import mark
from api.state import read_clock
from crm.papers.model import read_record
from crm.tasks.listing import TaskFilter, TaskRow
from crm.tasks.pool import attach
from crm.tasks.repository.listing import list_tasks
from loyalty.errors import LoyaltyError

TIE = "/tasks/tie"


class TiedTasks(Struct, frozen=True):
    """Some tasks and the names of what they refer to, None of none.

    `record` is the document that they are tied to, if it is one.
    """

    rows: tuple[TaskRow, ...]
    around: Around | None
    now: datetime
    record: str | None = None


async def load_tied(connection: AsyncConnection, call: Call, record: str) -> TiedTasks | None:
    """Load the newest tasks that a document is tied to; None for who may not read tasks."""
    if not has(call, "tasks.read"):
        return None
    wanted = TaskFilter(record=record, shown="any")
    now = read_clock()
    found = await list_tasks(connection, wanted, now=now, sort="changed", size=MOST_ROWS)
    return TiedTasks(found.rows, await _load_names(connection, found.rows), now, record)


async def _load_panel(connection: AsyncConnection, viewed: Viewed) -> TiedTasks:
    """Load the first tasks of a party, the open ones before the newest that are closed."""
    party_id = viewed.party.id
    rows = (await list_tasks(connection, TaskFilter(party_id=party_id), now=viewed.now, size=MOST_ROWS)).rows
    if len(rows) < MOST_ROWS:
        closed = TaskFilter(party_id=party_id, shown="closed")
        more = await list_tasks(connection, closed, now=viewed.now, sort="changed", size=MOST_ROWS - len(rows))
        rows += more.rows
    return TiedTasks(rows, await _load_names(connection, rows), viewed.now)


async def _load_names(connection: AsyncConnection, rows: Sequence[TaskRow]) -> Around | None:
    """Load the names of what tasks refer to; of none, which most documents have, nothing is asked."""
    return await load_around(connection, rows) if rows else None


PANELS: Mapping[str, Panel] = {
    "tasks": Panel(
        "tasks",
        "tasks.read",
        mark("Tasks"),
        "panel_tasks.html",
        _load_panel,
        "/tasks?party={id}&shown=any",
        mark("All"),
        width="wide",
    )
}


@get(TIE, opt=dict(allows("tasks.edit")))
async def show_tie(request: Call) -> Response[str]:
    """Ask to which task a document is to be tied."""
    return await _show(request, _read_record(text(request, "record")), Form({}))


@post(TIE, opt=dict(allows("tasks.edit")))
async def tie(request: Call) -> Response[str]:
    """Tie a document to a task, by the task's number."""
    form = await read_form(request)
    record = _read_record(form.text("record"))
    task_id = form.need("task", lambda typed: forms.count(typed.removeprefix("#")), 0)
    if not form.problems:
        try:
            await database_of(request).run(attach, task_id, record, act=act_of(request))
        except LoyaltyError as error:
            form.refuse_by(error, (), "task")
    if form.problems:
        return await _show(request, record, form)
    return redirect(_page_of(record))


def _read_record(typed: str) -> str:
    record = read_record(typed)
    if record is None:
        raise ClientException("record is none that this page knows")
    return record


def _page_of(record: str) -> str:
    family, _, key = record.partition(":")
    return f"{FAMILY_PATHS[family]}{key}"


async def _show(call: Call, record: str, form: Form) -> Response[str]:
    found = await database_of(call).run(_load_own, principal_of(call).user_id)
    return page(
        call,
        "task_tie.html",
        status=REFUSED if form.problems else 200,
        here=f"{TIE}?record={record}",
        record=record,
        back=_page_of(record),
        form=form,
        labels={"task": mark("Task")},
        tasks=found,
    )


async def _load_own(connection: AsyncConnection, user_id: int | None) -> TiedTasks:
    """Load the most urgent open tasks of somebody."""
    wanted = TaskFilter(executor_id=user_id or 0)
    now = read_clock()
    rows = (await list_tasks(connection, wanted, now=now, size=MOST_ROWS)).rows
    return TiedTasks(rows, await load_around(connection, rows), now)
