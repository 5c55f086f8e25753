"""One crowd of parties for all tests that only read it."""

import secrets
from collections.abc import AsyncIterator

import pytest

from crm.views.listing import Words, load_words
from crm.views.repository.context import Context
from database.embedded import Server, database_dsn
from database.engine import Database
from tests.conftest import _execute
from tests.crm.views.crowd import MONEY, NOW, ZONE, fill_crowd


@pytest.fixture(scope="session")
async def crowd(postgres: Server, template: str) -> AsyncIterator[Database]:
    """Give a database with a crowd of parties."""
    name = f"test_{secrets.token_hex(6)}"
    await _execute(postgres, f"create database {name} template {template} strategy file_copy")
    database = Database(database_dsn(postgres, name), role=None)
    try:
        await database.run(fill_crowd)
        yield database
    finally:
        await database.close()
    await _execute(postgres, f"drop database {name} with (force)")


@pytest.fixture(scope="session")
async def words(crowd: Database) -> Words:
    """Give the words that views of the crowd may use."""
    return await crowd.run(load_words)


@pytest.fixture(scope="session")
def context(words: Words) -> Context:
    """Give what the SQL of views of the crowd needs."""
    return words.context(now=NOW, zone=ZONE, money=MONEY)
