"""Why the till agent answers a request with a problem: one class per reason, each with its status and stable code.

    AgentError
    ├── ForeignHostError         403 host_refused
    ├── ForeignOriginError       403 origin_refused
    ├── UnauthorizedError        401 unauthorized
    ├── ReaderUnknownError       404 reader_unknown
    ├── PaymentCardRefusedError  422 payment_card_refused
    ├── TooManyListenersError    503 too_many_listeners
    └── ServerUnreachableError   503 server_unreachable

A body that cannot be read is a `pos_adapter.problems.BodyError`. Every other refusal is the server's and is passed on
as it came.
"""

from typing import ClassVar

from pos_adapter.answers import Problem


class AgentError(Exception):
    """A request that the agent itself refuses; the message is the problem's `detail` and holds nothing of a card."""

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]
    headers: ClassVar[dict[str, str]] = {}

    def problem(self) -> Problem:
        """Give the problem that answers the request."""
        return Problem(title=self.title, status=self.status, code=self.code, detail=str(self))


class ForeignHostError(AgentError):
    """The request was meant for another host: a page that rebinds a name of its own to loopback sends that name."""

    status = 403
    code = "host_refused"
    title = "Not a request for this host"


class ForeignOriginError(AgentError):
    """A browser sent the request for a page that is not listed in `origins` of till.toml."""

    status = 403
    code = "origin_refused"
    title = "This page may not call the till"


class UnauthorizedError(AgentError):
    """The request shows no token or a wrong one."""

    status = 401
    code = "unauthorized"
    title = "A valid token is needed"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}


class ReaderUnknownError(AgentError):
    """The till has no reader of this name."""

    status = 404
    code = "reader_unknown"
    title = "There is no such reader"


class PaymentCardRefusedError(AgentError):
    """Something in the body looks like a bank card; nothing of it was kept or sent on."""

    status = 422
    code = "payment_card_refused"
    title = "A payment card number was refused"

    def __init__(self, masked: str) -> None:
        super().__init__(f"a number in the body looks like a payment card: {masked}")


class TooManyListenersError(AgentError):
    """As many programs listen for events as may."""

    status = 503
    code = "too_many_listeners"
    title = "Too many programs listen for events"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "5"}


class ServerUnreachableError(AgentError):
    """The server gave no answer in time; as it may have done what was asked, ask again with the same UUID."""

    status = 503
    code = "server_unreachable"
    title = "The server cannot be reached"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "1"}
