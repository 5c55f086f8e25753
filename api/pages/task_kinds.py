"""The settings of business cycles: the kinds of tasks, and the states and transitions of each."""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.params import FromPath

from api.auth.rights import allows
from api.pages.attribute_form import SOME_LANGUAGE
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.queries import whole_number
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.task_kind_form import fill_cycle, fill_kind, move_state, read_cycle, state_rows, way_rows
from api.pages.task_words import PARTS, STAGES
from api.pages.words import ROLES, mark
from crm.tasks.cycles import Kind, StateDraft, Transition
from crm.tasks.kinds import change_kind, list_kinds, load_kind, make_kind
from loyalty.errors import LoyaltyError

PATH = "/settings/task-kinds"
NEW = "/settings/new-task-kind"
LABELS: Mapping[str, str] = {
    "code": mark("Code"),
    "states": mark("States"),
    "transitions": mark("Transitions"),
    "archived": mark("In the archive"),
    "version": mark("Version"),
    **SOME_LANGUAGE,
}
_PATTERN = (
    [
        StateDraft("new", {"en": "New", "ru": "Новая", "uk": "Нове", "bg": "Нова"}, "new"),
        StateDraft("in_work", {"en": "In work", "ru": "В работе", "uk": "У роботі", "bg": "В работа"}, "active"),
        StateDraft("done", {"en": "Done", "ru": "Выполнена", "uk": "Виконано", "bg": "Изпълнена"}, "done"),
    ],
    [Transition("new", "in_work"), Transition("in_work", "done")],
)
"""What the form of a new kind shows: the shortest cycle that there is, to be filled up."""


@get(PATH, opt=dict(allows("settings.edit", module="tasks")))
async def show_kinds(request: Call) -> Response[str]:
    """Show the kinds of tasks."""
    kinds = await database_of(request).run(list_kinds)
    return page(request, "task_kinds.html", kinds=kinds)


@get(NEW, opt=dict(allows("settings.edit", module="tasks")))
async def show_new_kind(request: Call) -> Response[str]:
    """Show the form of a new kind with the shortest cycle."""
    return _show(request, Form(fill_cycle(*_PATTERN)), None)


@post(NEW, opt=dict(allows("settings.edit", module="tasks")))
async def make_new_kind(request: Call) -> Response[str]:
    """Make a kind, or show the form again with what is wrong."""
    form = await read_form(request)
    if form.text("up") or form.text("down"):
        return _show(request, move_state(form), None)
    draft = read_cycle(form)
    if not form.problems and not form.is_ticked("check"):
        try:
            await database_of(request).run(make_kind, form.text("code"), draft, act=act_of(request))
        except LoyaltyError as error:
            _refuse(form, error)
        else:
            return redirect(PATH)
    return _show(request, form, None)


@get("/settings/task-kinds/{code:str}", opt=dict(allows("settings.edit", module="tasks")))
async def show_kind(request: Call, code: FromPath[str]) -> Response[str]:
    """Show the form of a kind."""
    kind = await database_of(request).run(load_kind, code)
    return _show(request, fill_kind(kind), kind)


@post("/settings/task-kinds/{code:str}", opt=dict(allows("settings.edit", module="tasks")))
async def save_kind(request: Call, code: FromPath[str]) -> Response[str]:
    """Save a kind with its cycle, archive it or bring it back."""
    form, kind = await read_form(request), await database_of(request).run(load_kind, code)
    if form.text("up") or form.text("down"):
        return _show(request, move_state(form), kind)
    draft, seen = read_cycle(form), form.read("version", whole_number, 0)
    if not form.problems and not form.is_ticked("check"):
        try:
            await database_of(request).run(change_kind, code, draft, seen=seen, act=act_of(request))
        except LoyaltyError as error:
            _refuse(form, error)
        else:
            return redirect(PATH)
    return _show(request, form, kind)


def _refuse(form: Form, error: LoyaltyError) -> None:
    field = (error.field or "").partition("[")[0]
    named = {"names": "names.en"}.get(field, field)
    form.refuse_by(type(error)(error.detail, field=named), LABELS, "names.en")


def _show(call: Call, form: Form, kind: Kind | None) -> Response[str]:
    return page(
        call,
        "task_kind_form.html",
        status=REFUSED if form.problems else 200,
        here=NEW if kind is None else f"{PATH}/{kind.code}",
        form=form,
        kind=kind,
        labels=LABELS,
        rows=state_rows(form),
        ways=way_rows(form),
        known=set() if kind is None else {one.code for one in kind.states},
        stages={stage: word.text for stage, word in STAGES.items()},
        parts_of_tasks=PARTS,
        roles={role: text for role, text in ROLES.items() if role != "admin"},
    )
