"""Users of the back office on pages: a list, a form for one, and the acts that open or close an account.

A password is made by the server and shown once; nothing of it stands in an address or is kept readable.
"""

from collections.abc import Mapping
from typing import get_args

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct

from api.auth.errors import UserRefusedError, UserUnknownError
from api.auth.model import UserRole
from api.auth.passwords import PasswordChecks, invent_password
from api.auth.rights import allows
from api.auth.second_factor import remove_factor
from api.auth.user_changes import disable_user, enable_user, set_password, unlock_user
from api.auth.user_list import State, User, UserFilter, list_users, load_user
from api.pages import forms
from api.pages.edge import act_of
from api.pages.queries import choice, place, place_link, text
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.users_secrets import Secret, show_once
from api.pages.words import Word, mark
from api.state import read_clock
from database.identifiers import MOST_ID

PATH = "/settings/users"
ROLE_CHOICES: Mapping[str, UserRole] = {role: role for role in get_args(UserRole)}
STATES: Mapping[str, State] = {state: state for state in get_args(State)}
STATE_WORDS: Mapping[str, Word] = {
    "active": Word(mark("Active"), "ok", "active"),
    "locked": Word(mark("Locked"), "lock", "blocked"),
    "disabled": Word(mark("Disabled"), "no", "closed"),
}


class UserAct(Struct, frozen=True):
    """An act on an account: what it says before it is done, and whether it takes something away."""

    title: str
    text: str
    button: str
    done: str
    icon: str
    is_dangerous: bool = False


ACTS: Mapping[str, UserAct] = {
    "disable": UserAct(
        mark("Disable user"),
        mark("Nobody signs in with this account any more, and who is signed in is out at once. Its acts stay."),
        mark("Disable user"),
        mark("The user is disabled and signed out everywhere."),
        "no",
        is_dangerous=True,
    ),
    "enable": UserAct(
        mark("Enable user"),
        mark("The account can sign in again with its password."),
        mark("Enable user"),
        mark("The user can sign in again."),
        "ok",
    ),
    "unlock": UserAct(
        mark("Unlock user"),
        mark("Wrong passwords locked the account; it can sign in again at once."),
        mark("Unlock user"),
        mark("The user can sign in again."),
        "lock",
    ),
    "second-factor": UserAct(
        mark("Take second step away"),
        mark("The password alone signs in afterwards, until the person sets up a second step again. For a lost phone."),
        mark("Take it away"),
        mark("The second step was taken away."),
        "lock",
        is_dangerous=True,
    ),
    "password": UserAct(
        mark("New password"),
        mark("The next page shows a new password once. The old one is void, and who is signed in is out at once."),
        mark("Make a new password"),
        mark("The password was made."),
        "key",
        is_dangerous=True,
    ),
}
_RUNS = {
    "disable": disable_user,
    "enable": enable_user,
    "unlock": unlock_user,
    "second-factor": remove_factor,
}


@get(PATH, opt=dict(allows("users.edit")))
async def show_users(request: Call) -> Response[str]:
    """List users by what was typed, by role and by state."""
    chosen = {name: text(request, name) for name in ("find", "role", "state")}
    wanted = UserFilter(
        chosen["find"],
        choice(request, "role", ROLE_CHOICES.__getitem__),
        choice(request, "state", STATES.__getitem__),
    )
    found = await database_of(request).run(list_users, wanted, place=place(request, int), now=read_clock())
    return page(
        request,
        "users.html",
        chosen=chosen,
        is_filtered=any(chosen.values()),
        users=found.rows,
        states=STATE_WORDS,
        newer=place_link(PATH, chosen, found.newer),
        older=place_link(PATH, chosen, found.older),
    )


@get("/settings/users/{user_id:int}/{name:str}", opt=dict(allows("users.edit")))
async def show_user_act(request: Call, user_id: FromPath[int], name: FromPath[str]) -> Response[str]:
    """Show what an act on an account does, before it is done."""
    if name not in ACTS:
        raise NotFoundException("there is no such act")
    return _ask(request, await find_user(request, user_id), name)


@post("/settings/users/{user_id:int}/{name:str}", opt=dict(allows("users.edit")))
async def do_user_act(request: Call, user_id: FromPath[int], name: FromPath[str]) -> Response[str]:
    """Do an act and lead back to the user, or say why it is not done."""
    if name not in _RUNS:
        raise NotFoundException("there is no such act")
    user = await find_user(request, user_id)
    try:
        await database_of(request).run(_RUNS[name], user.id, act=act_of(request))
    except UserRefusedError as error:
        return _ask(request, user, name, refusal=forms.told(error.detail))
    return redirect(f"{PATH}/{user_id}?done={name}")


@get("/settings/users/{user_id:int}/password", opt=dict(allows("users.edit")))
async def ask_for_password(request: Call, user_id: FromPath[int]) -> Response[str]:
    """Show what a new password does; the route of its own that gives one hides that of all acts."""
    return _ask(request, await find_user(request, user_id), "password")


@post("/settings/users/{user_id:int}/password", status_code=200, opt=dict(allows("users.edit")))
async def give_password(request: Call, user_id: FromPath[int]) -> Response[str]:
    """Give a user a new password and show it once."""
    user = await find_user(request, user_id)
    password = invent_password()
    hashed = await checks_of(request).hash(password)
    await database_of(request).run(set_password, user.id, hashed, act=act_of(request))
    return show_password(request, user, password, is_new=False)


def show_password(call: Call, user: User, password: str, *, is_new: bool) -> Response[str]:
    """Show a password that cannot be shown again."""
    secret = Secret(
        text=password,
        title=mark("Password of %(login)s"),
        names={"login": user.login},
        told=mark("The user was made.") if is_new else mark("The old password is void."),
        hint=mark("The person changes it under their own name, at the top of every page."),
        section=(PATH, mark("Users")),
        record=(f"{PATH}/{user.id}", user.login),
    )
    return show_once(call, secret)


async def find_user(call: Call, user_id: int) -> User:
    """Find a user. Raises NotFoundException."""
    try:
        return await database_of(call).run(load_user, min(user_id, MOST_ID), now=read_clock())
    except UserUnknownError as error:
        raise NotFoundException("there is no such user") from error


def checks_of(call: Call) -> PasswordChecks:
    """Give the one door of password checks."""
    checks: PasswordChecks = call.app.state["password_checks"]
    return checks


def _ask(call: Call, user: User, name: str, *, refusal: forms.Problem | None = None) -> Response[str]:
    return page(
        call,
        "user_act.html",
        status=forms.REFUSED if refusal else 200,
        here=f"{PATH}/{user.id}/{name}",
        user=user,
        name=name,
        act=ACTS[name],
        refusal=refusal,
    )
