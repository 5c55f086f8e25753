"""One write an answer: the head and the body of an HTTP answer leave together.

uvicorn writes them one after the other, and uvloop sends each write at once: two system calls, two segments, and a
till that wakes up twice. Here all that is written within one turn of the event loop is sent at its end.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class _JoiningTransport:
    """A transport that keeps what is written until the turn of the loop ends; all else is the real transport's."""

    __slots__ = ("_loop", "_parts", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            parts, self._parts = self._parts, []
            self._transport.write(b"".join(parts))

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)


class JoiningProtocol(HttpToolsProtocol):
    """uvicorn's protocol on a transport that joins what is written."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn types it so
        """Take a connection."""
        super().connection_made(_JoiningTransport(transport, self.loop))  # type: ignore[arg-type] # it acts as one
