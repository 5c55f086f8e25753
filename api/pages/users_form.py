"""The form of one user, new or known. What somebody else changed meanwhile is shown beside what was typed."""

from litestar import Response, get, post
from litestar.params import FromPath

from api.auth.errors import UserChangedError, UserRefusedError
from api.auth.model import UserRole
from api.auth.passwords import invent_password
from api.auth.rights import allows
from api.auth.user_changes import DAILY_MINUTES, UserSettings, change_user
from api.auth.user_list import User
from api.auth.users import create_user
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, read_form
from api.pages.queries import choice
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.task_fields import minutes, write_minutes
from api.pages.users import ACTS, PATH, ROLE_CHOICES, STATE_WORDS, UserAct, checks_of, find_user, show_password
from api.pages.words import ROLES, mark
from crm.directories.service import list_entries
from loyalty.errors import LoyaltyError

NEW_PATH = "/settings/new-user"
LABELS = {
    "login": mark("Login"),
    "name": mark("Name"),
    "role": mark("Role"),
    "extension": mark("Extension"),
    "department": mark("Department"),
    "daily_minutes": mark("Hours a day"),
    "email": mark("E-mail"),
    "version": mark("Somebody else"),
}
_CHANGED = Problem(
    mark("Changed the user meanwhile. What stands there now is under each field; save again to replace it.")
)


@get(NEW_PATH, opt=dict(allows("users.edit")))
async def show_new_user(request: Call) -> Response[str]:
    """Show the form of a new user."""
    return await _show(request, Form({"role": "clerk"}), user=None)


@post(NEW_PATH, status_code=200, opt=dict(allows("users.edit")))
async def make_user(request: Call) -> Response[str]:
    """Make a user and show the password once, or the form again with what is wrong."""
    form = await read_form(request)
    login = form.need("login", forms.short_text, "")
    settings = _settings(form)
    if form.problems:
        return await _show(request, form, user=None)
    password = invent_password()
    try:
        user_id = await database_of(request).run(
            create_user,
            login=login,
            name=settings.name,
            role=settings.role,
            extension=settings.extension,
            password_hash=await checks_of(request).hash(password),
            act=act_of(request),
        )
    except UserRefusedError as error:
        form.refuse(error.field or "login", forms.told(error.detail))
        return await _show(request, form, user=None)
    return show_password(request, await find_user(request, user_id), password, is_new=True)


@get("/settings/users/{user_id:int}", opt=dict(allows("users.edit")))
async def show_user(request: Call, user_id: FromPath[int]) -> Response[str]:
    """Show a user as a form."""
    user = await find_user(request, user_id)
    known = {"name": user.name, "role": user.role, "extension": user.extension or "", "version": str(user.version)}
    known |= {"department": user.department or "", "daily_minutes": write_minutes(user.daily_minutes)}
    known |= {"email": user.email or ""}
    return await _show(request, Form(known), user=user)


@post("/settings/users/{user_id:int}", opt=dict(allows("users.edit")))
async def save_user(request: Call, user_id: FromPath[int]) -> Response[str]:
    """Save a user, or show the form again with what is wrong or was changed meanwhile."""
    user = await find_user(request, user_id)
    form = await read_form(request)
    settings, version = _settings(form), form.need("version", forms.count, 0)
    if form.problems:
        return await _show(request, form, user=user)
    try:
        await database_of(request).run(change_user, user.id, settings, version=version, act=act_of(request))
    except UserRefusedError as error:
        form.refuse(error.field or "name", forms.told(error.detail))
    except LoyaltyError as error:
        form.refuse_by(error, LABELS, "department")
    except UserChangedError:
        user = await find_user(request, user_id)
        form.refuse("version", _CHANGED)
    if form.problems:
        return await _show(request, form, user=user)
    return redirect(f"{PATH}/{user_id}?done=saved")


def _settings(form: Form) -> UserSettings:
    name = form.need("name", forms.short_text, "")
    role: UserRole = form.need("role", forms.one_of(ROLE_CHOICES), "clerk")
    extension = form.read("extension", forms.short_text, None)
    return UserSettings(
        name,
        role,
        extension,
        department=form.text("department") or None,
        daily_minutes=form.read("daily_minutes", minutes, DAILY_MINUTES),
        email=form.text("email") or None,
    )


async def _show(call: Call, form: Form, *, user: User | None) -> Response[str]:
    departments = await database_of(call).run(list_entries, "department")
    return page(
        call,
        "user_form.html",
        status=REFUSED if form.problems else 200,
        here=NEW_PATH if user is None else f"{PATH}/{user.id}",
        form=form,
        labels=LABELS,
        roles=ROLES,
        user=user,
        departments={one.code: one for one in departments},
        write_minutes=write_minutes,
        acts={} if user is None else _acts_of(user),
        states=STATE_WORDS,
        done=choice(call, "done", _DONE.__getitem__),
        is_outdated="version" in form.problems,
    )


def _acts_of(user: User) -> dict[str, UserAct]:
    """Give the acts that a user's state allows."""
    by_state = {"active": "password disable", "locked": "unlock password disable", "disabled": "enable"}
    names = by_state[user.state].split() + ["second-factor"] * user.has_second_factor
    return {name: ACTS[name] for name in names}


_DONE = {"saved": mark("The user was saved."), **{name: act.done for name, act in ACTS.items()}}
