"""Incoming calls: told by a telephone exchange, and live for the page of whom they ring for."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated

import msgspec
from litestar import Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, JSONBody
from litestar.response import Stream
from msgspec import Meta, Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.auth.users import find_extension
from api.rest.bodies import Body, Numbers
from api.rest.calls import Call, act_of, service_of
from api.rest.problems import PROBLEMS
from api.state import Service, read_clock
from crm.calls.repository import CHANNEL, IncomingCall
from crm.calls.service import find_callers, list_ringing, ring
from database.identifiers import MOST_ID
from pos_adapter.protocol import Text

EVENTS = "text/event-stream"
LOOK_SECONDS = 15
"""Without any news the stream says so often that it is still there, which also finds out that nobody listens."""

STREAM_LIFETIME = timedelta(minutes=5)
"""So long a stream lasts; the page connects again, and is asked again who it is."""

RECONNECT_MILLISECONDS = 1_000
MOST_NAMES = 3
MOST_ID_DIGITS = 18


class Ringing(Numbers, frozen=True):
    """A call that rings: the number as the exchange knows it, and the desk phone that it rings at."""

    number: Annotated[str, Meta(min_length=1, max_length=40)]
    extension: Text | None = None


class RingingAnswer(Struct, frozen=True):
    """The identifier of a call."""

    call_id: int


class CallEvent(Struct, frozen=True):
    """A call as a page hears of it; `names` are those of who may be calling."""

    call_id: int
    number: str
    names: list[str]


_STREAM = ResponseSpec(
    CallEvent,
    generate_examples=False,
    description="Events of calls that ring at the signed-in person's extension, each with its identifier.",
)


@post("/v1/calls", dto=Body, return_dto=None, status_code=201, responses=PROBLEMS)
async def tell_call(request: Call, data: JSONBody[Ringing]) -> RingingAnswer:
    """Tell that a call rings; the open page of whom it rings for shows the caller at once."""
    call_id = await service_of(request).database.run(ring, data.number, data.extension, act=act_of(request))
    return RingingAnswer(call_id)


@get("/v1/calls/events", responses={**PROBLEMS, 200: _STREAM})
async def follow_calls(request: Call, after: FromQuery[int] = 0) -> Response[None] | Stream:
    """Follow the calls that ring at the caller's own extension, behind the one last heard of.

    Who has no extension is answered 204, which tells a browser not to ask again.
    """
    service = service_of(request)
    user_id = request.user.user_id
    extension = None if user_id is None else await service.database.run(find_extension, user_id)
    if extension is None:
        return Response(None, status_code=204)
    heard = _read_heard(request.headers.get("Last-Event-ID", ""), after)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(_events(service, extension, heard), media_type=EVENTS, headers=headers)


def _read_heard(last: str, after: int) -> int:
    """Read which call a page heard of last; what is no identifier is none."""
    known = int(last) if last.isascii() and last.isdigit() and len(last) <= MOST_ID_DIGITS else after
    return known if 0 <= known <= MOST_ID else 0


async def _events(service: Service, extension: str, after: int) -> AsyncIterator[bytes]:
    """Give calls as events of WHATWG HTML, 9.2: who connects again names the last one, and misses none."""
    ends = read_clock() + STREAM_LIFETIME
    yield b"retry: %d\n\n" % RECONNECT_MILLISECONDS
    with service.listener.watching(CHANNEL, extension) as watch:
        while read_clock() < ends and not service.is_stopping:
            watch.rest()
            heard = await service.database.run(_hear, extension, after, country=service.settings.country)
            for call, event in heard:
                yield b"id: %d\nevent: call\ndata: %s\n\n" % (call.id, msgspec.json.encode(event))
                after = call.id
            if not heard:
                yield b": still here\n\n"
            await watch.wait(LOOK_SECONDS)


async def _hear(
    connection: AsyncConnection, extension: str, after: int, *, country: str | None
) -> list[tuple[IncomingCall, CallEvent]]:
    calls = await list_ringing(connection, extension, after=after, now=read_clock())
    names = [await find_callers(connection, call.number, country=country) for call in calls]
    return [
        (call, CallEvent(call.id, call.number, [caller.name for caller in callers[:MOST_NAMES]]))
        for call, callers in zip(calls, names, strict=True)
    ]


router = Router("/", route_handlers=[tell_call, follow_calls], opt=dict(allows("calls.take")), tags=["Calls"])
