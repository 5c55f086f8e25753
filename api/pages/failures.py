"""What a person sees when a page cannot be given: an explanation in the look of the others, and the way on.

Nobody signed in is sent to sign in and comes back afterwards; who must set up a second step is led there. No page
tells of an error's inside.
"""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from litestar import Response
from litestar.exceptions import HTTPException
from msgspec import Struct

from api.auth.errors import (
    ForgedRequestError,
    NotAllowedError,
    NotSignedInError,
    SecondFactorWantedError,
    TooManySignInsError,
)
from api.pages.renderer import HEADERS, Call, address_of, page, redirect
from api.pages.words import mark
from loyalty.errors import ConflictError, NotFoundError, RefusedError

SECOND_FACTOR = "/account/second-factor"


class Failure(Struct, frozen=True):
    """What an error page says."""

    status: int
    title: str
    text: str


_NOT_FOUND = Failure(404, mark("Page not found"), mark("There is nothing at this address. It may have been mistyped."))
_BAD_REQUEST = Failure(400, mark("Address not understood"), mark("A part of the address is none that this page knows."))
_WRONG_METHOD = Failure(405, mark("Not possible here"), mark("This address cannot be called in this way."))
_FORGED = Failure(403, mark("The page is out of date"), mark("Go back, load the page again and repeat what you did."))
_NOT_ALLOWED = Failure(403, mark("Not for your role"), mark("An administrator can give your account another role."))
_BUSY = Failure(503, mark("Too many at once"), mark("Try again in a few seconds."))
_CHANGED = Failure(
    409,
    mark("Changed meanwhile"),
    mark("It is not as the page showed it. Load it again and do what is still to be done."),
)
_REFUSED = Failure(
    422, mark("Not possible so"), mark("What was asked for cannot be done so. Go back and look it over.")
)
_FAULT = Failure(500, mark("This page failed"), mark("It is a fault of the server and was logged. Try again."))
_AWAY = Failure(503, mark("The database does not answer"), mark("Nothing is lost. Try again in a few seconds."))
_BY_STATUS = {failure.status: failure for failure in (_NOT_FOUND, _BAD_REQUEST, _WRONG_METHOD)}
_BY_ERROR: Mapping[type[Exception], Failure] = {
    ForgedRequestError: _FORGED,
    NotAllowedError: _NOT_ALLOWED,
    TooManySignInsError: _BUSY,
    NotFoundError: _NOT_FOUND,
    ConflictError: _CHANGED,
    RefusedError: _REFUSED,
}


def answer_failure(call: Call, error: Exception, *, is_away: bool = False) -> Response[str]:
    """Answer with the page of an error; `is_away` says that the database did not answer."""
    if isinstance(error, NotSignedInError):
        return _to_sign_in(call)
    if isinstance(error, SecondFactorWantedError):
        return _leave_for(call, SECOND_FACTOR)
    failure = _AWAY if is_away else _failure_of(error)
    template = "failure.html" if call.scope.get("auth") else "failure_alone.html"
    answer = page(call, template, status=failure.status, here="/", failure=failure)
    if failure.status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = str(TooManySignInsError.retry_after_seconds)
    return answer


def _failure_of(error: Exception) -> Failure:
    if isinstance(error, HTTPException):
        return _BY_STATUS.get(error.status_code, _BAD_REQUEST)
    return next((failure for kind, failure in _BY_ERROR.items() if isinstance(error, kind)), _FAULT)


def _to_sign_in(call: Call) -> Response[str]:
    """Send a browser to sign in; a page that htmx asked for a part of is to be left as a whole."""
    there = address_of(call)
    target = "/sign-in?" + urlencode({"next": there}) if call.method == "GET" and there != "/" else "/sign-in"
    return _leave_for(call, target)


def _leave_for(call: Call, target: str) -> Response[str]:
    if "hx-request" in call.headers:
        return Response("", headers={**HEADERS, "HX-Redirect": target})
    return redirect(target)
