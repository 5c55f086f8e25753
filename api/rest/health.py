"""Whether the server can do its work."""

import asyncio
from importlib.metadata import version

import asyncpg
from litestar import Router, get

from api.auth.guards import public
from api.rest.calls import Call, service_of
from pos_adapter.answers import Health
from pos_adapter.protocol import API_LEVEL

PATIENCE_SECONDS = 2
VERSION = version("tallycard")


@get("/v1/health")
async def get_health(request: Call) -> Health:
    """Say whether the server and its database are there; needs no token."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await service_of(request).pool.fetchval("select 1")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return Health("degraded", API_LEVEL, VERSION, "unreachable")
    return Health("ok", API_LEVEL, VERSION, "ok")


router = Router("/", route_handlers=[get_health], opt=dict(public), tags=["Health"])
