"""How the panels of profiles stand: a user's own arrangement, and an administrator's for each role.

Each act is a form of one button, so that it works by mouse, by keyboard and without scripts; a panel that is dragged
sends the form that puts it before another.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import get_args

from litestar import Response, get, post
from litestar.exceptions import ClientException
from litestar.params import FromPath

from api.auth.model import UserRole
from api.auth.rights import allows
from api.pages.account import local_path
from api.pages.edge import act_of
from api.pages.forms import Form, read_form
from api.pages.panels import Panel
from api.pages.profile_panels import offered, places
from api.pages.queries import choice
from api.pages.renderer import Call, database_of, modules_off_of, page, principal_of, redirect, user_id_of
from crm.directories.model import PartyKind
from crm.profile.layout import Layout, LayoutAct, change, put_before
from crm.profile.repository import Owner
from crm.profile.service import change_layout, load_layout, reset_layout

KINDS: Mapping[str, PartyKind] = {kind: kind for kind in get_args(PartyKind)}
ROLES: Mapping[str, UserRole] = {role: role for role in get_args(UserRole)}
ACTS: Mapping[str, LayoutAct] = {act: act for act in get_args(LayoutAct)}


@post("/profile-layouts/{kind:str}", opt=dict(allows("parties.read")))
async def arrange_own(request: Call, kind: FromPath[str]) -> Response[str]:
    """Do one act to a panel of the reader's own layout, or go back to that of their role."""
    form, reader = await read_form(request), principal_of(request)
    await _arrange(request, form, Owner(user_id=user_id_of(request)), _kind(kind), role=reader.role)
    return redirect(local_path(form.text("next")))


@get("/settings/layouts", opt=dict(allows("settings.edit")))
async def show_layouts(request: Call) -> Response[str]:
    """Show how profiles stand for a role and a kind of party."""
    role = choice(request, "role", ROLES.__getitem__) or "sales"
    kind = choice(request, "kind", KINDS.__getitem__) or "person"
    panels = _offered(request, role, kind)
    layout = await database_of(request).run(load_layout, kind, user_id=None, role=role, offered=places(panels))
    return page(request, "layouts.html", role=role, kind=kind, roles=ROLES, kinds=KINDS, panels=panels, layout=layout)


@post("/settings/layouts/{role:str}/{kind:str}", opt=dict(allows("settings.edit")))
async def arrange_role(request: Call, role: FromPath[str], kind: FromPath[str]) -> Response[str]:
    """Do one act to a panel of a role's layout, or go back to what the modules offer."""
    form = await read_form(request)
    if role not in ROLES:
        raise ClientException("there is no such role")
    await _arrange(request, form, Owner(role=role), _kind(kind), role=role)
    return redirect(f"/settings/layouts?role={role}&kind={kind}")


async def _arrange(call: Call, form: Form, owner: Owner, kind: PartyKind, *, role: str) -> None:
    database, act = database_of(call), act_of(call)
    if form.text("act") == "reset":
        await database.run(reset_layout, owner, kind, act=act)
        return
    panels = _offered(call, ROLES[role], kind)
    change_it = _read_change(form, panels)
    await database.run(change_layout, owner, kind, change_it, role=role, offered=places(panels), act=act)


def _read_change(form: Form, panels: Mapping[str, Panel]) -> Callable[[Layout], Layout]:
    """Give the change a form asks for. Raises ClientException."""
    panel, before = form.text("panel"), form.text("before") or None
    if panel not in panels or (before is not None and before not in panels):
        raise ClientException("there is no such panel")
    if form.text("act") == "put":
        return partial(_put, panel=panel, before=before, is_wide=form.text("width") == "wide")
    if form.text("act") not in ACTS:
        raise ClientException("there is no such act")
    asked = ACTS[form.text("act")]
    return lambda layout: change(layout, panel, asked)


def _put(layout: Layout, *, panel: str, before: str | None, is_wide: bool) -> Layout:
    """Put a panel before another of a column, or at its end."""
    moved = layout if before == panel else put_before(layout, panel, before)
    return change(moved, panel, "widen" if is_wide else "narrow")


def _offered(call: Call, role: UserRole, kind: PartyKind) -> dict[str, Panel]:
    return offered(role, kind, modules_off_of(call))


def _kind(text: str) -> PartyKind:
    if text not in KINDS:
        raise ClientException("there is no such kind of party")
    return KINDS[text]
