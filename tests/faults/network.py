"""A network between till and server that fails on demand: a TCP proxy of our own, with one fault at a time.

Key idea: the fault is asked for at every piece that passes, so that it strikes what is under way as well as what comes.
What a fault held back may arrive long after both ends gave it up, which is what receipts have to bear.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Final, Literal

Fault = Literal["refuse", "reset", "stall", "half-open", "cut in request", "cut in answer", "byte by byte"]
Way = Literal["request", "answer"]

FAULTS: Final[tuple[Fault, ...]] = (
    "refuse",
    "reset",
    "stall",
    "half-open",
    "cut in request",
    "cut in answer",
    "byte by byte",
)
BYTE_SECONDS: Final = 0.001
_MOST_BYTES: Final = 65_536
_RESET: Final = struct.pack("ii", 1, 0)


class _CutError(Exception):
    """The connection ends here."""


class Network:
    """The way to one port of loopback; `strike` and `heal` change what it does to all that passes.

    `see` is shown what servers answer, piece by piece, before anything is done to it.
    """

    def __init__(self, port: int, server_port: int, rng: Random) -> None:
        self.port = port
        self.see: Callable[[bytes], object] = bytes
        self._server_port = server_port
        self._rng = rng
        self._fault: Fault | None = None
        self._healed = asyncio.Event()
        self._listener: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; what listens stays so."""
        if self._listener is None:
            self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def strike(self, fault: Fault) -> None:
        """Do a fault to all that passes from now on, until it is healed."""
        self._fault = fault
        self._healed.clear()
        if fault == "refuse":
            await self._stop()

    async def heal(self) -> None:
        """Let everything pass; what was held back goes on, and what was forgotten stays so."""
        self._fault = None
        self._healed.set()
        await self.start()

    async def close(self) -> None:
        """End."""
        await self._stop()

    async def _stop(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for connection in list(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None, "a callback that is a coroutine runs in a task"
        self._connections.add(connection)
        try:
            await self._join(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # whoever ends it, both ends hear of it
        finally:
            self._connections.discard(connection)
            self._end(writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._server_port)
        ways = [
            asyncio.create_task(self._pump(reader, to_server, "request")),
            asyncio.create_task(self._pump(from_server, writer, "answer")),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._end(to_server)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: Way) -> None:
        with suppress(_CutError, OSError):
            while data := await source.read(_MOST_BYTES):
                await self._pass(data, sink, way)

    async def _pass(self, data: bytes, sink: asyncio.StreamWriter, way: Way) -> None:
        if way == "answer":
            self.see(data)
        match self._fault:
            case "reset":
                raise _CutError
            case "stall":
                await self._healed.wait()
            case "half-open":
                await asyncio.Event().wait()  # nobody ever speaks of this connection again
            case "cut in request" | "cut in answer" as cut if cut.endswith(way):
                sink.write(data[: self._rng.randrange(len(data))])
                await sink.drain()
                raise _CutError
            case "byte by byte":
                for byte in data[:-1]:
                    sink.write(bytes([byte]))
                    await asyncio.sleep(BYTE_SECONDS)
                data = data[-1:]
        sink.write(data)
        await sink.drain()

    def _end(self, writer: asyncio.StreamWriter) -> None:
        """Hang up at once: rudely where that is the fault, else as a program does that ends."""
        found = writer.get_extra_info("socket")
        if found is not None and self._fault == "reset":
            with suppress(OSError):
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        writer.transport.abort()


@asynccontextmanager
async def network(port: int, server_port: int, rng: Random) -> AsyncIterator[Network]:
    """Run the way to a server's port."""
    made = Network(port, server_port, rng)
    await made.start()
    try:
        yield made
    finally:
        await made.close()
