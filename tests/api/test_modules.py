"""A module that is switched off takes its routes, its navigation and its panels with it, and nothing else."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler
from msgspec import structs

from api.app import make_app
from api.auth.guards import access_of, handlers_of
from api.settings import MODULES, Settings, load_settings
from tests.api.people import add_person, csrf_token_of, sign_in
from tests.conftest import calling
from tests.factories import make_person

EXAMPLES = {"int": "1", "uuid": "00000000-0000-0000-0000-000000000007", "str": "nothing", "path": "nothing"}
WANT_MORE = {
    "/cards/change",
    "/parties/change",
    "/parties/merge",
    "/settings/tills/store",
    "/signals/dismiss",
    "/structure",
    "/subscribe",
    "/tasks/tie",
}
"""Pages that are asked for with a query alone, and the public form, which is closed until a mailbox is chosen for it."""

LINKS = re.compile(r'(?:href|action)="(/[^"?#]*)')


class Route:
    """A method of a path, the module it belongs to, and what addresses of it look like."""

    def __init__(self, method: str, path: str, module: str | None) -> None:
        self.method, self.path, self.module = method, path, module
        self.url = re.sub(r"\{\w+:(\w+)\}", lambda found: EXAMPLES[found[1]], path)
        self.shape = re.compile(re.sub(r"\{\w+:\w+\}", "[^/]+", path) + "$")


def _routes() -> list[Route]:
    found = []
    for path, handler in handlers_of(make_app(load_settings({}), "postgresql://nobody/nothing")):
        access = access_of(handler)
        assert isinstance(handler, HTTPRouteHandler)
        assert access is not None
        found += [Route(method, path, access.module) for method in sorted(handler.http_methods - {"HEAD"})]
    return found


ROUTES = _routes()


@pytest.fixture(params=sorted(MODULES))
async def without(
    request: pytest.FixtureRequest, settings: Settings, database_url: str
) -> AsyncIterator[tuple[str, httpx.AsyncClient]]:
    """Give a module, and an administrator's browser of an installation that does without it."""
    off = structs.replace(settings, modules_off=frozenset({request.param}))
    async with calling(off, database_url) as caller:
        await add_person(caller.service.database, login="ada", role="admin")
        await make_person(caller.service.database, "Anna Marsh")
        await sign_in(caller.http, login="ada")
        yield request.param, caller.http


async def _status(http: httpx.AsyncClient, route: Route, csrf: str) -> int:
    body = {} if route.method in {"GET", "DELETE"} else {"content": b"{}"}
    headers = {"X-CSRF-Token": csrf, "Content-Type": "application/json"}
    return (await http.request(route.method, route.url, headers=headers, **body)).status_code  # type: ignore[arg-type] # optional arguments


async def test_every_route_of_a_module_that_is_off_is_not_found(without: tuple[str, httpx.AsyncClient]) -> None:
    """BG-06: for programs and for pages."""
    module, http = without
    csrf = csrf_token_of(await http.get("/account"))
    own = [route for route in ROUTES if route.module == module]
    assert {route.path.startswith("/v1/") for route in own} == {True, False}
    assert [route.url for route in own if await _status(http, route, csrf) != 404] == []
    problem = await http.get(next(route.url for route in own if route.url.startswith("/v1/")))
    assert (problem.json()["code"], problem.headers["content-type"]) == ("not_found", "application/problem+json")


async def test_no_page_leads_to_a_module_that_is_off_and_all_others_open(
    without: tuple[str, httpx.AsyncClient],
) -> None:
    """BG-06: navigation, profile and lists know nothing of it, and nothing else is missing."""
    module, http = without
    plain = [route for route in ROUTES if route.method == "GET" and "{" not in route.path and route.module != module]
    pages = {route.url for route in plain if not route.path.startswith(("/v1/", "/schema", "/static", "/sign-"))}
    answers = {url: await http.get(url) for url in [*sorted(pages - WANT_MORE), "/parties/1"]}
    assert {url: answer.status_code for url, answer in answers.items() if answer.status_code >= 400} == {}
    gone = [route.shape for route in ROUTES if route.module == module]
    led = {link for answer in answers.values() for link in LINKS.findall(answer.text)}
    assert [link for link in led if any(shape.match(link) for shape in gone)] == []


async def test_events_that_are_off_take_nothing_of_surveys_documents_and_rules_along(
    settings: Settings, database_url: str
) -> None:
    """BG-06: the next call of a survey, the structure of a document; a rule is offered what there is alone."""
    async with calling(structs.replace(settings, modules_off=frozenset({"events"})), database_url) as caller:
        admin = await caller.as_role("admin")
        await add_person(caller.service.database, login="ada", role="admin")
        await sign_in(caller.http, login="ada")
        buyer = await make_person(caller.service.database, "Anna Marsh", phone="+35929000111")
        survey = (await admin.post("/v1/surveys", json={"name": "Quality"})).json()["survey_id"]
        await admin.post(f"/v1/surveys/{survey}/lists", json={"query": "where=kind~is~person"})
        paid = {"kind": "payment", "party_id": buyer, "amount": "10.00", "means": "cash", "date": "2026-11-22"}
        document = (await admin.post("/v1/business-documents", json=paid)).json()["document_id"]

        shown = (await caller.http.get(f"/surveys/{survey}")).text
        structure = await caller.http.get(f"/structure?of=business_document:{document}")
        rule = (await caller.http.get("/settings/notifications/new")).text

        assert "Next call" in shown
        assert (await admin.post(f"/v1/surveys/{survey}/next", json={"user_id": 1})).json()["call"] is not None
        assert structure.status_code == 200
        assert (await caller.http.get("/structure?of=event:1")).status_code == 404
        assert [text for text in ('value="event"', 'value="event.made"', 'value="event:meeting"') if text in rule] == []
        assert [text for text in ('value="task"', 'value="task.made"', 'value="task:task"') if text not in rule] == []


async def test_an_installation_without_anything_switched_off_leads_to_every_module(
    settings: Settings, database_url: str
) -> None:
    async with calling(settings, database_url) as caller:
        await add_person(caller.service.database, login="ada", role="admin")
        await sign_in(caller.http, login="ada")
        await make_person(caller.service.database, "Anna Marsh")
        pages = [(await caller.http.get(page)).text for page in ("/", "/parties/1")]
        led = [link for page in pages for link in LINKS.findall(page)]
    ways = {route.module for route in ROUTES for link in led if route.shape.match(link)}
    assert ways >= MODULES
