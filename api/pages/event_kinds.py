"""The settings of kinds of events: all of them in their order, and the form of one."""

from collections.abc import Mapping
from typing import get_args

from litestar import Response, get, post
from litestar.params import FromPath

from api.auth.model import UserRole
from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.party_words import LANGUAGES as LANGUAGE_NAMES
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import ROLES, mark
from crm.directories.model import LANGUAGES
from crm.events import kinds
from crm.events.errors import EventKindChangedError
from crm.events.kinds import ICONS, KindDraft
from crm.events.model import Kind
from loyalty.errors import LoyaltyError

PATH = "/settings/event-kinds"
LABELS: Mapping[str, str] = {
    "code": mark("Code"),
    "names": mark("Names"),
    "icon": mark("Picture"),
    "roles": mark("Who may add such"),
    "version": mark("Somebody else"),
}
ICON_NAMES: Mapping[str, str] = {
    "phone": mark("Phone"),
    "people": mark("People"),
    "mail": mark("Letter"),
    "globe": mark("Globe"),
    "calendar": mark("Calendar"),
    "money": mark("Money"),
    "note": mark("Note"),
    "talk": mark("Talk"),
    "flag": mark("Flag"),
    "pin": mark("Pin"),
    "truck": mark("Truck"),
    "box": mark("Box"),
}
_TICKS = ("is_contact", "needs_party", "is_pinned")


@get(PATH, opt=dict(allows("settings.edit", module="events")))
async def show_event_kinds(request: Call) -> Response[str]:
    """Show all kinds in their order."""
    return page(request, "event_kinds.html", found=await database_of(request).run(kinds.list_kinds))


@get(PATH + "/new", opt=dict(allows("settings.edit", module="events")))
async def show_new_event_kind(request: Call) -> Response[str]:
    """Show the form of a new kind."""
    return _show(request, None, Form({"icon": "calendar"}))


@post(PATH + "/new", opt=dict(allows("settings.edit", module="events")))
async def make_event_kind(request: Call) -> Response[str]:
    """Add a kind; it can be chosen at once."""
    form = await read_form(request)
    code = form.need("code", forms.short_text, "")
    if not form.problems:
        try:
            await database_of(request).run(
                kinds.make_kind, code, _draft(form), roles=get_args(UserRole), act=act_of(request)
            )
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "names")
    return _show(request, None, form) if form.problems else redirect(PATH)


@get(PATH + "/{code:str}", opt=dict(allows("settings.edit", module="events")))
async def show_event_kind(request: Call, code: FromPath[str]) -> Response[str]:
    """Show the form of a kind."""
    kind = await database_of(request).run(kinds.load_kind, code)
    typed: dict[str, str | list[str]] = {f"names.{language}": name for language, name in kind.names.items()}
    typed |= {name: "yes" if getattr(kind, name) else "" for name in _TICKS}
    typed |= {"icon": kind.icon, "roles": list(kind.roles), "archived": "yes" if kind.is_archived else ""}
    return _show(request, kind, Form(typed))


@post(PATH + "/{code:str}", opt=dict(allows("settings.edit", module="events")))
async def save_event_kind(request: Call, code: FromPath[str]) -> Response[str]:
    """Change a kind, put it away or bring it back."""
    form = await read_form(request)
    seen = form.need("version", forms.count, 0)
    try:
        await database_of(request).run(
            kinds.change_kind,
            code,
            _draft(form),
            is_archived=form.is_ticked("archived"),
            seen=seen,
            roles=get_args(UserRole),
            act=act_of(request),
        )
    except EventKindChangedError as error:
        form.refuse("version", forms.told(error.detail))
    except LoyaltyError as error:
        form.refuse_by(error, LABELS, "names")
    if form.problems:
        return _show(request, await database_of(request).run(kinds.load_kind, code), form)
    return redirect(PATH)


@post(PATH + "/{code:str}/move", opt=dict(allows("settings.edit", module="events")))
async def move_event_kind(request: Call, code: FromPath[str]) -> Response[str]:
    """Move a kind one place up or down."""
    step = {"up": -1, "down": 1}.get((await read_form(request)).text("to"), 0)
    await database_of(request).run(kinds.move_kind, code, step=step, act=act_of(request))
    return redirect(PATH)


def _draft(form: Form) -> KindDraft:
    return KindDraft(
        names={language: form.text(f"names.{language}") for language in LANGUAGES},
        icon=form.text("icon"),
        roles=tuple(form.texts("roles")),
        **{name: form.is_ticked(name) for name in _TICKS},
    )


def _show(call: Call, kind: Kind | None, form: Form) -> Response[str]:
    return page(
        call,
        "event_kind.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/{'new' if kind is None else kind.code}",
        kind=kind,
        form=form,
        labels=LABELS,
        languages=LANGUAGE_NAMES,
        icons={code: ICON_NAMES[code] for code in ICONS},
        roles={role: name for role, name in ROLES.items() if role != "admin"},
    )
