"""Signing in and out, and what a person sets for themselves."""

from urllib.parse import urlsplit

from litestar import Response, get, post
from litestar.datastructures import Cookie

from api.auth.errors import ForgedRequestError
from api.auth.middleware import is_from_other_site, read_cookie
from api.auth.model import Theme
from api.auth.rights import allows
from api.auth.sessions import COOKIE, LIFETIME, close_session
from api.auth.sign_in import sign_in
from api.auth.users import LOCKED_FOR, MOST_LOGIN_LENGTH, MOST_REFUSALS, choose_theme
from api.pages.renderer import Call, database_of, page, principal_of, redirect
from api.pages.words import THEMES
from api.state import read_clock

MOST_PATH_LENGTH = 2_000
REFUSED = 422
_THEMES: dict[str, Theme] = {theme: theme for theme in THEMES}  # type: ignore[misc] # its keys are the themes


@get("/sign-in")
async def show_sign_in(request: Call) -> Response[str]:
    """Show the form."""
    return _sign_in_page(request, where=request.query_params.get("next", "/"))


@post("/sign-in")
async def enter(request: Call) -> Response[str]:
    """Sign a person in and lead on; a refusal shows the form again with the login that was typed."""
    if is_from_other_site(request.scope):
        raise ForgedRequestError("this form was sent by another site's page")
    form = await request.form()
    login, password = str(form.get("login", "")), str(form.get("password", ""))
    where = str(form.get("next", "/"))
    cookie = await sign_in(
        database_of(request),
        request.app.state["password_checks"],
        login=login[:MOST_LOGIN_LENGTH].replace("\0", ""),
        password=password,
        old_cookie=read_cookie(request.scope),
        now=read_clock(),
    )
    if cookie is None:
        return _sign_in_page(request, where=where, login=login, status=REFUSED)
    answer = redirect(local_path(where))
    answer.set_cookie(_cookie(request, cookie, max_age=int(LIFETIME.total_seconds())))
    return answer


@post("/sign-out", opt=dict(allows("home")))
async def leave(request: Call) -> Response[str]:
    """End the session, at the server and in the browser."""
    cookie = read_cookie(request.scope)
    if cookie is not None:
        await database_of(request).run(close_session, cookie)
    answer = redirect("/sign-in")
    answer.set_cookie(_cookie(request, "", max_age=0))
    return answer


@post("/account/theme", opt=dict(allows("home")))
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


def _sign_in_page(call: Call, *, where: str, login: str = "", status: int = 200) -> Response[str]:
    return page(
        call,
        "sign_in.html",
        status=status,
        next=local_path(where),
        login=login,
        is_refused=status == REFUSED,
        tries=MOST_REFUSALS,
        minutes=int(LOCKED_FOR.total_seconds()) // 60,
    )


def _cookie(call: Call, value: str, *, max_age: int) -> Cookie:
    is_secure = call.url.scheme == "https" or call.app.state["settings"].secure_cookies
    return Cookie(key=COOKIE, value=value, path="/", max_age=max_age, httponly=True, samesite="lax", secure=is_secure)
