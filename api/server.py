"""The HTTP server process: uvicorn on uvloop and httptools, logs as JSON lines, a clean end on a signal."""

import logging
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

import structlog
import uvicorn
from structlog.tracebacks import ExceptionDictTransformer

from api.app import make_app
from api.joining import JoiningProtocol
from api.quick_running import collect_seldom
from api.settings import Settings

BACKLOG = 2_048
SHUTDOWN_SECONDS = 10


def run_server(settings: Settings, url: str, *, say: Callable[[str], None]) -> None:
    """Serve until a signal comes. Raises OSError when the address is taken."""
    configure_logging(settings.log_level)
    listening = _listen(settings.host, settings.port)
    host, port = listening.getsockname()[:2]
    app = make_app(settings, url)
    config = uvicorn.Config(
        app,
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
        uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise PermissionError(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port") from error


def configure_logging(level: str) -> None:
    """Log JSON lines to standard error; nothing of a request's content is ever logged."""
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    logging.basicConfig(level=max(least, logging.WARNING))
    logging.getLogger("asyncpg").setLevel(logging.ERROR)  # a database that is away is answered and logged by us
