"""The form of a project, new or edited from the version that the editor saw."""

from collections.abc import Mapping, Sequence
from datetime import date

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, WrongError, read_form
from api.pages.party_choice import find_named_party
from api.pages.project_words import FIELDS
from api.pages.queries import choice, whole_number
from api.pages.renderer import Call, database_of, formats_of, language_of, page, principal_of, redirect
from api.pages.shown_changes import NOTHING, Speak, tell_differences
from api.pages.words import mark
from crm.changes import Difference
from crm.colleagues.repository import find_colleagues, list_colleagues
from crm.directories.model import Entry
from crm.directories.service import list_entries
from crm.parties.listing import load_names
from crm.projects import service
from crm.projects.errors import ProjectChangedError
from crm.projects.model import Project, ProjectDetails
from loyalty.errors import LoyaltyError

NEW = "/projects/new"
CHANGED = Problem(mark("Somebody else changed it meanwhile. Both values stand above; saving again puts yours."))


class Offered(Struct, frozen=True):
    """What the form offers, and the names of what two people changed: kinds, colleagues, parties."""

    kinds: Mapping[str, Entry]
    people: Mapping[int, str]
    parties: Mapping[int, str]


@get(NEW, opt=dict(allows("tasks.edit")))
async def show_new_project(request: Call) -> Response[str]:
    """Show the empty form, of the party that the address names."""
    party_id = choice(request, "party", whole_number)
    names = await database_of(request).run(load_names, [] if party_id is None else [party_id])
    typed = {"manager_id": str(principal_of(request).user_id), "party_id": _name_party(party_id, names)}
    return await _show(request, Form(typed), None)


@post(NEW, opt=dict(allows("tasks.edit")))
async def make_new_project(request: Call) -> Response[str]:
    """Make a project, or show the form again with what is wrong."""
    form = await read_form(request)
    details = await database_of(request).run(_read, form)
    if form.problems:
        return await _show(request, form, None)
    try:
        made = await database_of(request).run(service.make_project, details, act=act_of(request))
    except LoyaltyError as error:
        form.refuse_by(error, FIELDS, "name")
        return await _show(request, form, None)
    return redirect(f"/projects/{made.id}")


@get("/projects/{project_id:int}/edit", opt=dict(allows("tasks.edit")))
async def show_project_form(request: Call, project_id: FromPath[int]) -> Response[str]:
    """Show the form of a project."""
    project = await database_of(request).run(service.load_project, project_id)
    ids = [] if project.party_id is None else [project.party_id]
    names = await database_of(request).run(load_names, ids)
    values = {name: getattr(project, name) for name in ProjectDetails.__struct_fields__}
    typed = {name: "" if value is None else str(value) for name, value in values.items()}
    typed |= {"party_id": _name_party(project.party_id, names), "version": str(project.version)}
    return await _show(request, Form(typed), project)


@post("/projects/{project_id:int}/edit", opt=dict(allows("tasks.edit")))
async def save_project(request: Call, project_id: FromPath[int]) -> Response[str]:
    """Save a project, or show the form again with what is wrong, or what somebody else changed meanwhile."""
    form, database = await read_form(request), database_of(request)
    details, seen = await database.run(_read, form), form.read("version", whole_number, 0)
    differences: Sequence[Difference] = ()
    if not form.problems:
        try:
            await database.run(service.change_project, project_id, details, seen=seen, act=act_of(request))
        except ProjectChangedError as error:
            form.refuse("version", CHANGED)
            differences = error.differences
        except LoyaltyError as error:
            form.refuse_by(error, FIELDS, "name")
        else:
            return redirect(f"/projects/{project_id}")
    return await _show(request, form, await database.run(service.load_project, project_id), differences)


async def _read(connection: AsyncConnection, form: Form) -> ProjectDetails:
    """Read the whole form; what is wrong is put beside its field."""
    party_id = None
    try:
        party_id = await find_named_party(connection, form.text("party_id"))
    except WrongError as error:
        form.refuse("party_id", error.problem)
    return ProjectDetails(
        name=form.need("name", forms.short_text, ""),
        kind=form.text("kind"),
        party_id=party_id,
        manager_id=form.read("manager_id", forms.count, None),
        starts_on=form.read("starts_on", forms.day, None),
        due_on=form.read("due_on", forms.day, None),
        note=form.raw("note") or None,
    )


async def _show(
    call: Call, form: Form, project: Project | None, differences: Sequence[Difference] = ()
) -> Response[str]:
    offered = await database_of(call).run(_load, project, differences)
    return page(
        call,
        "project_form.html",
        status=REFUSED if form.problems else 200,
        here=NEW if project is None else f"/projects/{project.id}/edit",
        form=form,
        labels=FIELDS,
        project=project,
        offered=offered,
        compared=tell_differences(differences, FIELDS, _speaker(call, offered)),
    )


async def _load(connection: AsyncConnection, project: Project | None, differences: Sequence[Difference]) -> Offered:
    named = {"manager_id": set[int](), "party_id": set[int]()}
    for one in differences:
        if one.field in named:
            named[one.field] |= {value for value in (one.yours, one.theirs, one.base) if isinstance(value, int)}
    if project is not None and project.manager_id is not None:
        named["manager_id"].add(project.manager_id)
    standing = await find_colleagues(connection, named["manager_id"])
    people = [*await list_colleagues(connection), *standing.values()]
    return Offered(
        {one.code: one for one in await list_entries(connection, "project_kind")},
        {one.id: one.name for one in people},
        await load_names(connection, named["party_id"]),
    )


def _speaker(call: Call, offered: Offered) -> Speak:
    """Give what puts a value of a field into words."""
    f, language = formats_of(call), language_of(call)

    def say(field: str, value: object) -> str:
        match field, value:
            case _, None:
                return NOTHING
            case "kind", str(code):
                return offered.kinds[code].name(language) if code in offered.kinds else code
            case "manager_id", int(number):
                return offered.people.get(number, f"#{number}")
            case "party_id", int(number):
                return offered.parties.get(number, f"#{number}")
            case "starts_on" | "due_on", str(day):
                return f.day(date.fromisoformat(day))
        return str(value)

    return say


def _name_party(party_id: int | None, names: Mapping[int, str]) -> str:
    return "" if party_id is None else f"#{party_id} {names.get(party_id, '')}".rstrip()
