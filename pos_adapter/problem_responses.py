"""How a refusal of the agent goes over the wire: RFC 9457 `application/problem+json`.

The key idea: every exception ends in one table, so that no answer ever holds a stack trace or a text of the framework.
What the server refused never comes here; it is passed on as it came.
"""

import sqlite3
from typing import Any, Final

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap
from msgspec import json

from pos_adapter.answers import Problem
from pos_adapter.errors import AgentError, JournalUnavailableError
from pos_adapter.exchange import PROBLEM_TYPE
from pos_adapter.problems import BodyError, BodyTooLargeError, problem_of
from pos_adapter.protocol import MOST_BODY_BYTES

log = structlog.get_logger()

AnyRequest = Request[Any, Any, Any]  # Any: the agent has no users, no sessions, no own state of the application


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response[bytes]:
    """Give the response that tells a problem."""
    headers = {"Cache-Control": "no-store", **(headers or {})}
    return Response(json.encode(problem), status_code=problem.status, media_type=PROBLEM_TYPE, headers=headers)


def _tell_refusal(_: AnyRequest, error: AgentError) -> Response[bytes]:
    return problem_response(error.problem(), error.headers)


def _tell_disk(request: AnyRequest, error: sqlite3.Error) -> Response[bytes]:
    """Answer where the till's disk fails, whatever it was asked for: come again."""
    log.warning("journal_failed", path=request.url.path, kind=type(error).__name__)
    return _tell_refusal(request, JournalUnavailableError("the disk of the till fails: nothing was kept"))


def _tell_body(_: AnyRequest, error: BodyError) -> Response[bytes]:
    return problem_response(problem_of(error))


def _tell_http(_: AnyRequest, error: HTTPException) -> Response[bytes]:
    """Answer what the framework refuses: no such address or method, a body that is too large, a broken request."""
    if error.status_code == BodyTooLargeError.status:
        return problem_response(problem_of(BodyTooLargeError("", f"is larger than {MOST_BODY_BYTES} bytes")))
    title, code = _HTTP_PROBLEMS.get(error.status_code, ("The request cannot be served", "request_refused"))
    return problem_response(Problem(title=title, status=error.status_code, code=code, detail=title), error.headers)


def _tell_defect(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer our own mistake; the text of the exception may hold anything, so that the log gets its class alone."""
    log.error("defect", path=request.url.path, kind=type(error).__name__)
    title = "The till agent made a mistake"
    return problem_response(Problem(title=title, status=500, code="internal_error", detail="it stands in the log"))


_HTTP_PROBLEMS: Final = {
    404: ("There is nothing at this address", "not_found"),
    405: ("This address does not take the method", "method_not_allowed"),
}

EXCEPTION_HANDLERS: Final[ExceptionHandlersMap] = {
    AgentError: _tell_refusal,
    BodyError: _tell_body,
    sqlite3.Error: _tell_disk,
    HTTPException: _tell_http,
    Exception: _tell_defect,
}
