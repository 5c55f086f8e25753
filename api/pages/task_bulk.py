"""The same act on the tasks that were ticked in the list: given to somebody, done, archived; and taken back.

Key idea: the list comes back as it was, with what was done above it and, for an hour, the button that takes it back.
"""

from collections.abc import Mapping
from datetime import datetime

from litestar import Response, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import Form, read_form
from api.pages.queries import choice, whole_number
from api.pages.renderer import Call, database_of, principal_of, redirect, user_id_of
from api.pages.words import mark
from api.state import read_clock
from crm.tasks.bulk import UNDO_FOR, Wanted, change_tasks, undo_bulk
from crm.tasks.cycles import Mover
from crm.tasks.model import Bulk, BulkAct
from crm.tasks.repository.bulk import find_bulk
from loyalty.errors import LoyaltyError

LIST = "/tasks"
DONE: Mapping[BulkAct, str] = {
    "assign": mark("Tasks given to somebody: %(count)s."),
    "done": mark("Tasks done: %(count)s."),
    "archive": mark("Tasks archived: %(count)s."),
}
_ACTS: Mapping[str, BulkAct] = {one: one for one in DONE}


class Told(Struct, frozen=True):
    """What an act on many did, and until when it can be taken back; None where it cannot any more."""

    bulk: Bulk
    text: str
    until: datetime | None


@post("/tasks/change", opt=dict(allows("tasks.edit")))
async def change_ticked_tasks(request: Call) -> Response[str]:
    """Do an act on the ticked tasks and lead back to the list."""
    form, back = await _read(request)
    wanted = _read_wanted(form)
    ids = _ticked(form)
    if wanted is None or not ids:
        return redirect(_with(back, "none=yes"))
    who = principal_of(request)
    bulk_id = await database_of(request).run(
        change_tasks, ids, wanted, mover=Mover(who.role, who.user_id), act=act_of(request)
    )
    return redirect(_with(back, f"bulk={bulk_id}"))


@post("/tasks/changes/{bulk_id:int}/undo", opt=dict(allows("tasks.edit")))
async def undo_task_change(request: Call, bulk_id: FromPath[int]) -> Response[str]:
    """Take an act back; one that is over stays as it is, and the list says so."""
    _, back = await _read(request)
    try:
        await database_of(request).run(undo_bulk, bulk_id, user_id_of(request), act=act_of(request))
    except LoyaltyError:
        return redirect(back)
    return redirect(_with(back, f"bulk={bulk_id}"))


async def load_told(connection: AsyncConnection, call: Call) -> Told | None:
    """Read what the reader's act on many did, where the address names one."""
    bulk_id = choice(call, "bulk", whole_number)
    found = None if bulk_id is None else await find_bulk(connection, bulk_id, user_id_of(call))
    if found is None:
        return None
    until = found.at + UNDO_FOR
    can_undo = found.undone_at is None and found.kept and read_clock() < until
    return Told(found, DONE[found.act], until if can_undo else None)


async def _read(call: Call) -> tuple[Form, str]:
    """Read a form and the address of the list that it leads back to."""
    form = await read_form(call)
    wanted = form.text("next")
    is_list = wanted == LIST or wanted.startswith(f"{LIST}?")
    return form, wanted if is_list and "\\" not in wanted else LIST


def _read_wanted(form: Form) -> Wanted | None:
    act = _ACTS.get(form.text("act"))
    executor_id = form.read("to", forms.count, None)
    if act is None or (act == "assign" and executor_id is None):
        return None
    return Wanted(act, executor_id if act == "assign" else None)


def _ticked(form: Form) -> list[int]:
    try:
        return [whole_number(one) for one in form.texts("task")]
    except ValueError:
        return []


def _with(back: str, told: str) -> str:
    return f"{back}{'&' if '?' in back else '?'}{told}"
