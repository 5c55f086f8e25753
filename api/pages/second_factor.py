"""The second step of a person for signing in, on their own page: set up, confirmed, given new codes, switched off.

What a thief of an open browser may not do asks for the password again, which is counted as when signing in. The picture
is drawn by the server into the page; recovery codes are shown once, in the answer that makes them.
"""

from typing import Final

from litestar import Response, get, post
from msgspec import Struct

from api.auth.errors import SecondFactorRefusedError
from api.auth.guards import SETTING_UP
from api.auth.model import Session
from api.auth.one_time_codes import address_of
from api.auth.policy import load_policy
from api.auth.rights import allows
from api.auth.second_factor import (
    Factor,
    begin_factor,
    confirm_factor,
    drop_begun,
    find_begun,
    find_factor,
    remove_factor,
    renew_codes,
)
from api.auth.sign_in import is_own_password
from api.auth.users import LOCKED_FOR, MOST_REFUSALS
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, read_form
from api.pages.queries import choice
from api.pages.renderer import Call, database_of, page, principal_of, redirect, user_id_of
from api.pages.users import checks_of
from api.pages.words import mark
from api.state import read_clock
from devices.printing.codes import Code, encode

PATH: Final = "/account/second-factor"
OPT: Final = {**allows("home"), **SETTING_UP}
LABELS: Final = {"password": mark("Present password"), "code": mark("Code")}
DONE: Final = {"removed": mark("The second step is switched off.")}
_WRONG_PASSWORD: Final = Problem(
    mark("This is not the present password. %(tries)s wrong ones lock the account for %(minutes)s minutes."),
    {"tries": str(MOST_REFUSALS), "minutes": str(int(LOCKED_FOR.total_seconds()) // 60)},
)
_WRONG_CODE: Final = Problem(mark("This is not the code that the device shows now. Is its clock right?"))
_DEMANDED: Final = Problem(mark("A second step is demanded of your account: an administrator can change that."))


class Begun(Struct, frozen=True):
    """A device to be added: its secret in groups, and the same as a picture to scan."""

    secret: str
    code: Code

    @property
    def path(self) -> str:
        """The dark modules as a path of SVG, one unit each."""
        return "".join(f"M{run.x} {run.y}h{run.width}v1h-{run.width}z" for run in self.code.runs)


@get(PATH, opt=dict(OPT))
async def show_second_factor(request: Call) -> Response[str]:
    """Show what is set up, or how to set it up."""
    return await _show(request, Form({}))


@post(f"{PATH}/begin", opt=dict(OPT))
async def begin(request: Call) -> Response[str]:
    """Make a secret to scan, for the right password."""
    form = await _read_password(request)
    if not form.problems:
        try:
            await database_of(request).run(begin_factor, user_id_of(request), key=_key_of(request), now=read_clock())
        except SecondFactorRefusedError as error:
            form.refuse("password", forms.told(error.detail))
    return await _show(request, form) if form.problems else redirect(PATH)


@post(f"{PATH}/cancel", opt=dict(OPT))
async def cancel(request: Call) -> Response[str]:
    """Forget what was begun."""
    await database_of(request).run(drop_begun, user_id_of(request))
    return redirect(PATH)


@post(f"{PATH}/confirm", status_code=200, opt=dict(OPT))
async def confirm(request: Call) -> Response[str]:
    """Let the device count for a code of it, and show the recovery codes once."""
    form = await read_form(request)
    codes = None
    try:
        codes = await database_of(request).run(
            confirm_factor,
            user_id_of(request),
            form.text("code"),
            key=_key_of(request),
            session=_session_of(request).hash,
            act=act_of(request),
        )
    except SecondFactorRefusedError as error:
        form.refuse("code", forms.told(error.detail))
    if codes is None:
        form.refuse("code", _WRONG_CODE)
        return await _show(request, form)
    return _show_codes(request, codes, is_new=True)


@post(f"{PATH}/codes", status_code=200, opt=dict(allows("home")))
async def make_new_codes(request: Call) -> Response[str]:
    """Show new recovery codes once, for the right password; the old ones are void."""
    form = await _read_password(request)
    if form.problems:
        return await _show(request, form)
    try:
        codes = await database_of(request).run(renew_codes, user_id_of(request), act=act_of(request))
    except SecondFactorRefusedError:
        return redirect(PATH)
    return _show_codes(request, codes, is_new=False)


@post(f"{PATH}/remove", opt=dict(allows("home")))
async def switch_off(request: Call) -> Response[str]:
    """Take the second step away, for the right password, unless it is demanded."""
    form = await _read_password(request)
    if await _is_demanded(request):
        form.refuse("password", _DEMANDED)
    if form.problems:
        return await _show(request, form)
    await database_of(request).run(remove_factor, user_id_of(request), act=act_of(request))
    return redirect(f"{PATH}?done=removed")


SECOND_FACTOR: Final = (show_second_factor, begin, cancel, confirm, make_new_codes, switch_off)


async def _read_password(call: Call) -> Form:
    """Read a form that wants the present password, with its problem where it is not."""
    form = await read_form(call)
    login = principal_of(call).actor.removeprefix("user:")
    run = database_of(call), checks_of(call), login
    if not form.raw("password"):
        form.refuse("password", forms.EMPTY)
    elif not await is_own_password(*run, password=form.raw("password"), act=act_of(call)):
        form.refuse("password", _WRONG_PASSWORD)
    return form


async def _is_demanded(call: Call) -> bool:
    role = principal_of(call).role
    assert role != "till", "pages are for people"
    return (await database_of(call).run(load_policy)).demands_of(role)


async def _show(call: Call, sent: Form) -> Response[str]:
    """Show the page with what is wrong, and nothing of what was typed."""
    form = Form({})
    form.problems.update(sent.problems)
    factor = await database_of(call).run(find_factor, user_id_of(call))
    return page(
        call,
        "second_factor.html",
        status=REFUSED if form.problems else 200,
        here=PATH,
        form=form,
        labels=LABELS,
        factor=factor,
        begun=await _find_begun(call, factor, form),
        is_demanded=await _is_demanded(call),
        has_key=bool(_key_of(call)),
        done=choice(call, "done", DONE.__getitem__),
    )


async def _find_begun(call: Call, factor: Factor | None, form: Form) -> Begun | None:
    if factor is not None:
        return None
    try:
        secret = await database_of(call).run(find_begun, user_id_of(call), key=_key_of(call))
    except SecondFactorRefusedError as error:
        form.refuse("password", forms.told(error.detail))
        return None
    if secret is None:
        return None
    address = address_of(secret, principal_of(call).actor.removeprefix("user:"))
    return Begun(" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)), encode(address, "qr"))


def _show_codes(call: Call, codes: list[str], *, is_new: bool) -> Response[str]:
    return page(call, "recovery_codes.html", here=PATH, codes=codes, is_new=is_new)


def _key_of(call: Call) -> str:
    key: str = call.app.state["settings"].mail_key
    return key


def _session_of(call: Call) -> Session:
    assert call.auth is not None, "pages want a session"
    return call.auth
