"""Whether the server can do its work."""

import asyncio
from http import HTTPStatus
from importlib.metadata import version
from typing import Literal
from uuid import UUID

import asyncpg
from litestar import Response, Router, get
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

from api.auth.guards import public
from api.rest.calls import Call, service_of
from api.state import Service
from database.migrate import FIND_REVISION, list_revisions
from loyalty.installation import FIND_EPOCH
from pos_adapter.answers import Health
from pos_adapter.protocol import API_LEVEL

PATIENCE_SECONDS = 2
NEWEST = list_revisions()[-1]
Reason = Literal["stopping", "database_unreachable", "schema_differs"]
VERSION = version("tallycard")


class Readiness(Struct, frozen=True):
    """Whether a process can take requests, and why it cannot."""

    status: Literal["ready", "not_ready"]
    reasons: list[Reason] = []


@get("/v1/health")
async def get_health(request: Call) -> Health:
    """Say whether the server and its database are there; needs no token."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            epoch = await service_of(request).pool.fetchval(FIND_EPOCH)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return Health("degraded", API_LEVEL, VERSION, "unreachable")
    return Health("ok", API_LEVEL, VERSION, "ok", UUID(bytes=epoch.bytes))


@get("/v1/ready", responses={503: ResponseSpec(Readiness, description="Not now; the reasons say why")})
async def get_ready(request: Call) -> Response[Readiness]:
    """Say whether requests should come to this process; needs no token. 503 where they should go to another one."""
    service = service_of(request)
    reason = "stopping" if service.is_stopping else await _reason_of_database(service)
    if reason is None:
        return Response(Readiness("ready"))
    return Response(Readiness("not_ready", [reason]), status_code=HTTPStatus.SERVICE_UNAVAILABLE)


async def _reason_of_database(service: Service) -> Reason | None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            revision = await service.pool.fetchval(FIND_REVISION)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return "database_unreachable"
    return None if revision == NEWEST else "schema_differs"


router = Router("/", route_handlers=[get_health, get_ready], opt=dict(public), tags=["Health"])
