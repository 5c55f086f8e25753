"""Finds out who calls and whether they may, before any handler runs.

A person of whom a second factor is demanded and who has none yet is let in nowhere but where it is set up.

`scope["user"]` becomes the principal and `scope["auth"]` the session of a person, or both are None. A bearer token
counts alone; without one the session cookie does. What a browser may be tricked into is refused: a change asked for
under a session must show the session's CSRF token, in the header `X-CSRF-Token` or the form field `csrf`.

A till's known token costs no trip to the database; a public route looks nobody up.
"""

from datetime import UTC, datetime

from litestar import Request
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.exceptions import NotFoundException
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from api.auth.csrf import is_token
from api.auth.devices import name_device
from api.auth.errors import ForgedRequestError, NotAllowedError, NotSignedInError, SecondFactorWantedError
from api.auth.guards import EVERYBODY, Access, access_of, is_for_setting_up
from api.auth.model import Principal, Session
from api.auth.sessions import COOKIE, SECURE_COOKIE, find_session
from api.auth.tokens import TokenCache
from api.settings import Settings
from database.engine import Database

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = b"x-csrf-token"
CSRF_FIELD = "csrf"
MOST_COOKIE_LENGTH = 200


def authenticate(app: ASGIApp) -> ASGIApp:
    """Wrap the application's handlers; wants `state.database` and `state.tokens`."""

    async def authenticated(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            await _admit(scope, receive, send)
        await app(scope, receive, send)

    return authenticated


async def _admit(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Set who calls. Raises NotFoundException, NotSignedInError, NotAllowedError, ForgedRequestError."""
    scope["user"] = scope["auth"] = None
    access = access_of(scope["route_handler"])
    if access is not None and _is_switched_off(scope, access):
        raise NotFoundException
    if scope["method"] == "OPTIONS" or (access is not None and access.roles == EVERYBODY):
        return
    principal, session = await _identify(scope)
    if principal is None:
        raise NotSignedInError("this needs an access token or a session: sign in")
    if access is None or principal.role not in access.roles:
        raise NotAllowedError(f"this is not for the role {principal.role}: an administrator can give another")
    if session is not None and scope["method"] not in SAFE_METHODS:
        await _check_csrf(session, scope, receive, send)
    if session is not None and session.must_set_up and not is_for_setting_up(scope["route_handler"]):
        raise SecondFactorWantedError("set up a second step for signing in first, under your own name")
    scope["user"], scope["auth"] = principal, session


def _is_switched_off(scope: HTTPScope, access: Access) -> bool:
    if access.module is None:
        return False
    settings: Settings = scope["litestar_app"].state["settings"]
    return access.module in settings.modules_off


async def _identify(scope: HTTPScope) -> tuple[Principal | None, Session | None]:
    authorization = _header(scope, b"authorization")
    if authorization is not None:
        kind, _, token = authorization.partition(b" ")
        if kind.lower() != b"bearer":
            return None, None
        tokens: TokenCache = scope["litestar_app"].state["tokens"]
        return await tokens.find(token.strip()), None
    cookie = read_cookie(scope)
    if cookie is None:
        return None, None
    database: Database = scope["litestar_app"].state["database"]
    session = await database.run(find_session, cookie, now=datetime.now(UTC))
    return (None, None) if session is None else (session.principal, session)


def read_cookie(scope: HTTPScope) -> str | None:
    """Give the value of the session cookie as the browser sent it; over https that of its own name alone."""
    header = _header(scope, b"cookie")
    if header is None:
        return None
    wanted = cookie_name(scope)
    for part in header.decode("latin-1").split(";"):
        name, _, value = part.strip().partition("=")
        if name == wanted and 0 < len(value) <= MOST_COOKIE_LENGTH:
            return value
    return None


def cookie_name(scope: HTTPScope) -> str:
    """Give the name of the session cookie, which over https no other host of the domain can plant."""
    return SECURE_COOKIE if is_secure(scope) else COOKIE


def is_secure(scope: HTTPScope) -> bool:
    """Tell whether browsers reach the service over https, itself or through a proxy as the setting says."""
    settings: Settings = scope["litestar_app"].state["settings"]
    return settings.secure_cookies or scope["scheme"] == "https"


def device_of(scope: HTTPScope) -> str:
    """Give a few words for the browser that calls, such as Firefox, Windows."""
    return name_device((_header(scope, b"user-agent") or b"").decode("latin-1"))


async def _check_csrf(session: Session, scope: HTTPScope, receive: Receive, send: Send) -> None:
    header = _header(scope, CSRF_HEADER)
    if header is None:
        # The body is kept in the scope, so that the handler reads it again.
        form = await Request[Principal | None, Session | None, State](scope, receive, send).form()
        shown = str(form.get(CSRF_FIELD, ""))
    else:
        shown = header.decode("latin-1")
    if not is_token(shown, session.csrf):
        raise ForgedRequestError("the page this came from is out of date: load it again and repeat")


def is_from_other_site(scope: HTTPScope) -> bool:
    """Tell whether a browser says that another site's page sent this; for forms that no session protects yet."""
    fetch_site = _header(scope, b"sec-fetch-site")
    if fetch_site is not None:
        return fetch_site not in {b"same-origin", b"none"}
    origin = _header(scope, b"origin")
    return origin is not None and origin.partition(b"://")[2] != _header(scope, b"host")


def _header(scope: HTTPScope, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key == name), None)
