"""Two services on one database: what two processes of the server are to each other."""

from collections.abc import AsyncIterator

import pytest

from api.settings import Settings
from api.state import Service, running_service

Two = tuple[Service, Service]


@pytest.fixture
async def services(settings: Settings, database_url: str) -> AsyncIterator[Two]:
    """Give two services, each with its own pools, catalogue and flights."""
    async with running_service(settings, database_url) as one, running_service(settings, database_url) as two:
        yield one, two
