"""Which face an error shows: a problem to programs, under /v1 for the most part, a page to people everywhere else."""

from http import HTTPStatus

import structlog
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from api.auth.errors import AuthError
from api.errors import answer_problem, is_away
from api.pages.failures import answer_failure
from api.pages.renderer import Call
from devices.printing.errors import PrintingError
from loyalty.errors import LoyaltyError
from pos_adapter.answers import Problem
from pos_adapter.problems import BodyError

OF_PROGRAMS = ("/v1/", "/schema", "/metrics")

log = structlog.get_logger()


def answer_error(call: Call, error: Exception) -> Response[Problem] | Response[str]:
    """Answer an error; a fault of ours is logged with its trace."""
    if call.scope["path"].startswith(OF_PROGRAMS):
        return answer_problem(call, error)
    away = is_away(error)
    if not away and not isinstance(error, HTTPException | AuthError | LoyaltyError | PrintingError | BodyError):
        log.error("page failed", method=call.method, status=HTTPStatus.INTERNAL_SERVER_ERROR, exc_info=error)
    return answer_failure(call, error, is_away=away)


HANDLERS: ExceptionHandlersMap = {Exception: answer_error}
