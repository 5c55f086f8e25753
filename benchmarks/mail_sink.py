"""A mail server of a few lines, as fast as an event loop goes: it speaks SMTP, keeps nothing, and does what it is told.

Key idea: whoever runs it decides the answer to each message, so the same sink measures, where all is taken, and
torments, where messages are put off, refused, left hanging or cut behind their last byte.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

TAKEN: Final = "250 2.0.0 taken"
HANG: Final = "hang"
CUT: Final = "cut"
"""The message has come, and the connection ends before anything is said."""
LOSE: Final = "lose"
"""The connection ends, and the message has not come."""
_END: Final = b"\r\n.\r\n"

Decide = Callable[[str, bytes], str]


class _Talk(asyncio.Protocol):
    """One connection: commands by lines, and a message up to its point."""

    def __init__(self, decide: Decide) -> None:
        self._decide = decide
        self._buffer = b""
        self._recipient = ""
        self._is_message = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Take what came, and answer what is whole."""
        self._buffer += data
        while (end := self._buffer.find(_END if self._is_message else b"\r\n")) >= 0:
            whole, self._buffer = self._buffer[:end], self._buffer[end + (5 if self._is_message else 2) :]
            self._take_message(whole) if self._is_message else self._take_command(whole)

    def _take_command(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"RCPT":
            self._recipient = line[line.find(b"<") + 1 : line.rfind(b">")].decode()
        self._is_message = verb == b"DATA"
        answers = {b"DATA": b"354 go on\r\n", b"EHLO": b"250-sink\r\n250 8BITMIME\r\n", b"QUIT": b"221 bye\r\n"}
        self._transport.write(answers.get(verb, b"250 OK\r\n"))

    def _take_message(self, message: bytes) -> None:
        self._is_message = False
        answer = self._decide(self._recipient, message)
        if answer in {CUT, LOSE}:
            self._transport.abort()
        elif answer != HANG:
            self._transport.write(answer.encode() + b"\r\n")


@asynccontextmanager
async def sinking(decide: Decide) -> AsyncIterator[int]:
    """Run a sink on the loopback; gives its port."""
    server = await asyncio.get_running_loop().create_server(lambda: _Talk(decide), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
