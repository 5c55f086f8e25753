"""The settings of kinds of letters: the tree of the journal, and the form of one."""

from collections.abc import Mapping, Sequence

from litestar import Response, get, post
from litestar.params import FromPath

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.party_words import LANGUAGES as LANGUAGE_NAMES
from api.pages.queries import text
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import mark
from crm.directories.model import LANGUAGES
from crm.letters import kinds
from crm.letters.kinds import KindDraft
from crm.letters.model import Kind, arrange, branch
from loyalty.errors import LoyaltyError

PATH = "/settings/letter-kinds"
LABELS: Mapping[str, str] = {
    "code": mark("Code"),
    "names": mark("Names"),
    "parent": mark("Under"),
    "version": mark("Somebody else"),
}
_SETTINGS = dict(allows("settings.edit", module="letters"))


@get(PATH, opt=_SETTINGS)
async def show_letter_kinds(request: Call) -> Response[str]:
    """Show the tree of kinds."""
    found = await database_of(request).run(kinds.list_kinds)
    return page(request, "letter_kinds.html", tree=arrange(found))


@get(PATH + "/new", opt=_SETTINGS)
async def show_new_letter_kind(request: Call) -> Response[str]:
    """Show the form of a new kind, under the one that the address names."""
    return await _show(request, None, Form({"parent": text(request, "under")}))


@post(PATH + "/new", opt=_SETTINGS)
async def make_letter_kind(request: Call) -> Response[str]:
    """Add a kind; it can be chosen at once."""
    form = await read_form(request)
    code = form.need("code", forms.short_text, "")
    if not form.problems:
        try:
            await database_of(request).run(kinds.make_kind, code, _draft(form), act=act_of(request))
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "names")
    return await _show(request, None, form) if form.problems else redirect(PATH)


@get(PATH + "/{code:str}", opt=_SETTINGS)
async def show_letter_kind(request: Call, code: FromPath[str]) -> Response[str]:
    """Show the form of a kind."""
    found = await database_of(request).run(kinds.list_kinds)
    kind = await database_of(request).run(kinds.load_kind, code)
    parent = next((one.code for one in found if one.id == kind.parent_id), "")
    typed = {f"names.{language}": name for language, name in kind.names.items()}
    return await _show(request, kind, Form(typed | {"parent": parent, "archived": "yes" if kind.is_archived else ""}))


@post(PATH + "/{code:str}", opt=_SETTINGS)
async def save_letter_kind(request: Call, code: FromPath[str]) -> Response[str]:
    """Change a kind, hang it elsewhere, put it away or bring it back."""
    form = await read_form(request)
    seen = form.need("version", forms.count, 0)
    if not form.problems:
        try:
            await database_of(request).run(
                kinds.change_kind,
                code,
                _draft(form),
                is_archived=form.is_ticked("archived"),
                seen=seen,
                act=act_of(request),
            )
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "names")
    if form.problems:
        return await _show(request, await database_of(request).run(kinds.load_kind, code), form)
    return redirect(PATH)


@post(PATH + "/{code:str}/move", opt=_SETTINGS)
async def move_letter_kind(request: Call, code: FromPath[str]) -> Response[str]:
    """Move a kind one place up or down among those of its parent."""
    step = {"up": -1, "down": 1}.get((await read_form(request)).text("to"), 0)
    await database_of(request).run(kinds.move_kind, code, step=step, act=act_of(request))
    return redirect(PATH)


def _draft(form: Form) -> KindDraft:
    names = {language: form.text(f"names.{language}") for language in LANGUAGES}
    return KindDraft(names=names, parent=form.text("parent") or None)


async def _show(call: Call, kind: Kind | None, form: Form) -> Response[str]:
    found: Sequence[Kind] = await database_of(call).run(kinds.list_kinds)
    own = set[int]() if kind is None else {one.id for one in branch(found, kind)}
    return page(
        call,
        "letter_kind.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/{'new' if kind is None else kind.code}",
        kind=kind,
        form=form,
        labels=LABELS,
        languages=LANGUAGE_NAMES,
        tree=[one for one in arrange(found) if one.kind.id not in own],
    )
