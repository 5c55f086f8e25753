"""The HTTP server process: uvicorn on uvloop and httptools, and a clean end on a signal.

Open pages follow what changes without end: these streams end first, or each would hold the process up.
"""

import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from litestar import Litestar

from api.app import make_app
from api.joining import JoiningProtocol
from api.logs import configure_logging
from api.measuring import measuring
from api.quick_running import collect_seldom
from api.settings import Settings
from api.state import Service

BACKLOG = 2_048
SHUTDOWN_SECONDS = 10


def run_server(settings: Settings, url: str, *, say: Callable[[str], None]) -> None:
    """Serve until a signal comes. Raises OSError when the address is taken."""
    configure_logging(settings.log_level)
    listening = _listen(settings.host, settings.port)
    host, port = listening.getsockname()[:2]
    app = make_app(settings, url)
    config = uvicorn.Config(
        measuring(app, app.state["measured"]),
        loop="auto",
        http=JoiningProtocol,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    collect_seldom()
    say(f"Tallycard listens on http://{host}:{port}")
    with (
        listening,
        suppress(KeyboardInterrupt, SystemExit),
    ):  # the signal that ends it was obeyed: no reason to die of it
        _Server(config, app).run(sockets=[listening])


class _Server(uvicorn.Server):
    """A server that ends its streams before it waits for what else it answers."""

    def __init__(self, config: uvicorn.Config, app: Litestar) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        service: Service | None = self._app.state.get("service")
        if service is not None:
            service.stop_streams()
        await super().shutdown(sockets)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise PermissionError(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port") from error
