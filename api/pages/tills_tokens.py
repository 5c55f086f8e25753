"""Access tokens of programs: what they may do, since when, and how to end them. A token is shown once."""

from collections.abc import Mapping
from typing import Literal

from litestar import Response, get, post
from litestar.params import FromPath

from api.auth.rights import allows
from api.auth.token_list import list_tokens
from api.auth.tokens import create_token, revoke_token
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.queries import choice, place, place_link
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.users_secrets import Secret, show_once
from api.pages.words import ROLES, mark

PATH = "/settings/tokens"
ProgramRole = Literal["clerk", "admin"]
PROGRAM_ROLES: Mapping[str, ProgramRole] = {"clerk": "clerk", "admin": "admin"}
LABELS = {"role": mark("Role")}
DONE = {"token": mark("The token is void; every server refuses it within ten seconds.")}


@get(PATH, opt=dict(allows("users.edit")))
async def show_tokens(request: Call) -> Response[str]:
    """List the tokens of programs, the newest first."""
    return await _show(request, Form({"role": "clerk"}))


@post(PATH, status_code=200, opt=dict(allows("users.edit")))
async def make_program_token(request: Call) -> Response[str]:
    """Make a token for a program and show it once."""
    form = await read_form(request)
    role: ProgramRole = form.need("role", forms.one_of(PROGRAM_ROLES), "clerk")
    if form.problems:
        return await _show(request, form)
    made = await database_of(request).run(create_token, role=role, act=act_of(request))
    secret = Secret(
        text=made,
        title=mark("Token of a program"),
        names={},
        told=mark("The token was made."),
        hint=mark("Whoever has it may do what its role may, until it is made void."),
        section=(PATH, mark("Tokens")),
    )
    return show_once(request, secret)


@post("/settings/tokens/{number:int}/end", opt=dict(allows("users.edit")))
async def end_program_token(request: Call, number: FromPath[int]) -> Response[str]:
    """Make a token void."""
    await database_of(request).run(revoke_token, number, act=act_of(request))
    return redirect(f"{PATH}?done=token")


async def _show(call: Call, form: Form) -> Response[str]:
    found = await database_of(call).run(list_tokens, with_tills=False, place=place(call, int))
    return page(
        call,
        "tokens.html",
        status=REFUSED if form.problems else 200,
        here=PATH,
        tokens=found.rows,
        newer=place_link(PATH, {}, found.newer),
        older=place_link(PATH, {}, found.older),
        form=form,
        labels=LABELS,
        roles={role: ROLES[role] for role in PROGRAM_ROLES},
        done=choice(call, "done", DONE.__getitem__),
    )
