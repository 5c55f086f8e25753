"""Who may call the till agent: loopback is not trust.

The key idea: three questions before any handler runs. Is the request meant for this host (a web page can make its own
name point at loopback, but not change the Host it sends)? Does it come from a page that may call? Does it show the
token that only the till's user can read?
"""

from collections.abc import Collection
from typing import Any, Final
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Guard

from pos_adapter.errors import ForeignHostError, ForeignOriginError, UnauthorizedError
from pos_adapter.tokens import is_token

LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
NEEDS_NO_TOKEN: Final = "needs_no_token"  # noqa: S105 # the name of a route's option, not a token

Connection = ASGIConnection[BaseRouteHandler, Any, Any, Any]  # Any: the agent has no users, no sessions, no own scope


def guards(token: str, origins: Collection[str]) -> list[Guard]:
    """Give the guards of all routes; a route with the option `NEEDS_NO_TOKEN` is open to who passes the first two."""

    def check_host(connection: Connection, _: BaseRouteHandler) -> None:
        if _host_name(connection.headers.get("Host", "")) not in LOOPBACK_HOSTS:
            raise ForeignHostError("the Host header must name 127.0.0.1, localhost or [::1]")

    def check_origin(connection: Connection, _: BaseRouteHandler) -> None:
        origin = connection.headers.get("Origin")
        own = f"http://{connection.headers.get('Host', '')}"  # the till's own page: its host was looked at already
        if origin is not None and origin != own and origin not in origins:
            raise ForeignOriginError("the Origin is not one of `origins` in till.toml")

    def check_token(connection: Connection, handler: BaseRouteHandler) -> None:
        if handler.opt.get(NEEDS_NO_TOKEN):
            return
        scheme, _, shown = connection.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not is_token(shown.strip(), token):
            raise UnauthorizedError("show the token of the local token file as `Authorization: Bearer`")

    return [check_host, check_origin, check_token]


def _host_name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
