"""Who may call what, cell by cell: every route of the product for every role, over HTTP.

C77-25: roles are presets, and the rights of each are tested.
"""

import re
from collections.abc import AsyncIterator
from typing import get_args
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from api.app import make_app
from api.auth.guards import EVERYBODY, Access, access_of, handlers_of
from api.auth.model import Right, Role, TokenRole, UserRole
from api.auth.rights import HOLDERS, may
from api.failures import OF_PROGRAMS
from api.settings import load_settings
from database.embedded import Server, database_dsn
from tests.api.people import add_person, csrf_token_of, sign_in
from tests.conftest import Caller, _execute, calling

USER_ROLES: tuple[UserRole, ...] = get_args(UserRole)
READS_BY_POST = {
    "/cards/search",
    "/search",
    "/search/palette",
    "/v1/search",
    "/v1/parties/{party_id:int}/lookalikes",
    "/v1/receipts/calculate",
    "/v1/segments/count",
}
"""What hangs on a right to read and is asked by POST: a card's number stands in no address."""

OWN_THINGS = {
    "/events/views",
    "/events/views/{view_id:int}",
    "/contacts/views",
    "/contacts/views/{view_id:int}",
    "/parties/views",
    "/parties/views/{view_id:int}",
    "/dispatcher/views",
    "/dispatcher/views/{view_id:int}",
    "/tasks/views",
    "/tasks/views/{view_id:int}",
    "/reports/{report_id:str}/letters",
    "/reports/letters/{letter_id:int}/end",
    "/notifications/read",
    "/notifications/{notice_id:int}",
    "/v1/notifications/read",
    "/v1/notifications/{notice_id:int}/read",
    "/v1/notifications/{notice_id:int}/unread",
    "/profile-layouts/{kind:str}",
    "/parties/{party_id:int}/contacts/{contact_id:int}/uses",
    "/v1/parties/{party_id:int}/contacts/{part_id:int}/uses",
}
"""What readers keep for themselves: how they look at records, what they read, and that they used a way to reach somebody."""

EXAMPLES = {"int": "4711", "uuid": str(UUID(int=7)), "str": "nothing"}
SIGN_OUT = "/sign-out"


class Route:
    """A method of a path that not everybody may call, with an address that names nothing."""

    def __init__(self, method: str, path: str, access: Access) -> None:
        self.method, self.path, self.access = method, path, access
        self.url = re.sub(r"\{\w+:(\w+)\}", lambda found: EXAMPLES[found[1]], path)

    def expects(self, role: Role) -> bool:
        """Tell from the table alone whether a role is let in."""
        if self.access.right is None or role == "till":
            return role in self.access.roles
        return may(role, self.access.right)


def routes_of(app: Litestar) -> list[Route]:
    """Give all routes with a guard; signing out comes last, for it ends what the others need."""
    found = []
    for path, handler in handlers_of(app):
        access = access_of(handler)
        assert isinstance(handler, HTTPRouteHandler)
        assert access is not None
        if access.roles != EVERYBODY:
            found += [Route(method, path, access) for method in sorted(handler.http_methods - {"HEAD"})]
    return sorted(found, key=lambda route: route.path == SIGN_OUT)


ROUTES = routes_of(make_app(load_settings({}), "postgresql://nobody/nothing"))


@pytest.fixture(scope="module")
async def house(postgres: Server, template: str) -> AsyncIterator[Caller]:
    """Give the product on a database of its own, with a person of each role."""
    name = "test_rights"
    await _execute(postgres, f"create database {name} template {template} strategy file_copy")
    async with calling(load_settings({"TALLYCARD_CURRENCY": "EUR"}), database_dsn(postgres, name)) as caller:
        for role in USER_ROLES:
            await add_person(caller.service.database, login=role, role=role)
        yield caller
    await _execute(postgres, f"drop database {name} with (force)")


async def is_let_in(http: httpx.AsyncClient, route: Route, headers: dict[str, str]) -> bool:
    """Call a route with nothing that it could use."""
    body = {} if route.method in {"GET", "DELETE"} else {"content": b"{}"}
    sent = headers | {"Content-Type": "application/json" if route.path.startswith("/v1/") else "text/plain"}
    answer = await http.request(route.method, route.url, headers=sent, **body)  # type: ignore[arg-type] # optional arguments
    assert answer.status_code != 401, f"{route.method} {route.path}: nobody is signed in"
    assert "/sign-in" not in answer.headers.get("location", "") or route.path == SIGN_OUT
    return answer.status_code != 403


@pytest.mark.parametrize("role", USER_ROLES)
async def test_every_route_lets_a_person_in_as_the_table_says(house: Caller, role: UserRole) -> None:
    """C77-25."""
    async with httpx.AsyncClient(transport=house.http._transport, base_url=house.http.base_url) as http:
        await sign_in(http, login=role)
        headers = {"X-CSRF-Token": csrf_token_of(await http.get("/account"))}
        wrong = [
            f"{route.method} {route.path}"
            for route in ROUTES
            if await is_let_in(http, route, headers) != route.expects(role)
        ]
    assert wrong == []


@pytest.mark.parametrize("role", get_args(TokenRole))
async def test_every_route_lets_a_token_in_as_the_table_says_but_for_pages(house: Caller, role: TokenRole) -> None:
    where = {"store": "0007", "till": "3"} if role == "till" else {}
    async with await house.as_role(role, **where) as http:
        wrong = [
            f"{route.method} {route.path}"
            for route in ROUTES
            if await is_let_in(http, route, {}) != (route.expects(role) and route.path.startswith(OF_PROGRAMS))
        ]
    assert wrong == []


def test_pages_and_api_are_all_among_the_routes() -> None:
    paths = {route.path for route in ROUTES}
    assert {"/", "/cards", "/settings/users", "/v1/cards", "/v1/receipts"} <= paths


def test_right_to_read_changes_nothing() -> None:
    changing = {
        route.path
        for route in ROUTES
        if route.method != "GET" and route.access.right is not None and route.access.right.endswith(".read")
    }
    assert changing - READS_BY_POST - OWN_THINGS == set()


def test_every_right_of_the_table_opens_something() -> None:
    assert set(HOLDERS) == set(get_args(Right))
    assert {"cards.act", "users.edit", "audit.read", "parties.edit"} <= {route.access.right for route in ROUTES}


@pytest.mark.parametrize(
    ("role", "allowed", "refused"),
    [
        ("director", "parties.erase audit.read settings.edit", "users.edit"),
        ("marketing_director", "prices.edit parties.merge audit.read", "cards.act receipts.void settings.edit"),
        ("marketing", "parties.bulk reports.read", "cards.act receipts.void parties.merge"),
        ("sales", "cards.act business.edit", "cards.make prices.edit receipts.void audit.read"),
        ("purchasing", "prices.read business.edit", "cards.read receipts.read prices.edit"),
        ("call_taker", "calls.take parties.edit cards.read", "cards.numbers cards.act reports.read"),
        ("dispatcher", "calls.take parties.edit", "parties.bulk signals.read"),
        ("clerk", "cards.make prices.edit receipts.void jobs.stop", "users.edit settings.edit parties.erase"),
        ("cashier_supervisor", "receipts.void signals.dismiss cards.act", "parties.edit cards.bulk business.read"),
    ],
)
def test_what_a_role_is_for_is_open_to_it_and_the_rest_is_not(role: UserRole, allowed: str, refused: str) -> None:
    """C77-25: in words, beside the table."""
    rights: dict[str, Right] = {right: right for right in get_args(Right)}
    assert [right for right in allowed.split() if not may(role, rights[right])] == []
    assert [right for right in refused.split() if may(role, rights[right])] == []


def test_administrator_may_do_everything_and_a_till_nothing_of_people() -> None:
    assert [right for right in HOLDERS if not may("admin", right)] == []
    assert [right for right in HOLDERS if may("till", right)] == []


async def test_refusal_says_who_can_lift_it(house: Caller) -> None:
    async with httpx.AsyncClient(transport=house.http._transport, base_url=house.http.base_url) as http:
        await sign_in(http, login="purchasing")
        page, call = await http.get("/cards"), await http.get("/v1/cards")
    assert (page.status_code, call.status_code, call.json()["code"]) == (403, 403, "not_allowed")
    assert "An administrator can give your account another role." in page.text
    assert "an administrator can give another" in call.json()["detail"]
