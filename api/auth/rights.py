"""What each role may see and do: one table, which every route and every page asks.

A route names the right it needs, never a role: `opt=dict(allows("parties.edit"))`. The administrator holds every right.
Tills call only what `requires("till", ...)` opens to them.
"""

from collections.abc import Mapping
from typing import Literal, get_args

from api.auth.guards import requires
from api.auth.model import Role, UserRole

Right = Literal[
    "home",
    "parties.read",
    "parties.edit",
    "parties.bulk",
    "parties.merge",
    "parties.erase",
    "cards.read",
    "cards.act",
    "cards.make",
    "prices.edit",
    "receipts.read",
    "receipts.void",
    "signals.read",
    "business.read",
    "business.edit",
    "calls.take",
    "reports.read",
    "jobs.read",
    "settings.edit",
    "users.edit",
    "audit.read",
]

EVERYBODY: frozenset[UserRole] = frozenset(get_args(UserRole))

HOLDERS: Mapping[Right, frozenset[UserRole]] = {
    "home": EVERYBODY,
    "parties.read": EVERYBODY,
    "parties.edit": EVERYBODY - {"cashier_supervisor"},
    "parties.bulk": frozenset({"director", "marketing", "sales", "clerk"}),
    "parties.merge": frozenset({"director", "sales", "clerk"}),
    "parties.erase": frozenset({"director"}),
    "cards.read": EVERYBODY - {"purchasing"},
    "cards.act": frozenset({"director", "sales", "clerk", "cashier_supervisor"}),
    "cards.make": frozenset({"director", "clerk"}),
    "prices.edit": frozenset({"director", "clerk"}),
    "receipts.read": EVERYBODY - {"purchasing"},
    "receipts.void": frozenset({"director", "clerk", "cashier_supervisor"}),
    "signals.read": frozenset({"director", "clerk", "cashier_supervisor"}),
    "business.read": EVERYBODY - {"cashier_supervisor"},
    "business.edit": frozenset({"director", "sales", "purchasing", "clerk"}),
    "calls.take": EVERYBODY - {"cashier_supervisor"},
    "reports.read": frozenset({"director", "marketing", "sales", "purchasing", "clerk"}),
    "jobs.read": frozenset({"director", "marketing", "sales", "clerk"}),
    "settings.edit": frozenset({"director"}),
    "users.edit": frozenset(),
    "audit.read": frozenset({"director"}),
}


def may(role: Role, right: Right) -> bool:
    """Tell whether a role holds a right."""
    return role == "admin" or role in HOLDERS[right]


def allows(right: Right) -> dict[str, frozenset[Role]]:
    """Give the `opt` of a route that whoever holds a right may call."""
    return requires("admin", *HOLDERS[right])
