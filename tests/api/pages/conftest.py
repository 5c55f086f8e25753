"""One invented shop for all tests of the pages, over ASGI and at a real address for a real browser.

A test that changes more than the journal and its own session takes `caller`, on a database of its own.
"""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from playwright.async_api import Browser, async_playwright

from api.settings import Settings, load_settings
from database.embedded import Server, database_dsn
from database.engine import Database
from tests.api.pages.shop import ZONE, fill_shop
from tests.api.people import add_person, sign_in
from tests.conftest import ACT, Caller, _execute, an_app, calling

NAME, EMPTY_NAME = "test_pages", "test_pages_empty"
CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def shop_settings() -> Settings:
    """Give the settings of the invented shop."""
    return load_settings({"TALLYCARD_CURRENCY": "EUR", "TALLYCARD_TIMEZONE": ZONE})


@asynccontextmanager
async def database(postgres: Server, template: str, name: str) -> AsyncIterator[str]:
    """Make a migrated database with one clerk, and drop it afterwards."""
    await _execute(postgres, f"create database {name} template {template} strategy file_copy")
    url = database_dsn(postgres, name)
    service_side = Database(url)
    await add_person(service_side)
    await service_side.close()
    yield url
    await _execute(postgres, f"drop database {name} with (force)")


@pytest.fixture(scope="session")
async def shop_url(postgres: Server, template: str) -> AsyncIterator[str]:
    """Give the database of the shop with its year behind it."""
    async with database(postgres, template, NAME) as url:
        owner = Database(url, role=None)
        await owner.run(fill_shop, today=ACT.at.date())
        await owner.close()
        yield url


@pytest.fixture(scope="session")
async def shop(shop_settings: Settings, shop_url: str) -> AsyncIterator[Caller]:
    """Give the shop's application; a clerk is signed in."""
    async with calling(shop_settings, shop_url) as caller:
        await sign_in(caller.http)
        yield caller


@pytest.fixture(scope="session")
def clerk(shop: Caller) -> httpx.AsyncClient:
    """Give the client of the clerk who is signed in."""
    return shop.http


@pytest.fixture(scope="session")
async def address(shop_settings: Settings, shop_url: str) -> AsyncIterator[str]:
    """Give the address at which the shop is served."""
    async with serving(shop_settings, shop_url) as found:
        yield found


@pytest.fixture(scope="session")
async def empty_address(postgres: Server, template: str, shop_settings: Settings) -> AsyncIterator[str]:
    """Give the address of a shop on its first day."""
    async with database(postgres, template, EMPTY_NAME) as url, serving(shop_settings, url) as found:
        yield found


@asynccontextmanager
async def serving(settings: Settings, url: str) -> AsyncIterator[str]:
    """Serve an application on a free port, as the product does."""
    with socket.create_server(("127.0.0.1", 0)) as listening, an_app(settings, url) as app:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=2))
        served = asyncio.create_task(server._serve([listening]))  # without uvicorn's own handling of signals
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await served


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Give the machine's Chromium; where there is none the test is skipped, but for CI."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        reason = "there is no Chromium on this machine"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=CHROMIUM_OPTIONS)
        yield browser
        await browser.close()
