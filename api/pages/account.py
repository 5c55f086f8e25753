"""Signing in, in one step or two, and out, and the look a person sets for themselves.

A first step that is right leaves a cookie that opens nothing but the second: it shows no page and calls no API.
"""

from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from api.auth.errors import ForgedRequestError, SecondFactorRefusedError, SignInOverError
from api.auth.guards import SETTING_UP
from api.auth.middleware import cookie_name, device_of, is_from_other_site, is_secure, read_cookie
from api.auth.model import Theme
from api.auth.rights import allows
from api.auth.sessions import CODE_AWAITED, LIFETIME, close_session
from api.auth.sign_in import Visit, give_code, sign_in
from api.auth.users import LOCKED_FOR, MOST_LOGIN_LENGTH, MOST_REFUSALS, choose_theme
from api.pages import forms
from api.pages.edge import service_of
from api.pages.renderer import Call, database_of, page, principal_of, redirect
from api.pages.words import THEMES
from api.state import read_clock

CODE_PATH = "/sign-in/code"
MOST_PATH_LENGTH = 2_000
MOST_CODE_LENGTH = 60
REFUSED = 422
_LOCKED_MINUTES = LOCKED_FOR // timedelta(minutes=1)
_THEMES: dict[str, Theme] = {theme: theme for theme in THEMES}  # type: ignore[misc] # its keys are the themes


@get("/sign-in")
async def show_sign_in(request: Call) -> Response[str]:
    """Show the form; in a shop without any user, say how the first one is made."""
    is_empty = not await service_of(request).has_people()
    return _sign_in_page(request, where=request.query_params.get("next", "/"), is_empty=is_empty)


@post("/sign-in")
async def enter(request: Call) -> Response[str]:
    """Sign a person in and lead on; a refusal shows the form again with the login that was typed."""
    form = await _own_form(request)
    login, where = form.get("login", ""), form.get("next", "/")
    entry = await sign_in(
        database_of(request),
        request.app.state["password_checks"],
        login=login[:MOST_LOGIN_LENGTH].replace("\0", ""),
        password=form.get("password", ""),
        visit=Visit(read_cookie(request.scope), device_of(request.scope)),
        now=read_clock(),
    )
    if entry is None:
        return _sign_in_page(request, where=where, login=login, status=REFUSED)
    if entry.awaits_code:
        there = f"{CODE_PATH}?{urlencode({'next': local_path(where)})}"
        return _with_cookie(request, redirect(there), entry.cookie, CODE_AWAITED)
    return _with_cookie(request, redirect(local_path(where)), entry.cookie, LIFETIME)


@get(CODE_PATH)
async def show_second_step(request: Call) -> Response[str]:
    """Show the form of the code."""
    return _code_page(request, where=request.query_params.get("next", "/"))


@post(CODE_PATH)
async def enter_code(request: Call) -> Response[str]:
    """Take the code and lead on; where the password was given too long ago, it is asked for again."""
    form = await _own_form(request)
    where = form.get("next", "/")
    try:
        entered = await give_code(
            database_of(request),
            cookie=read_cookie(request.scope) or "",
            typed=form.get("code", "")[:MOST_CODE_LENGTH],
            key=request.app.state["settings"].mail_key,
            device=device_of(request.scope),
            now=read_clock(),
        )
    except SignInOverError:
        return _sign_in_page(request, where=where, is_over=True, status=REFUSED)
    except SecondFactorRefusedError as error:
        return _code_page(request, where=where, refusal=forms.told(error.detail))
    if entered is None:
        return _code_page(request, where=where, status=REFUSED)
    return _with_cookie(request, redirect(local_path(where)), entered, LIFETIME)


@post("/sign-out", opt={**allows("home"), **SETTING_UP})
async def leave(request: Call) -> Response[str]:
    """End the session, at the server and in the browser."""
    cookie = read_cookie(request.scope)
    if cookie is not None:
        await database_of(request).run(close_session, cookie)
    return _with_cookie(request, redirect("/sign-in"), "", timedelta())


@post("/account/theme", opt={**allows("home"), **SETTING_UP})
async def set_theme(request: Call) -> Response[str]:
    """Keep the look a person wants, and lead back to where they were."""
    form = await request.form()
    theme = _THEMES.get(str(form.get("theme")))
    if theme is not None:
        await database_of(request).run(choose_theme, principal_of(request), theme, now=read_clock())
    return redirect(local_path(str(form.get("next", "/"))))


def local_path(where: str) -> str:
    """Give an address on this server to lead to; one of anywhere else becomes the first page."""
    parts = urlsplit(where)
    is_here = not parts.scheme and not parts.netloc and where.startswith("/") and "\\" not in where
    return where if is_here and len(where) <= MOST_PATH_LENGTH and where.isprintable() else "/"


async def _own_form(call: Call) -> dict[str, str]:
    """Read a form that no session protects yet. Raises ForgedRequestError for one of another site's page."""
    if is_from_other_site(call.scope):
        raise ForgedRequestError("this form was sent by another site's page")
    return {name: str(value) for name, value in (await call.form()).items()}


def _sign_in_page(
    call: Call,
    *,
    where: str,
    login: str = "",
    is_over: bool = False,
    is_empty: bool = False,
    status: int = 200,
) -> Response[str]:
    return page(
        call,
        "sign_in.html",
        status=status,
        next=local_path(where),
        login=login,
        is_refused=status == REFUSED and not is_over,
        is_over=is_over,
        is_empty=is_empty,
        tries=MOST_REFUSALS,
        minutes=_LOCKED_MINUTES,
    )


def _code_page(call: Call, *, where: str, refusal: forms.Problem | None = None, status: int = 200) -> Response[str]:
    """Show the form of the code; `refusal` says why codes cannot be checked, a status alone that it was wrong."""
    return page(
        call,
        "sign_in_code.html",
        status=REFUSED if refusal else status,
        next=local_path(where),
        is_refused=status == REFUSED,
        refusal=refusal,
        most=MOST_CODE_LENGTH,
        tries=MOST_REFUSALS,
        minutes=_LOCKED_MINUTES,
    )


def _with_cookie(call: Call, answer: Redirect, value: str, life: timedelta) -> Redirect:
    answer.set_cookie(
        Cookie(
            key=cookie_name(call.scope),
            value=value,
            path="/",
            max_age=int(life.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=is_secure(call.scope),
        )
    )
    return answer
