"""What the programs log, and how: JSON lines on standard error.

Key idea: apart from the programs themselves, so that a till's agent has its log without loading the server. It refuses
the values of local variables in a trace: they may hold what was sent.
"""

import logging
import sys

import structlog
from structlog.tracebacks import ExceptionDictTransformer


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
