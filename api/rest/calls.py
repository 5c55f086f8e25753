"""What every REST handler asks of its request: the service, who calls, and where a till may act."""

from typing import TypeAlias

from litestar import Request
from litestar.datastructures import State

from api.auth.errors import NotAllowedError
from api.auth.model import Principal, Session
from api.state import Service, read_clock
from database.activity import Act

Call: TypeAlias = Request[Principal, Session | None, State]


def service_of(call: Call) -> Service:
    """Give the process' service."""
    service: Service = call.app.state["service"]
    return service


def act_of(call: Call) -> Act:
    """Give who acts, now."""
    return Act(call.user.actor, read_clock())


def check_till(principal: Principal, *, store: str, till: str) -> None:
    """Check that a till acts for itself only. Raises NotAllowedError."""
    if principal.role == "till" and (principal.store, principal.till) != (store, till):
        raise NotAllowedError(
            f"this token is for till {principal.till} of store {principal.store} and acts for no other"
        )
