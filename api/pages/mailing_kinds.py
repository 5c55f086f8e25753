"""The settings of kinds of mailings: their order, and the form of one."""

from litestar import Response, get, post
from litestar.params import FromPath

from api.auth.rights import allows
from api.pages import forms
from api.pages.consent_words import LABELS
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.party_words import LANGUAGES as LANGUAGE_NAMES
from api.pages.renderer import Call, database_of, page, redirect
from crm.consents import kinds
from crm.consents.kinds import KindDraft
from crm.consents.model import Kind
from crm.directories.model import LANGUAGES
from loyalty.errors import LoyaltyError

PATH = "/settings/mailing-kinds"
_SETTINGS = dict(allows("settings.edit", module="mailings"))


@get(PATH, opt=_SETTINGS)
async def show_mailing_kinds(request: Call) -> Response[str]:
    """Show the kinds in their order."""
    return page(request, "mailing_kinds.html", kinds=await database_of(request).run(kinds.list_kinds))


@get(PATH + "/new", opt=_SETTINGS)
async def show_new_mailing_kind(request: Call) -> Response[str]:
    """Show the form of a new kind."""
    return _show(request, None, Form({"needs_consent": "yes"}))


@post(PATH + "/new", opt=_SETTINGS)
async def make_mailing_kind(request: Call) -> Response[str]:
    """Add a kind; it can be chosen at once."""
    form = await read_form(request)
    code = form.need("code", forms.short_text, "")
    if not form.problems:
        try:
            await database_of(request).run(kinds.make_kind, code, _draft(form), act=act_of(request))
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "names")
    return _show(request, None, form) if form.problems else redirect(PATH)


@get(PATH + "/{kind_id:int}", opt=_SETTINGS)
async def show_mailing_kind(request: Call, kind_id: FromPath[int]) -> Response[str]:
    """Show the form of a kind."""
    kind = await database_of(request).run(kinds.load_kind, kind_id)
    typed = {f"names.{language}": name for language, name in kind.names.items()}
    ticks = {"needs_consent": kind.needs_consent, "archived": kind.is_archived}
    return _show(request, kind, Form(typed | {name: "yes" if is_on else "" for name, is_on in ticks.items()}))


@post(PATH + "/{kind_id:int}", opt=_SETTINGS)
async def save_mailing_kind(request: Call, kind_id: FromPath[int]) -> Response[str]:
    """Change a kind, put it away or bring it back."""
    form = await read_form(request)
    seen = form.need("version", forms.count, 0)
    if not form.problems:
        try:
            await database_of(request).run(
                kinds.change_kind,
                kind_id,
                _draft(form),
                is_archived=form.is_ticked("archived"),
                seen=seen,
                act=act_of(request),
            )
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "names")
    if form.problems:
        return _show(request, await database_of(request).run(kinds.load_kind, kind_id), form)
    return redirect(PATH)


@post(PATH + "/{kind_id:int}/move", opt=_SETTINGS)
async def move_mailing_kind(request: Call, kind_id: FromPath[int]) -> Response[str]:
    """Move a kind one place up or down."""
    step = {"up": -1, "down": 1}.get((await read_form(request)).text("to"), 0)
    await database_of(request).run(kinds.move_kind, kind_id, step=step, act=act_of(request))
    return redirect(PATH)


def _draft(form: Form) -> KindDraft:
    names = {language: form.text(f"names.{language}") for language in LANGUAGES}
    return KindDraft(names=names, needs_consent=form.is_ticked("needs_consent"))


def _show(call: Call, kind: Kind | None, form: Form) -> Response[str]:
    return page(
        call,
        "mailing_kind.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/{'new' if kind is None else kind.id}",
        kind=kind,
        form=form,
        labels=LABELS,
        languages=LANGUAGE_NAMES,
    )
