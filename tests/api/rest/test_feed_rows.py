"""The dispatcher's feed over the API as those who work by it have it: at once, and by what their rights open."""

from collections.abc import AsyncIterator, Mapping

import httpx
import pytest

from api.auth.model import UserRole
from api.feed_sources import SOURCES
from api.settings import Settings
from tests.api.pages.conftest import serving
from tests.api.people import add_person
from tests.api.rest.shop import Shop
from tests.api.rest.test_feed_of_modules import do_everything
from tests.api.rest.test_live import hear, listening
from tests.api.rest.work import hire
from tests.conftest import Caller

HIDDEN: Mapping[UserRole, set[str]] = {
    "dispatcher": set(),
    "director": set(),
    "clerk": {"settings"},
    "purchasing": {"mailings", "receipts", "cards", "signals", "jobs", "settings"},
    "cashier_supervisor": {"calls", "surveys", "letters", "mail", "mailings", "business", "jobs", "settings"},
}
"""The sources that a role may not read."""


@pytest.fixture
async def address(settings: Settings, database_url: str, caller: Caller) -> AsyncIterator[str]:
    """Give the address of a server whose clerk Nora is user 1."""
    await add_person(caller.service.database)
    async with serving(settings, database_url) as found:
        yield found


async def test_who_follows_the_feed_is_told_of_a_new_event_and_finds_it_on_top(
    address: str, admin: httpx.AsyncClient
) -> None:
    """PS-03: the open stream says when to look again; nobody asks for it twice."""
    event = {"kind": "event", "topic": "Crane at the gate"}
    async with listening(address, "event") as news:
        assert (await hear(news))[1] == []
        made = (await admin.post("/v1/events", json=event)).json()
        newest, topics = await hear(news)

    row = (await admin.get("/v1/feed")).json()["rows"][0]

    assert topics == ["event"]
    assert (row["id"], row["record"], row["name"]) == (newest, f"event:{made['event_id']}", "Crane at the gate")


async def test_role_reads_the_sources_that_its_rights_open_and_the_dispatcher_all(shop: Shop) -> None:
    """PS-28: in the list of sources, in the whole feed, and where one is asked for by name."""
    await do_everything(shop)

    for role, hidden in HIDDEN.items():
        http = (await hire(shop, role)).http
        sources = (await http.get("/v1/feed/sources")).json()["sources"]
        rows = (await http.get("/v1/feed")).json()["rows"]
        asked = [(await http.get("/v1/feed", params={"source": one})).json()["rows"] for one in sorted(hidden)]

        assert {one["code"] for one in sources if one["is_own"]} == SOURCES.keys() - hidden, role
        assert {row["source"] for row in rows} & SOURCES.keys() <= SOURCES.keys() - hidden, role
        assert asked == [[]] * len(hidden), role
        shown = {one: (await http.get("/v1/feed", params={"source": one})).json()["rows"] for one in SOURCES}
        assert {one for one, found in shown.items() if found} == SOURCES.keys() - hidden, role
