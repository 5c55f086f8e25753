"""Every answer says what a browser may do with it: each route, errors, files, and what no route is there for."""

import re
from uuid import UUID

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from api.app import make_app
from api.auth.guards import handlers_of
from api.headers import HTTPS_FOR_A_YEAR, PERMISSIONS
from api.settings import load_settings
from tests.api.people import add_person, csrf_token_of, sign_in
from tests.conftest import Caller, calling

EXAMPLES = {"int": "4711", "uuid": str(UUID(int=7)), "str": "nothing", "path": "nothing"}
ENDLESS = "live"
"""Streams have it in their path: they go on until their caller goes."""
FROM_ELSEWHERE = {"/o/{token:str}"}
"""What a letter in a mail program loads: the dot of a tracked one."""
ROUTES = sorted(
    (method, path)
    for path, handler in handlers_of(make_app(load_settings({}), "postgresql://nobody/nothing"))
    if isinstance(handler, HTTPRouteHandler)
    for method in handler.http_methods - {"HEAD"}
)


def wrong_headers(answer: httpx.Response) -> set[str]:
    """Name the headers that an answer does not say as it must."""
    headers = answer.headers
    policy = headers.get("content-security-policy", "")
    is_right = {
        "content-security-policy": policy.startswith("default-src 'none'") and "unsafe" not in policy,
        "frame-ancestors": "frame-ancestors 'none'" in policy or "frame-ancestors 'self'" in policy,
        "x-content-type-options": headers.get("x-content-type-options") == "nosniff",
        "referrer-policy": headers.get("referrer-policy") in {"same-origin", "no-referrer"},
        "cross-origin-opener-policy": headers.get("cross-origin-opener-policy") == "same-origin",
        "cross-origin-resource-policy": headers.get("cross-origin-resource-policy") == "same-origin",
        "permissions-policy": headers.get("permissions-policy") == PERMISSIONS,
        "cache-control": bool(headers.get("cache-control")),
        "strict-transport-security": "strict-transport-security" not in headers,
    }
    return {name for name, is_so in is_right.items() if not is_so}


@pytest.fixture
async def boss(caller: Caller) -> httpx.AsyncClient:
    """Give a browser in which an administrator is signed in."""
    await add_person(caller.service.database, role="admin")
    await sign_in(caller.http)
    return caller.http


async def test_every_route_says_all_headers_to_who_may_call_it(boss: httpx.AsyncClient) -> None:
    sent = {"X-CSRF-Token": csrf_token_of(await boss.get("/account")), "Content-Type": "application/json"}
    wrong = {}
    for method, path in ROUTES:
        if ENDLESS in path or path == "/sign-out":
            continue
        url = re.sub(r"\{\w+:(\w+)\}", lambda found: EXAMPLES[found[1]], path)
        answer = await boss.request(method, url, headers=sent, content=b"" if method == "GET" else b"{}")
        bad = wrong_headers(answer) - ({"cross-origin-resource-policy"} if path in FROM_ELSEWHERE else set())
        if bad:
            wrong[f"{method} {path}"] = bad
    assert len(ROUTES) > 500
    assert wrong == {}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/nowhere", 404),
        ("PUT", "/cards", 405),
        ("GET", "/v1/cards", 401),
        ("GET", "/cards", 303),
        ("GET", "/sign-in", 200),
        ("GET", "/v1/health", 200),
        ("GET", "/schema/openapi.json", 200),
        ("GET", "/static/other/app.css", 404),
    ],
)
async def test_errors_and_what_is_for_everybody_say_all_headers(
    caller: Caller, method: str, path: str, status: int
) -> None:
    answer = await caller.http.request(method, path)
    assert (answer.status_code, wrong_headers(answer)) == (status, set())


async def test_file_of_a_release_may_be_kept_and_a_page_may_not(boss: httpx.AsyncClient) -> None:
    page = await boss.get("/cards")
    file = await boss.get(re.findall(r'href="(/static/[^"]+\.css)"', page.text)[0])
    assert (file.status_code, wrong_headers(file)) == (200, set())
    assert page.headers["cache-control"] == "no-store"
    assert "immutable" in file.headers["cache-control"]


async def test_page_may_load_its_own_files_and_no_inline_script(boss: httpx.AsyncClient) -> None:
    policy = (await boss.get("/cards")).headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "'unsafe" not in policy


async def test_https_is_asked_for_where_the_setting_says_it_is_there(database_url: str) -> None:
    settings = load_settings({"TALLYCARD_CURRENCY": "EUR", "TALLYCARD_SECURE_COOKIES": "yes"})
    async with calling(settings, database_url) as caller:
        for path in ("/sign-in", "/v1/health", "/v1/nowhere"):
            answer = await caller.http.get(path)
            assert answer.headers["strict-transport-security"] == HTTPS_FOR_A_YEAR
