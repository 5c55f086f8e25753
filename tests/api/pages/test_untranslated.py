"""Every page in a language that nobody speaks: whatever is not in its brackets is data, or a text that was forgotten."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

from api.settings import Settings
from database.embedded import Server
from database.engine import Database
from tests.api.pages.conftest import database
from tests.api.pages.pseudo import foreign, pseudo_pages, unbracketed, words_of_data
from tests.api.pages.shop import fill_shop
from tests.api.people import add_person, sign_in
from tests.conftest import ACT, Caller, calling

NAMED = {"code": "GOLD", "series": "GOLD"}
AS_TYPED = frozenset({"/settings/service"})
"""Pages that show settings to the letter."""


@pytest.fixture
async def own_shop(postgres: Server, template: str, shop_settings: Settings) -> AsyncIterator[Caller]:
    """Give a shop with its year behind it, whose administrator is signed in."""
    async with database(postgres, template, "test_untranslated") as url:
        owner = Database(url, role=None)
        await owner.run(fill_shop, today=ACT.at.date())
        await add_person(owner, login="boss", role="admin")
        await owner.close()
        async with calling(shop_settings, url) as caller:
            await sign_in(caller.http, login="boss")
            yield caller


async def test_every_text_of_every_page_can_be_translated(own_shop: Caller) -> None:
    transport = own_shop.http._transport
    assert isinstance(transport, httpx.ASGITransport)
    assert isinstance(transport.app, Litestar)
    shown: dict[str, str] = {}
    with pseudo_pages(transport.app):
        for path in paths_of(transport.app):
            answer = await own_shop.http.get(path)
            if answer.status_code == 200 and "html" in answer.headers.get("content-type", ""):
                shown[path] = answer.text
    data = await own_shop.service.database.run(words_of_data)  # afterwards: taking a list along is an act, and shown
    assert "\n".join(f"{path}: {text}" for path, page in shown.items() for text in foreign(page, data)) == ""
    assert len(shown) > 90


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ("<p>⟦All cards⟧</p>", []),
        ("<p>All cards</p>", ["All cards"]),
        ('<p>⟦Card ⟧Gold<a title="Look">1</a></p>', ["Gold", "Look"]),
        ("<script>let text</script><code>GOLD</code>12.50", []),
        ("<p>⟦Held ⟧⟦of ⟧Anna</p>", ["Anna"]),
    ],
)
def test_text_outside_of_brackets_is_found(page: str, left: list[str]) -> None:
    assert sorted(unbracketed(page)) == sorted(left)


def test_data_and_days_are_no_texts() -> None:
    assert foreign("<p>Anna, 22 November 2026, Europe/Sofia</p><p>Anna forgot</p>", {"anna"}) == ["Anna forgot"]


def paths_of(app: Litestar) -> list[str]:
    """List the addresses of pages, each with the first record of its kind where it names one."""
    paths = {
        re.sub(r"\{(\w+)[^}]*\}", lambda found: NAMED.get(found[1], "1"), route.path_format)
        for route in app.routes
        if "GET" in getattr(route, "methods", ()) and not route.path.startswith(("/api", "/static", "/schema", "/v1"))
    }
    return sorted(paths - AS_TYPED)
