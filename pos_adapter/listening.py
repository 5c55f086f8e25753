"""One program's connection to the events: `text/event-stream` over HTTP (WHATWG HTML, 9.2).

The key idea: a connection ends in one place, whether the program leaves, reads too slowly or the till stops: its client
is closed, the wait for the next message ends, and the client is forgotten. A comment in quiet times finds out who is
gone without a word.
"""

import asyncio
from typing import Final

import structlog
from litestar.types import ASGIApp, Receive, Scope, Send

from pos_adapter.errors import TooManyListenersError
from pos_adapter.event_stream import MOST_CLIENTS, Client, EventStream, TooManyClientsError

QUIET_SECONDS: Final = 15
# Less than a reading lives, so that one held up by a stuck program can still go to another.
SEND_SECONDS: Final = 2

_START: Final = b": listening\n\n"
_STILL_HERE: Final = b":\n\n"
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]

log = structlog.get_logger()


def listen(stream: EventStream) -> ASGIApp:
    """Give the response that connects a program and serves it; it raises TooManyListenersError before its start."""

    async def serve(_: Scope, receive: Receive, send: Send) -> None:
        try:
            client = stream.connect()
        except TooManyClientsError as error:
            raise TooManyListenersError(f"{MOST_CLIENTS} are connected") from error
        watcher = asyncio.create_task(_close_when_gone(client, receive))
        try:
            await _serve(client, send)
        except TimeoutError:
            log.warning("slow_listener_dropped")
        finally:
            stream.disconnect(client)
            watcher.cancel()
            log.info("listener_left")

    return serve


async def _serve(client: Client, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    message: bytes | None = _START
    while message is not None:
        async with asyncio.timeout(SEND_SECONDS):
            await send({"type": "http.response.body", "body": message, "more_body": True})
        message = await _next_message(client)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _next_message(client: Client) -> bytes | None:
    try:
        async with asyncio.timeout(QUIET_SECONDS):
            return await client.next_message()
    except TimeoutError:
        return _STILL_HERE


async def _close_when_gone(client: Client, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    client.close()
