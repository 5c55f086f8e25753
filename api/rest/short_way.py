"""A short way through the framework for the two calls that every sale makes: calculate and post.

Routing, access and the faces of errors are Litestar's and ours as for every route. Between them lie layers that a JSON
body coming in and a struct going out do not need, and that cost more than pricing a receipt does (see
`docs/performance.md`). The route keeps its signature, and with it its place in the OpenAPI document.
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, HTTPReceiveMessage, HTTPScope, Middleware, Send
from msgspec import Struct

from api.rest.bodies import decode_body
from pos_adapter.problems import BodyTooLargeError
from pos_adapter.protocol import MOST_BODY_BYTES

HTTPReceive: TypeAlias = Callable[[], Awaitable[HTTPReceiveMessage]]

_encode = msgspec.json.Encoder().encode


def short_way(struct: type[Struct]) -> Middleware:
    """Make the middleware of a route that takes a struct and answers one, or a `Response` of one."""
    decoder = msgspec.json.Decoder(struct)

    def shorten(app: ASGIApp) -> ASGIApp:  # noqa: ARG001 # the rest of the way is not gone
        async def answer(scope: HTTPScope, receive: HTTPReceive, send: Send) -> None:
            body = await _read(receive)
            if body is None:
                return
            data = decode_body(body, decoder, scope["litestar_app"].state["service"])
            handler: HTTPRouteHandler = scope["route_handler"]  # type: ignore[assignment] # a route of HTTP
            answered = await handler.fn(Request(scope, receive, send), data)
            if isinstance(answered, Response):
                await _send(send, answered.status_code or handler.status_code, answered.content)
            else:
                await _send(send, handler.status_code, answered)

        return answer  # type: ignore[return-value] # a route of HTTP is never called by anything else

    return shorten


async def _read(receive: HTTPReceive) -> bytes | None:
    """Read the body; None when the caller went away in the middle of it. Raises BodyTooLargeError."""
    parts: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        parts.append(event["body"])
        size += len(event["body"])
        if size > MOST_BODY_BYTES:
            raise BodyTooLargeError("", f"is larger than {MOST_BODY_BYTES} bytes")
        if not event["more_body"]:
            return b"".join(parts)


async def _send(send: Send, status: int, answer: Struct) -> None:
    body = _encode(answer)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
