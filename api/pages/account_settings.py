"""What a person sets for themselves beside the look: the language, an address for notices, the password."""

from typing import get_args

from litestar import Response, get, post

from api.auth.errors import UserRefusedError
from api.auth.model import Language, Session
from api.auth.rights import allows
from api.auth.user_changes import change_own_password, choose_email, choose_language
from api.auth.users import LOCKED_FOR, MOST_REFUSALS, find_email
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, read_form
from api.pages.queries import choice
from api.pages.renderer import Call, database_of, page, principal_of, redirect
from api.pages.users import checks_of
from api.pages.words import LANGUAGES as NAMES
from api.pages.words import mark
from api.state import read_clock

PATH = "/account"
LABELS = {
    "old": mark("Present password"),
    "new": mark("New password"),
    "again": mark("New password again"),
    "language": mark("Language"),
    "email": mark("E-mail"),
}
LANGUAGES: dict[str, Language] = {language: language for language in get_args(Language)}
DONE = {
    "password": mark("The password was changed. Who was signed in elsewhere with this account is out."),
    "language": mark("The language was changed."),
    "email": mark("The address was changed."),
}
_WRONG = Problem(
    mark("This is not the present password. %(tries)s wrong ones lock the account for %(minutes)s minutes."),
    {"tries": str(MOST_REFUSALS), "minutes": str(int(LOCKED_FOR.total_seconds()) // 60)},
)
_DIFFERENT = Problem(mark("The two are not the same."))


@get(PATH, opt=dict(allows("home")))
async def show_own_account(request: Call) -> Response[str]:
    """Show the forms of the language and of the password."""
    return await _show(request, Form({}))


@post("/account/language", opt=dict(allows("home")))
async def save_language(request: Call) -> Response[str]:
    """Keep the language that a person reads pages and notices in."""
    form = await read_form(request)
    language: Language = form.need("language", forms.one_of(LANGUAGES), "en")
    if form.problems:
        return await _show(request, form)
    await database_of(request).run(choose_language, principal_of(request), language, now=read_clock())
    return redirect(f"{PATH}?done=language")


@post("/account/email", opt=dict(allows("home")))
async def save_email(request: Call) -> Response[str]:
    """Keep where the person's notices go by e-mail."""
    form = await read_form(request)
    try:
        await database_of(request).run(choose_email, principal_of(request), form.text("email"), now=read_clock())
    except UserRefusedError as error:
        form.refuse("email", forms.told(error.detail))
        return await _show(request, form)
    return redirect(f"{PATH}?done=email")


@post("/account/password", opt=dict(allows("home")))
async def save_password(request: Call) -> Response[str]:
    """Change the person's own password, or show the form again; no password stands in it then."""
    form = await read_form(request)
    typed = {name: form.raw(name) for name in ("old", "new", "again")}
    for name, value in typed.items():
        if not value:
            form.refuse(name, forms.EMPTY)
    if typed["new"] != typed["again"]:
        form.refuse("again", _DIFFERENT)
    if not form.problems and not await _change(request, form, old=typed["old"], new=typed["new"]):
        form.refuse("old", _WRONG)
    return await _show(request, form) if form.problems else redirect(f"{PATH}?done=password")


async def _change(call: Call, form: Form, *, old: str, new: str) -> bool:
    session, act = _session_of(call), act_of(call)
    login = principal_of(call).actor.removeprefix("user:")
    try:
        return await change_own_password(
            database_of(call), checks_of(call), login, old=old, new=new, session=session.hash, act=act
        )
    except UserRefusedError as error:
        form.refuse("new", forms.told(error.detail))
        return True


def _session_of(call: Call) -> Session:
    assert call.auth is not None, "pages want a session"
    return call.auth


async def _show(call: Call, sent: Form) -> Response[str]:
    """Show the page with what is wrong, but without what was typed, for those were passwords."""
    email = await database_of(call).run(find_email, principal_of(call).user_id or 0)
    form = Form({"language": _session_of(call).language, "email": sent.text("email") or email or ""})
    form.problems.update(sent.problems)
    return page(
        call,
        "account.html",
        status=REFUSED if form.problems else 200,
        here=PATH,
        form=form,
        labels=LABELS,
        languages=NAMES,
        done=choice(call, "done", DONE.__getitem__),
    )
