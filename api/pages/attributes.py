"""The settings of attributes: the set of each directory in its order, and the form of one of them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import structs

from api.auth.rights import allows
from api.pages import forms
from api.pages.attribute_form import NEW, SOME_LANGUAGE, choice_rows, fill_attribute, read_choices, read_names
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, WrongError, read_form
from api.pages.queries import choice, link
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import mark
from crm.attributes import definitions, repository
from crm.attributes.definitions import WITH_CHOICES, Draft, draft_of
from crm.attributes.errors import AttributeTakenError
from crm.attributes.examples import add_examples
from crm.attributes.model import MOST_ATTRIBUTES, Attribute, Directory, Kind, Target
from loyalty.errors import LoyaltyError

PATH = "/settings/attributes"
DIRECTORIES: Mapping[Directory, str] = {
    "party": mark("All people and organisations"),
    "person": mark("People only"),
    "card": mark("Cards"),
    "goods": mark("Goods"),
    "task": mark("Tasks"),
    "event": mark("Events"),
    "letter": mark("Letters"),
}
KINDS: Mapping[Kind, str] = {
    "text": mark("Text"),
    "number": mark("Number"),
    "date": mark("Day"),
    "yes_no": mark("Yes or no"),
    "choice": mark("One of several choices"),
    "choices": mark("Any of several choices"),
    "reference": mark("A person, an organisation or a user"),
}
TARGETS: Mapping[Target, str] = {"party": mark("A person or an organisation"), "user": mark("A user")}
LABELS: Mapping[str, str] = {
    "directory": mark("For"),
    "kind": mark("Kind of value"),
    "refers_to": mark("Leads to"),
    "position": mark("Place in the set"),
    "choices": mark("Choices"),
    **SOME_LANGUAGE,
}
_DIRECTORIES: Mapping[str, Directory] = {name: name for name in DIRECTORIES}
_KINDS: Mapping[str, Kind] = {kind: kind for kind in KINDS}
_TARGETS: Mapping[str, Target] = {target: target for target in TARGETS}
_STEPS = {"up": -1, "down": 1}


@get(PATH, opt=dict(allows("settings.edit", module="attributes")))
async def show_attributes(request: Call) -> Response[str]:
    """Show the set of every directory."""
    found = await database_of(request).run(repository.list_attributes, tuple(DIRECTORIES), with_archived=True)
    sets = {name: [one for one in found if one.directory == name] for name in DIRECTORIES}
    return page(request, "attributes.html", sets=sets, directories=DIRECTORIES, kinds=KINDS)


@post(PATH + "/examples", opt=dict(allows("settings.edit", module="attributes")))
async def add_example_attributes(request: Call) -> Response[str]:
    """Define the examples of parties that are not there yet; one whose name is taken leaves all as they were."""
    await read_form(request)
    with suppress(AttributeTakenError):
        await database_of(request).run(add_examples, act=act_of(request))
    return redirect(f"{PATH}#set-party")


@get(NEW, opt=dict(allows("settings.edit", module="attributes")))
async def show_new_attribute(request: Call) -> Response[str]:
    """Show the empty form."""
    directory = choice(request, "directory", _DIRECTORIES.__getitem__) or "party"
    return _show_form(request, Form({"directory": directory, "kind": "text", "refers_to": "user"}), None)


@post(NEW, opt=dict(allows("settings.edit", module="attributes")))
async def make_attribute(request: Call) -> Response[str]:
    """Define an attribute: it shows at once on every record of its directory."""
    form = await read_form(request)
    directory: Directory = form.need("directory", forms.one_of(_DIRECTORIES), "party")
    kind: Kind = form.need("kind", forms.one_of(_KINDS), "text")
    target = form.read("refers_to", forms.one_of(_TARGETS), None) if kind == "reference" else None
    choices = read_choices(form) if kind in WITH_CHOICES else None
    draft = Draft(read_names(form), form.read("position", _place, None), choices)
    if not form.problems:
        try:
            await database_of(request).run(
                definitions.add_attribute, directory, kind, draft, refers_to=target, act=act_of(request)
            )
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "names.en")
    return _show_form(request, form, None) if form.problems else redirect(f"{PATH}#set-{directory}")


@get("/settings/attributes/{attribute_id:int}", opt=dict(allows("settings.edit", module="attributes")))
async def show_attribute(request: Call, attribute_id: FromPath[int]) -> Response[str]:
    """Show the form of an attribute."""
    before = await database_of(request).run(definitions.load_attribute, attribute_id)
    return _show_form(request, fill_attribute(before), before)


@post("/settings/attributes/{attribute_id:int}", opt=dict(allows("settings.edit", module="attributes")))
async def save_attribute(request: Call, attribute_id: FromPath[int]) -> Response[str]:
    """Save names, place and choices, archive it or bring it back."""
    before = await database_of(request).run(definitions.load_attribute, attribute_id)
    form = await read_form(request)
    choices = read_choices(form) if before.kind in WITH_CHOICES else None
    draft = Draft(read_names(form), form.read("position", _place, None), choices, form.is_ticked("archived"))
    version = form.need("version", forms.count, 0)
    if not form.problems:
        try:
            await database_of(request).run(
                definitions.change_attribute, attribute_id, draft, version=version, act=act_of(request)
            )
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "names.en")
    return _show_form(request, form, before) if form.problems else redirect(f"{PATH}#set-{before.directory}")


@post("/settings/attributes/{attribute_id:int}/move", opt=dict(allows("settings.edit", module="attributes")))
async def move_attribute(request: Call, attribute_id: FromPath[int]) -> Response[str]:
    """Move an attribute one place up or down."""
    before = await database_of(request).run(definitions.load_attribute, attribute_id)
    step = _STEPS.get((await read_form(request)).text("to"), 0)
    draft = structs.replace(draft_of(before), position=max(before.position + step, 1))
    if not before.is_archived:
        await database_of(request).run(
            definitions.change_attribute, attribute_id, draft, version=before.version, act=act_of(request)
        )
    return redirect(f"{PATH}#set-{before.directory}")


def _place(text: str) -> int:
    place = forms.count(text)
    if place > MOST_ATTRIBUTES:
        raise WrongError(Problem(mark("At most %(most)s."), {"most": str(MOST_ATTRIBUTES)}))
    return place


def _show_form(call: Call, form: Form, before: Attribute | None) -> Response[str]:
    known: Sequence[str] = () if before is None else [one.code for one in before.choices]
    return page(
        call,
        "attribute_form.html",
        status=REFUSED if form.problems else 200,
        here=link(NEW, {"directory": form.text("directory")}) if before is None else f"{PATH}/{before.id}",
        form=form,
        before=before,
        labels=LABELS,
        directories=DIRECTORIES,
        kinds=KINDS,
        targets=TARGETS,
        rows=choice_rows(form),
        known=known,
        with_choices=before is None or before.kind in WITH_CHOICES,
    )
