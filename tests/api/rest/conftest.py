"""One application on one database for all tests of the REST routes: each makes its own series, cards and receipts.

A test that asks about the installation as a whole takes `admin` or `caller` instead, on a database of its own.
"""

import secrets
from collections.abc import AsyncIterator

import pytest

from api.settings import load_settings
from database.embedded import Server, database_dsn
from tests.api.rest.shop import Shop
from tests.conftest import _execute, calling


@pytest.fixture(scope="session")
async def shop(postgres: Server, template: str) -> AsyncIterator[Shop]:
    """Give a shop whose database all tests of this folder share."""
    name = f"test_{secrets.token_hex(6)}"
    await _execute(postgres, f"create database {name} template {template} strategy file_copy")
    url = database_dsn(postgres, name)
    settings = load_settings({"TALLYCARD_CURRENCY": "EUR", "TALLYCARD_TIMEZONE": "Europe/Sofia"})
    async with calling(settings, url) as caller:
        yield Shop(caller, await caller.as_role("admin"), url)
    await _execute(postgres, f"drop database {name} with (force)")
