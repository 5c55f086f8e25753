"""Why the till agent answers a request with a problem: one class per reason, each with its status and stable code.

    AgentError
    ├── ForeignHostError           403 host_refused
    ├── ForeignOriginError         403 origin_refused
    ├── UnauthorizedError          401 unauthorized
    ├── ReaderUnknownError         404 reader_unknown
    ├── CardUnknownError           404 card_unknown
    ├── ReceiptConflictError       409 receipt_conflict
    ├── AlreadyVoidedError         409 already_voided
    ├── HoldConflictError          409 hold_conflict
    ├── PaymentCardRefusedError    422 payment_card_refused
    ├── UnbalancedError            422 receipt_unbalanced
    ├── CardNotUsableError         422 card_not_usable
    ├── NothingLeftError           422 nothing_left
    ├── TooManyListenersError      503 too_many_listeners
    ├── ServerUnreachableError     503 server_unreachable
    ├── JournalUnavailableError    503 journal_unavailable
    └── OfflineCreditRefusedError  503 offline_credit_refused

A body that cannot be read is a `pos_adapter.problems.BodyError`. Every other refusal is the server's and is passed on
as it came. Where the till decides in the server's place, its codes are the server's.
"""

from typing import ClassVar

from pos_adapter.answers import Problem


class AgentError(Exception):
    """A request that the agent itself refuses; the message is the problem's `detail` and holds nothing of a card."""

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field

    def problem(self) -> Problem:
        """Give the problem that answers the request."""
        places = [] if self.field is None else [{"field": self.field, "reason": str(self)}]
        return Problem(title=self.title, status=self.status, code=self.code, detail=str(self), errors=places)


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


class CardUnknownError(AgentError):
    """No card of the snapshot has the number."""

    status = 404
    code = "card_unknown"
    title = "There is no such card"


class ReceiptConflictError(AgentError):
    """The UUID or the number of a receipt stands in the journal with another meaning."""

    status = 409
    code = "receipt_conflict"
    title = "The receipt is known with another meaning"


class AlreadyVoidedError(AgentError):
    """The receipt was voided by another act."""

    status = 409
    code = "already_voided"
    title = "The receipt was voided already"


class HoldConflictError(AgentError):
    """The hold is known with other content."""

    status = 409
    code = "hold_conflict"
    title = "The hold is known with other content"


class PaymentCardRefusedError(AgentError):
    """Something in the body looks like a bank card; nothing of it was kept or sent on."""

    status = 422
    code = "payment_card_refused"
    title = "A payment card number was refused"

    def __init__(self, masked: str) -> None:
        super().__init__(f"a number in the body looks like a payment card: {masked}")


class UnbalancedError(AgentError):
    """A line or the sums of a receipt do not add up."""

    status = 422
    code = "receipt_unbalanced"
    title = "The receipt does not add up"


class CardNotUsableError(AgentError):
    """The card may not be used, as of the snapshot."""

    status = 422
    code = "card_not_usable"
    title = "The card may not be used"


class NothingLeftError(AgentError):
    """More is returned than is left of a sale, as far as the till knows."""

    status = 422
    code = "nothing_left"
    title = "Nothing is left to be returned"


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


class JournalUnavailableError(AgentError):
    """The till's disk does not take what it is asked to keep: nothing was kept, and nothing is promised."""

    status = 503
    code = "journal_unavailable"
    title = "The till cannot keep the receipt"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "5"}


class OfflineCreditRefusedError(AgentError):
    """Without the server nobody can say whether a card has the money: none is granted beyond the till's allowance."""

    status = 503
    code = "offline_credit_refused"
    title = "No money is held without the server"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "1"}
