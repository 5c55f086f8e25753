"""The form of a task: new, prefilled by where it was begun, or edited from the version that the editor saw.

Whom the party's contact persons are, which phases the project has and whether the kind is a request depends on what is
chosen above; a button (or, with scripts, the choice itself) shows the form again with them and keeps what was typed.
"""

from collections.abc import Mapping, Sequence

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.attribute_values import YES_NO, fill_values, read_seen, read_values, with_users
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, WrongError, read_form, told
from api.pages.named import named_in
from api.pages.party_choice import find_named_party
from api.pages.queries import choice, text, whole_number
from api.pages.renderer import Call, database_of, modules_off_of, page, principal_of, redirect, user_id_of, zone_of
from api.pages.shown_changes import tell_differences
from api.pages.task_around import Around, Choices, load_around, load_choices
from api.pages.task_fields import fill_task, read_details, speaker_of
from api.pages.task_words import FIELDS, PRIORITIES, REMINDERS
from api.pages.words import mark
from crm.attributes.errors import AttributeUnknownError, AttributeValueRefusedError, ValuesChangedError
from crm.attributes.model import Directory, Given
from crm.attributes.repository import list_attributes
from crm.attributes.service import RecordValues, load_values, set_values
from crm.changes import Difference
from crm.origins.service import set_origin
from crm.parties.listing import load_names
from crm.parties.staffing import list_persons
from crm.tasks.beginning import Begun, find_begun
from crm.tasks.errors import TaskChangedError
from crm.tasks.kinds import list_kinds
from crm.tasks.model import Task, TaskDetails
from crm.tasks.repository.tasks import list_phases
from crm.tasks.service import change_task, load_task, make_task
from database.activity import Act
from loyalty.errors import LoyaltyError

NEW = "/tasks/new"
_SETS: tuple[Directory, ...] = ("task",)
_CHANGED = Problem(mark("Somebody else changed it meanwhile. Both values stand above; saving again puts yours."))
_OF_ATTRIBUTES = (AttributeUnknownError, AttributeValueRefusedError, ValuesChangedError)


class Shown(Struct, frozen=True):
    """What the form offers beside what was typed."""

    around: Around
    choices: Choices
    persons: Mapping[int, str]
    phases: Mapping[int, str]
    record: RecordValues | None


class Typed(Struct, frozen=True):
    """What was typed: the task's own fields, its attributes, and the values that the form had shown of these."""

    details: TaskDetails
    attributes: Mapping[str, Given]
    seen: Mapping[str, Given]


@get(NEW, opt=dict(allows("tasks.edit")))
async def show_new_task(request: Call) -> Response[str]:
    """Show the empty form with what the address says: kind, title, party, project, phase, and `from` which record."""
    record = text(request, "from")
    begun = await database_of(request).run(_begin, request, record)
    details = TaskDetails(
        kind=text(request, "kind"),
        title=text(request, "title") or begun.title,
        executor_id=principal_of(request).user_id,
        party_id=begun.party_id,
        project_id=begun.project_id,
        phase_id=begun.phase_id,
    )
    party = await database_of(request).run(load_names, [] if begun.party_id is None else [begun.party_id])
    typed = fill_task(details, zone=zone_of(request), party=party.get(begun.party_id or 0))
    return await _show(request, Form(typed | {"from": record}), None)


async def _begin(connection: AsyncConnection, call: Call, record: str) -> Begun:
    """Give what a new task takes from the address, and from the record that it names."""
    begun = (await find_begun(connection, record) if record else None) or Begun()
    return Begun(
        begun.title,
        choice(call, "party", whole_number) or begun.party_id,
        choice(call, "project", whole_number) or begun.project_id,
        choice(call, "phase", whole_number) or begun.phase_id,
    )


@post(NEW, opt=dict(allows("tasks.edit")))
async def make_new_task(request: Call) -> Response[str]:
    """Make a task, or show the form again with what is wrong."""
    form, author_id = await read_form(request), user_id_of(request)
    typed = await database_of(request).run(_read, request, form, None)
    if form.problems or form.is_ticked("check"):
        return await _show(request, form, None)
    try:
        made = await database_of(request).run(
            _make, typed, author_id=author_id, made_from=form.text("from"), act=act_of(request)
        )
    except LoyaltyError as error:
        _refuse(form, error)
        return await _show(request, form, None)
    return redirect(f"/tasks/{made.id}")


async def _make(connection: AsyncConnection, typed: Typed, *, author_id: int, made_from: str, act: Act) -> Task:
    made = await make_task(connection, typed.details, author_id=author_id, act=act)
    if any(value not in (None, "", []) for value in typed.attributes.values()):
        await set_values(connection, "task", made.id, typed.attributes, act=act)
    if made_from and await find_begun(connection, made_from) is not None:
        await set_origin(connection, f"task:{made.id}", made_from, act=act)
    return made


@get("/tasks/{task_id:int}/edit", opt=dict(allows("tasks.edit")))
async def show_task_form(request: Call, task_id: FromPath[int]) -> Response[str]:
    """Show the form of a task."""
    task = await database_of(request).run(load_task, task_id)
    names = await database_of(request).run(load_names, [] if task.party_id is None else [task.party_id])
    typed = fill_task(task, zone=zone_of(request), party=names.get(task.party_id or 0))
    return await _show(request, Form(typed | {"version": str(task.version)}), task)


@post("/tasks/{task_id:int}/edit", opt=dict(allows("tasks.edit")))
async def save_task(request: Call, task_id: FromPath[int]) -> Response[str]:
    """Save a task, or show the form again with what is wrong, or what somebody else changed meanwhile."""
    form, before = await read_form(request), await database_of(request).run(load_task, task_id)
    typed = await database_of(request).run(_read, request, form, before)
    seen = form.read("version", whole_number, 0)
    if form.problems or form.is_ticked("check"):
        return await _show(request, form, before)
    try:
        await database_of(request).run(_change, task_id, typed, seen=seen, act=act_of(request))
    except TaskChangedError as error:
        form.refuse("version", _CHANGED)
        return await _show(request, form, before, error.differences)
    except LoyaltyError as error:
        _refuse(form, error)
        return await _show(request, form, before)
    return redirect(f"/tasks/{task_id}")


async def _change(connection: AsyncConnection, task_id: int, typed: Typed, *, seen: int, act: Act) -> None:
    await change_task(connection, task_id, typed.details, seen=seen, act=act)
    if typed.attributes:
        await set_values(connection, "task", task_id, typed.attributes, seen=typed.seen, act=act)


async def _read(connection: AsyncConnection, call: Call, form: Form, before: Task | None) -> Typed:
    """Read the whole form; what is wrong is put beside its field."""
    party_id = None
    try:
        party_id = await find_named_party(connection, form.text("party_id"))
    except WrongError as error:
        form.refuse("party_id", error.problem)
    kind = form.text("kind") or next(one.code for one in await list_kinds(connection) if not one.is_archived)
    details = read_details(form, kind=kind, party_id=party_id, zone=zone_of(call), before=before)
    record = await _load_attributes(connection, call, before)
    if record is None or not form.raw("seen"):  # a short form, which asks for no attributes
        return Typed(details, {}, {})
    return Typed(details, await read_values(connection, form, record), read_seen(form))


def _refuse(form: Form, error: LoyaltyError) -> None:
    if isinstance(error, _OF_ATTRIBUTES):
        form.refuse(f"attribute.{error.field}", told(error.detail))
    else:
        form.refuse_by(error, FIELDS, "title")


async def _show(call: Call, form: Form, before: Task | None, differences: Sequence[Difference] = ()) -> Response[str]:
    shown = await database_of(call).run(_load, call, form, before, differences)
    values = None if shown.record is None else await with_users(call, shown.record, _typed_values(form, shown.record))
    now = before if before is None else await database_of(call).run(load_task, before.id)
    return page(
        call,
        "task_form.html",
        status=REFUSED if form.problems else 200,
        here=NEW if before is None else f"/tasks/{before.id}/edit",
        form=form,
        labels={**FIELDS, **({} if values is None else values.labels)},
        task=now,
        shown=shown,
        kind=shown.around.kinds.get(form.text("kind")) or next(iter(shown.around.open_kinds)),
        values=values,
        yes_no=YES_NO,
        compared=tell_differences(differences, FIELDS, speaker_of(call, shown.around)),
        priorities={str(value): word.text for value, word in PRIORITIES.items()},
        reminders=REMINDERS,
    )


def _typed_values(form: Form, record: RecordValues) -> Form:
    """Give the fields of attributes: as they were typed, or as they stand where the form was just opened."""
    return form if form.raw("seen") else fill_values(record)


async def _load(
    connection: AsyncConnection, call: Call, form: Form, before: Task | None, differences: Sequence[Difference]
) -> Shown:
    party_id = await _find_party(connection, form.text("party_id"))
    persons = [] if party_id is None else await list_persons(connection, party_id)
    project = form.text("project_id")
    phases = await list_phases(connection, [int(project)] if project.isascii() and project.isdigit() else [])
    named = named_in({one.field: value} for one in differences for value in (one.yours, one.theirs, one.base))
    around = await load_around(connection, [] if before is None else [before], named)
    choices = await load_choices(connection)
    return Shown(
        around=around,
        choices=Choices({**around.people, **choices.people}, {**around.projects, **choices.projects}),
        persons={one.person.person_id: one.person_name for one in persons},
        phases={phase_id: name for phase_id, (_, name) in phases.items()},
        record=await _load_attributes(connection, call, before),
    )


async def _find_party(connection: AsyncConnection, typed: str) -> int | None:
    try:
        return await find_named_party(connection, typed)
    except WrongError:
        return None


async def _load_attributes(connection: AsyncConnection, call: Call, task: Task | None) -> RecordValues | None:
    """Load what may be said of tasks beyond their own fields; None where there is nothing such."""
    if "attributes" in modules_off_of(call):
        return None
    if task is not None:
        record = await load_values(connection, "task", task.id)
    else:
        record = RecordValues(0, await list_attributes(connection, _SETS), {})
    return record if record.attributes else None
