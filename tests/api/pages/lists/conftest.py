"""One crowd of parties for all tests of lists that only read it, over ASGI and at a real address."""

from collections.abc import AsyncIterator

import httpx
import pytest

from api.settings import Settings
from database.embedded import Server
from database.engine import Database
from tests.api.pages.conftest import database, serving
from tests.api.people import sign_in
from tests.conftest import Caller, calling
from tests.crm.views.crowd import fill_crowd


@pytest.fixture(scope="session")
async def crowd_url(postgres: Server, template: str) -> AsyncIterator[str]:
    """Give a database with a crowd of parties and one clerk."""
    async with database(postgres, template, "test_crowd") as url:
        owner = Database(url, role=None)
        try:
            await owner.run(fill_crowd)
        finally:
            await owner.close()
        yield url


@pytest.fixture(scope="session")
async def crowd(shop_settings: Settings, crowd_url: str) -> AsyncIterator[Caller]:
    """Give the crowd's application; a clerk is signed in."""
    async with calling(shop_settings, crowd_url) as caller:
        await sign_in(caller.http)
        yield caller


@pytest.fixture(scope="session")
def nora(crowd: Caller) -> httpx.AsyncClient:
    """Give the client of the clerk who is signed in."""
    return crowd.http


@pytest.fixture(scope="session")
async def crowd_address(shop_settings: Settings, crowd_url: str) -> AsyncIterator[str]:
    """Give the address at which the crowd's application is served."""
    async with serving(shop_settings, crowd_url) as found:
        yield found
