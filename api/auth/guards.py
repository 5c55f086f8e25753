"""Who may call a route. Each says so itself, and a route that says nothing is closed.

A handler, or a router for all of its handlers, carries `opt=allows("cards.read")` (`api.auth.rights`), or for what no
right of people opens `opt=requires("till")`, or `opt=public`; the nearest word counts. `assert_every_route_is_guarded`
looks at start, `api.auth.middleware` at every request. A route of a module that is switched off is not there.

Litestar's own guards are not used: they copy the handler for each call, which costs as much as the rest of this room.
"""

from collections.abc import Iterator

from litestar import Litestar
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute
from msgspec import Struct

from api.auth.model import Right, Role

KEY = "access"
SETTING_UP: dict[str, bool] = {"setting_up": True}
"""Added to the `opt` of what a person may call of whom a second factor is demanded and who has none yet."""
EVERYBODY: frozenset[Role] = frozenset()


class Access(Struct, frozen=True, gc=False):
    """Which roles may call a route, and the right by which people may; None where no right of theirs opens it.

    `module` is what the route goes away with when a setting switches it off.
    """

    roles: frozenset[Role]
    right: Right | None = None
    module: str | None = None


public: dict[str, Access] = {KEY: Access(EVERYBODY)}
"""For a route that anybody may call; nobody is looked up for it."""


def public_of(module: str) -> dict[str, Access]:
    """Give the `opt` of a route that anybody may call as long as its module is not switched off."""
    return {KEY: Access(EVERYBODY, module=module)}


class UnguardedRouteError(RuntimeError):
    """A route does not say who may call it; the text names it."""

    code = "unguarded_route"


def requires(role: Role, *others: Role) -> dict[str, Access]:
    """Give the `opt` of a route that only these roles may call."""
    return {KEY: Access(frozenset({role, *others}))}


def access_of(handler: BaseRouteHandler) -> Access | None:
    """Give who may call a route, None if the route does not say."""
    access: Access | None = handler.opt.get(KEY)
    return access


def is_for_setting_up(handler: BaseRouteHandler) -> bool:
    """Tell whether a route is open to who still has to set up a second factor."""
    return "setting_up" in handler.opt


def assert_every_route_is_guarded(app: Litestar) -> None:
    """Look at every route of the application. Raises UnguardedRouteError naming the first that says nothing."""
    for path, handler in handlers_of(app):
        if access_of(handler) is None:
            raise UnguardedRouteError(
                f"{path} ({handler.handler_name}) does not say who may call it: give it opt=allows(...) or opt=public"
            )


def handlers_of(app: Litestar) -> Iterator[tuple[str, BaseRouteHandler]]:
    """Give every handler with its path, without the answers to OPTIONS that Litestar adds by itself."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            yield route.path, route.route_handler
            continue
        for handler in route.route_handlers:
            if handler.http_methods != {"OPTIONS"}:
                yield route.path, handler
