"""Every route says who may call it, and one that says nothing is closed."""

import httpx
import pytest
from litestar import Litestar, Router, get

from api.auth.guards import UnguardedRouteError, assert_every_route_is_guarded, public, requires
from api.auth.middleware import authenticate
from api.failures import HANDLERS


@get("/v1/open", opt=public)
async def give_open() -> str:
    return "open"


@get("/v1/staff")
async def give_staff() -> str:
    return "staff"


def make(*handlers: object) -> Litestar:
    return Litestar(list(handlers), middleware=[authenticate], exception_handlers=HANDLERS, openapi_config=None)  # type: ignore[arg-type] # handlers and routers


def test_route_that_says_nothing_is_named_at_start() -> None:
    with pytest.raises(UnguardedRouteError, match=r"/v1/staff .*give_staff"):
        assert_every_route_is_guarded(make(give_open, give_staff))


def test_word_of_a_router_counts_for_its_handlers() -> None:
    assert_every_route_is_guarded(make(give_open, Router("/", route_handlers=[give_staff], opt=requires("clerk"))))


async def call(app: Litestar, path: str, method: str = "GET") -> httpx.Response:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type] # two spellings of ASGI
    async with httpx.AsyncClient(transport=transport, base_url="http://tallycard.test") as http:
        return await http.request(method, path)


async def test_nearest_word_counts() -> None:
    app = make(Router("/", route_handlers=[give_open], opt=requires("admin")))
    assert (await call(app, "/v1/open")).text == "open"


async def test_route_that_says_nothing_is_closed() -> None:
    answer = await call(make(give_staff), "/v1/staff")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


async def test_options_of_a_route_are_no_secret() -> None:
    answer = await call(make(give_staff), "/v1/staff", "OPTIONS")
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, OPTIONS")
