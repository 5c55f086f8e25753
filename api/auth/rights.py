"""What each role may see and do: one table, which every route and every page asks.

A route names the right it needs, never a role: `opt=dict(allows("parties.edit"))`. The administrator holds every right.
Tills hold none: what is theirs says so, `allows("cards.numbers", also="till")` where people may call it too,
`requires("till")` where they may not. Whoever sees no whole number of a card (`cards.numbers`) sees its last four.

A right's first word is its module: `business.read` opens nothing where the module `business` is switched off.
"""

from collections.abc import Container, Mapping
from typing import Literal, get_args

from api.auth.guards import KEY, Access
from api.auth.model import Right, Role, UserRole

EVERYBODY: frozenset[UserRole] = frozenset(get_args(UserRole))

HOLDERS: Mapping[Right, frozenset[UserRole]] = {
    "home": EVERYBODY,
    "parties.read": EVERYBODY,
    "parties.edit": EVERYBODY - {"cashier_supervisor"},
    "parties.bulk": frozenset({"director", "marketing_director", "marketing", "sales", "clerk"}),
    "parties.merge": frozenset({"director", "marketing_director", "sales", "clerk"}),
    "parties.erase": frozenset({"director"}),
    "cards.read": EVERYBODY - {"purchasing"},
    "cards.numbers": frozenset({"director", "sales", "clerk", "cashier_supervisor"}),
    "cards.act": frozenset({"director", "sales", "clerk", "cashier_supervisor"}),
    "cards.bulk": frozenset({"director", "clerk"}),
    "cards.make": frozenset({"director", "clerk"}),
    "prices.read": EVERYBODY,
    "prices.edit": frozenset({"director", "marketing_director", "clerk"}),
    "receipts.read": EVERYBODY - {"purchasing"},
    "receipts.void": frozenset({"director", "clerk", "cashier_supervisor"}),
    "signals.read": frozenset({"director", "marketing_director", "clerk", "cashier_supervisor"}),
    "signals.dismiss": frozenset({"director", "clerk", "cashier_supervisor"}),
    "business.read": EVERYBODY - {"cashier_supervisor"},
    "business.edit": frozenset({"director", "sales", "purchasing", "clerk"}),
    "tasks.read": EVERYBODY,
    "tasks.edit": EVERYBODY,
    "events.read": EVERYBODY,
    "events.edit": EVERYBODY - {"cashier_supervisor"},
    "calendar.read": EVERYBODY,
    "calendar.share": EVERYBODY,
    "segments.read": EVERYBODY - {"cashier_supervisor"},
    "segments.edit": frozenset({"director", "marketing_director", "marketing", "sales", "clerk"}),
    "surveys.read": EVERYBODY - {"cashier_supervisor"},
    "surveys.edit": frozenset({"director", "marketing_director", "marketing", "sales"}),
    "letters.read": EVERYBODY - {"cashier_supervisor"},
    "letters.edit": EVERYBODY - {"cashier_supervisor"},
    "letters.date": frozenset({"director", "clerk"}),
    "mail.read": EVERYBODY - {"cashier_supervisor"},
    "mail.send": EVERYBODY - {"cashier_supervisor"},
    "mailings.read": frozenset({"director", "marketing_director", "marketing", "sales", "clerk"}),
    "mailings.edit": frozenset({"director", "marketing_director", "marketing"}),
    "mailings.consent": frozenset({"director", "marketing_director", "marketing", "sales", "clerk"}),
    "mailings.suppress": frozenset({"director", "marketing_director", "marketing"}),
    "mailings.send": frozenset({"director", "marketing_director", "marketing"}),
    "own_page.read": EVERYBODY - {"purchasing"},
    "own_page.edit": frozenset({"director", "sales", "clerk", "cashier_supervisor"}),
    "surveys.call": EVERYBODY - {"cashier_supervisor"},
    "notifications.read": EVERYBODY,
    "recordings.play": frozenset({"director", "dispatcher"}),
    "calls.take": EVERYBODY - {"cashier_supervisor"},
    "dispatcher.read": EVERYBODY,
    "dispatcher.pin": frozenset({"director", "dispatcher"}),
    "dispatcher.tell": frozenset({"director", "dispatcher", "clerk"}),
    "reports.read": frozenset({"director", "marketing_director", "marketing", "sales", "purchasing", "clerk"}),
    "jobs.read": frozenset({"director", "marketing_director", "marketing", "sales", "clerk"}),
    "jobs.stop": frozenset({"director", "marketing_director", "marketing", "sales", "clerk"}),
    "settings.edit": frozenset({"director"}),
    "users.edit": frozenset(),
    "audit.read": frozenset({"director", "marketing_director"}),
    "metrics.read": frozenset({"clerk"}),
}


def may(role: Role, right: Right, modules_off: Container[str] = ()) -> bool:
    """Tell whether a role holds a right whose module is not switched off."""
    return module_of(right) not in modules_off and (role == "admin" or role in HOLDERS[right])


def holders_of(right: Right) -> frozenset[UserRole]:
    """Give all roles that hold a right."""
    return HOLDERS[right] | {"admin"}


def rights_of(role: Role, modules_off: Container[str] = ()) -> frozenset[Right]:
    """Give all rights that a role holds where some modules are switched off."""
    return frozenset(right for right in HOLDERS if may(role, right, modules_off))


def allows(right: Right, *, also: Literal["till"] | None = None, module: str | None = None) -> dict[str, Access]:
    """Give the `opt` of a route that whoever holds a right may call, and tills too where they are named.

    A route of another module than its right's names it: attributes are read and set by the rights of their records.
    """
    roles: frozenset[Role] = frozenset({*holders_of(right), *([also] if also else [])})
    return {KEY: Access(roles, right, module or module_of(right))}


def module_of(right: Right) -> str:
    """Give the module that a right belongs to."""
    return right.partition(".")[0]
