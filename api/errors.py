"""How errors leave the service: RFC 9457 problems with a stable code, and one table from error class to status.

Nothing of a request's content stands in a problem but the name of the field, and never a stack trace. `api.failures`
gives pages their own face of the same errors.
"""

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, ValidationException
from msgspec import structs
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from api.auth.errors import (
    AuthError,
    EnrolmentRefusedError,
    NotAllowedError,
    NotSignedInError,
    PolicyChangedError,
    SecondFactorRefusedError,
    SessionUnknownError,
    TokenRefusedError,
    TokenUnknownError,
    TooManyGuessesError,
    TooManySignInsError,
    UserChangedError,
    UserRefusedError,
    UserUnknownError,
)
from api.auth.model import Principal, Session
from api.sheets import PrinterBusyError
from crm.calendar.errors import CalendarBusyError
from crm.changes import ChangedMeanwhileError, Difference
from database.engine import is_unreachable
from database.hot import UNREACHABLE
from devices.printing.errors import PrintingError
from loyalty import errors
from loyalty.receipts.flights import BusyError, UnavailableError
from pos_adapter.answers import Problem
from pos_adapter.problems import BodyError, BodyTooLargeError, problem_of

RETRY_AFTER_SECONDS = 1
MEDIA_TYPE = "application/problem+json"

STATUSES: Mapping[type[Exception], HTTPStatus] = {
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.ConflictError: HTTPStatus.CONFLICT,
    errors.RefusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    PrinterBusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    PrintingError: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotSignedInError: HTTPStatus.UNAUTHORIZED,
    NotAllowedError: HTTPStatus.FORBIDDEN,
    TooManySignInsError: HTTPStatus.SERVICE_UNAVAILABLE,
    TooManyGuessesError: HTTPStatus.TOO_MANY_REQUESTS,
    SecondFactorRefusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    SessionUnknownError: HTTPStatus.NOT_FOUND,
    PolicyChangedError: HTTPStatus.CONFLICT,
    CalendarBusyError: HTTPStatus.TOO_MANY_REQUESTS,
    EnrolmentRefusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UserRefusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UserUnknownError: HTTPStatus.NOT_FOUND,
    UserChangedError: HTTPStatus.CONFLICT,
    TokenRefusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    TokenUnknownError: HTTPStatus.NOT_FOUND,
}


class ChangedProblem(Problem, frozen=True, omit_defaults=True):
    """What was changed meanwhile by somebody else: each field as yours, as theirs, and as it was before both."""

    differences: tuple[Difference, ...] = ()
    version: int | None = None


UNAVAILABLE = (UnavailableError, PoolTimeoutError, *UNREACHABLE)

log = structlog.get_logger()


def is_away(error: Exception) -> bool:
    """Tell whether an error says that the database is away."""
    return isinstance(error, UNAVAILABLE) or (isinstance(error, DBAPIError) and is_unreachable(error))


def problem_for(error: Exception) -> Problem:
    """Give the problem that an error is answered with."""
    if isinstance(error, BodyError):
        return problem_of(error)
    if isinstance(error, errors.LoyaltyError | AuthError | PrintingError):
        return _refusal(error)
    if isinstance(error, BusyError):
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", "too many receipts wait: send it again in a moment")
    if is_away(error):
        detail = "the database did not answer: send it again in a moment, with the same UUID"
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "database_unavailable", detail)
    if isinstance(error, HTTPException):
        return _framework_problem(error)
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "this is a fault of the server; it was logged")


def _framework_problem(error: HTTPException) -> Problem:
    if isinstance(error, ValidationException):
        return problem_of(_misplaced(error))
    return _problem(HTTPStatus(error.status_code), _http_code(error.status_code), error.detail)


def _misplaced(error: ValidationException) -> BodyError:
    """Name the parameter that the framework refused, and nothing of its value."""
    places = error.extra if isinstance(error.extra, list) else []
    key = places[0].get("key", "") if places and isinstance(places[0], dict) else ""
    return BodyError("" if key == "data" else key, "is empty" if key == "data" else "is not as it should be")


def _refusal(error: errors.LoyaltyError | AuthError | PrintingError) -> Problem:
    status = next(status for kind, status in STATUSES.items() if isinstance(error, kind))
    field = getattr(error, "field", None)
    places = [] if field is None else [{"field": field, "reason": error.detail}]
    told = Problem(title=status.phrase, status=status, code=error.code, detail=error.detail, errors=places)
    if isinstance(error, ChangedMeanwhileError):
        return ChangedProblem(**structs.asdict(told), differences=error.differences, version=error.version)
    return told


def _problem(status: HTTPStatus, code: str, detail: str) -> Problem:
    return Problem(title=status.phrase, status=status, code=code, detail=detail)


def _http_code(status: int) -> str:
    return _HTTP_CODES.get(status, "bad_request" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "internal_error")


_HTTP_CODES: Mapping[int, str] = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: BodyTooLargeError.code,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
}
"""Codes of refusals that come from the web framework; phrases of HTTP differ between versions of Python."""


def answer_problem(request: Request[Principal | None, Session | None, State], error: Exception) -> Response[Problem]:
    """Answer a call of the API with its problem; a fault of ours is logged with its trace."""
    problem = problem_for(error)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request failed", method=request.method, route=_route(request), exc_info=error)
    headers = {}
    if problem.status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        headers["Retry-After"] = str(getattr(error, "retry_after_seconds", RETRY_AFTER_SECONDS))
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def _route(request: Request[Principal | None, Session | None, State]) -> str:
    try:
        return str(request.route_handler)
    except KeyError:  # no route was found yet
        return "none"
