"""Starting and stopping a till agent.

The key idea: the parts end in the order in which they depend on each other: listeners first, so that no open connection
holds up the end, then HTTP, then the readers and the way to the server, and the files last. It listens on loopback
alone.
"""

import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Final

import uvicorn

from pos_adapter.config import ConfigError, TillConfig
from pos_adapter.event_stream import EventStream
from pos_adapter.tokens import load_or_make_token, load_token
from pos_adapter.wiring import make_till, open_files, read_milliseconds

LOOPBACK: Final = "127.0.0.1"
STOP_SECONDS: Final = 3
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def run_till(config: TillConfig, *, say: Callable[[str], None]) -> None:
    """Run a till agent until SIGINT or SIGTERM, telling `say` in a line or two where it is.

    Raises TokenError, ConfigError or FileError, whose messages say what to change, where it cannot start.
    """
    token = load_or_make_token(config.local_token_file)
    server_token = load_token(config.token_file)
    stream = EventStream(read_milliseconds)
    with _listen(config.port) as listener, open_files(config, server_token) as files:
        app = make_till(config, stream, files, token=token, server_token=server_token)
        port = listener.getsockname()[1]
        say(f"Till {config.till} of store {config.store} listens on http://{LOOPBACK}:{port}, server {config.server}")
        say(f"Programs of this till show the token in {config.local_token_file}")
        settings = uvicorn.Config(
            app, access_log=False, log_config=None, server_header=False, timeout_graceful_shutdown=STOP_SECONDS
        )
        _serve(_TillServer(settings, stream), listener)
    say("The till agent has stopped")


class _TillServer(uvicorn.Server):
    """The HTTP server, which lets its listeners go before it waits for open connections to end."""

    def __init__(self, config: uvicorn.Config, stream: EventStream) -> None:
        super().__init__(config)
        self._stream = stream

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        self._stream.close()
        await super().shutdown(sockets)


def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    """Run the server; the signal that ends it is an order that was carried out, not a reason to die of it."""

    def stop(_: int, __: FrameType | None) -> None:
        # The server's own handler stands while it runs; it raises the signal once more when it has ended.
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in STOP_SIGNALS}
    try:
        server.run(sockets=[listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((LOOPBACK, port))
    except OSError as error:
        raise ConfigError(f"port {port} of {LOOPBACK} cannot be listened on: {error.strerror}") from error
