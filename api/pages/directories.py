"""The settings of directories: the words of each in their order, and the form of one of them."""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, WrongError, read_form
from api.pages.party_words import KINDS
from api.pages.party_words import LANGUAGES as LANGUAGE_NAMES
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import mark
from crm.directories import service
from crm.directories.errors import EntryChangedError
from crm.directories.model import DIRECTORIES, LANGUAGES, Directory, Entry, PartyKind, check_code
from loyalty.errors import LoyaltyError

PATH = "/settings/directories"
TITLES: Mapping[Directory, str] = {
    "legal_status": mark("Legal statuses"),
    "relation": mark("Relations"),
    "responsibility": mark("Responsibilities"),
    "group": mark("Groups"),
    "department": mark("Departments"),
    "project_kind": mark("Kinds of projects"),
    "request_source": mark("Sources of requests"),
    "event_result": mark("Results of contacts and events"),
}
LABELS: Mapping[str, str] = {
    "code": mark("Code"),
    "names": mark("Names"),
    "party_kind": mark("Its parties are"),
    "version": mark("Somebody else"),
}
_KINDS: Mapping[str, PartyKind] = {"person": "person", "organisation": "organisation"}
_CODE = Problem(mark("Small Latin letters, digits and underscores, at most 40, such as key_customer."))


@get(PATH, opt=dict(allows("settings.edit")))
async def show_directories(request: Call) -> Response[str]:
    """Show the words of every directory."""
    return page(request, "directories.html", sets=await database_of(request).run(_load), titles=TITLES)


async def _load(connection: AsyncConnection) -> dict[Directory, list[Entry]]:
    return {directory: await service.list_entries(connection, directory) for directory in DIRECTORIES}


@get(PATH + "/{directory:str}", opt=dict(allows("settings.edit")))
async def show_new_entry(request: Call, directory: FromPath[str]) -> Response[str]:
    """Show the form of a new word."""
    return _show(request, _read(directory), None, Form({}))


@post(PATH + "/{directory:str}", opt=dict(allows("settings.edit")))
async def make_entry(request: Call, directory: FromPath[str]) -> Response[str]:
    """Add a word; it can be chosen at once."""
    where, form = _read(directory), await read_form(request)
    code = form.need("code", _code, "")
    kind = form.read("party_kind", forms.one_of(_KINDS), None) if where == "legal_status" else None
    if not form.problems:
        try:
            await database_of(request).run(
                service.make_entry, where, code, names=_names(form), party_kind=kind, act=act_of(request)
            )
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "names")
    return _show(request, where, None, form) if form.problems else redirect(f"{PATH}#set-{where}")


@get(PATH + "/{directory:str}/{code:str}", opt=dict(allows("settings.edit")))
async def show_entry(request: Call, directory: FromPath[str], code: FromPath[str]) -> Response[str]:
    """Show the form of a word."""
    where = _read(directory)
    entry = await database_of(request).run(service.load_entry, where, code)
    typed = {f"names.{language}": name for language, name in entry.names.items()}
    return _show(request, where, entry, Form(typed | {"archived": "yes" if entry.is_archived else ""}))


@post(PATH + "/{directory:str}/{code:str}", opt=dict(allows("settings.edit")))
async def save_entry(request: Call, directory: FromPath[str], code: FromPath[str]) -> Response[str]:
    """Name a word anew, archive it or bring it back."""
    where, form = _read(directory), await read_form(request)
    seen = form.need("version", forms.count, 0)
    try:
        await database_of(request).run(
            service.change_entry,
            where,
            code,
            names=_names(form),
            is_archived=form.is_ticked("archived"),
            seen=seen,
            act=act_of(request),
        )
    except EntryChangedError as error:
        form.refuse("version", forms.told(error.detail))
    except LoyaltyError as error:
        form.refuse_by(error, LABELS, "names")
    if form.problems:
        return _show(request, where, await database_of(request).run(service.load_entry, where, code), form)
    return redirect(f"{PATH}#set-{where}")


@post(PATH + "/{directory:str}/{code:str}/move", opt=dict(allows("settings.edit")))
async def move_entry(request: Call, directory: FromPath[str], code: FromPath[str]) -> Response[str]:
    """Move a word one place up or down."""
    where = _read(directory)
    step = {"up": -1, "down": 1}.get((await read_form(request)).text("to"), 0)
    await database_of(request).run(service.move_entry, where, code, step=step, act=act_of(request))
    return redirect(f"{PATH}#set-{where}")


@post(PATH + "/{directory:str}/{code:str}/delete", opt=dict(allows("settings.edit")))
async def delete_entry(request: Call, directory: FromPath[str], code: FromPath[str]) -> Response[str]:
    """Delete a word that nothing refers to; one that is used says so."""
    where = _read(directory)
    try:
        await database_of(request).run(service.delete_entry, where, code, act=act_of(request))
    except LoyaltyError as error:
        entry = await database_of(request).run(service.load_entry, where, code)
        form = Form({f"names.{language}": name for language, name in entry.names.items()})
        form.refuse_by(error, (), "names")
        return _show(request, where, entry, form)
    return redirect(f"{PATH}#set-{where}")


def _read(name: str) -> Directory:
    """Read the name of a directory. Raises NotFoundException."""
    found = next((directory for directory in DIRECTORIES if directory == name), None)
    if found is None:
        raise NotFoundException("there is no such directory")
    return found


def _code(text: str) -> str:
    try:
        return check_code(text)
    except LoyaltyError as error:
        raise WrongError(_CODE) from error


def _names(form: Form) -> dict[str, str]:
    return {language: form.text(f"names.{language}") for language in LANGUAGES}


def _show(call: Call, directory: Directory, entry: Entry | None, form: Form) -> Response[str]:
    return page(
        call,
        "directory_entry.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/{directory}" + ("" if entry is None else f"/{entry.code}"),
        directory=directory,
        title=TITLES[directory],
        entry=entry,
        form=form,
        labels=LABELS,
        languages=LANGUAGE_NAMES,
        kinds={"": mark("People or organisations"), **KINDS},
    )
