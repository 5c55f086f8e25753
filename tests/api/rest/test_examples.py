"""The examples of the OpenAPI document: each is decoded by its route's own struct, and no route of parties, projects or surveys lacks one."""

import re
from collections.abc import Iterator

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.app import make_app
from api.auth.guards import handlers_of
from api.rest.examples import EXAMPLES
from api.settings import load_settings
from tests.conftest import Caller

ROOMS = re.compile(
    r"/v1/(parties|attributes|directories|business-documents|duplicates|merges|search|calls|projects|surveys)\b"
    r"|.*/attributes$"
)


def _bodies() -> Iterator[tuple[tuple[str, str], type[Struct]]]:
    """Give the struct of every JSON body by method and path as the document writes them."""
    for path, handler in handlers_of(make_app(load_settings({}), "postgresql://nobody/nothing")):
        assert isinstance(handler, HTTPRouteHandler)
        body = handler.parsed_fn_signature.parameters.get("data")
        struct = None if body is None else body.annotation
        if path.startswith("/v1/") and isinstance(struct, type) and issubclass(struct, Struct):
            for method in handler.http_methods:
                yield (method.lower(), re.sub(r":\w+\}", "}", path)), struct


BODIES = dict(_bodies())


def test_every_example_is_a_body_that_its_route_takes() -> None:
    decoded = {key: msgspec.json.decode(msgspec.json.encode(one), type=BODIES[key]) for key, one in EXAMPLES.items()}
    assert len(decoded) == len(EXAMPLES)


def test_every_body_of_parties_projects_and_surveys_has_an_example() -> None:
    assert {key for key in BODIES if ROOMS.match(key[1])} - EXAMPLES.keys() == set()


async def test_document_shows_the_examples_and_may_be_asked_for_twice(caller: Caller) -> None:
    for _ in range(2):
        document = (await caller.http.get("/schema/openapi.json")).json()
    body = document["paths"]["/v1/parties"]["post"]["requestBody"]["content"]["application/json"]
    assert body["example"]["name"] == "Anna Marsh"
    assert body["schema"] == {"$ref": "#/components/schemas/NewParty"}
