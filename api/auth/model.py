"""Who calls: a principal with one role, and the session that a person's browser holds.

A request has at most one principal. A till and a program show an access token, a person's browser shows a session.
"""

from typing import Literal

from msgspec import Struct

from api.auth.csrf import show_token

UserRole = Literal[
    "admin",
    "director",
    "marketing_director",
    "marketing",
    "sales",
    "purchasing",
    "call_taker",
    "dispatcher",
    "clerk",
    "cashier_supervisor",
]
Role = UserRole | Literal["till"]
TokenRole = Literal["admin", "clerk", "till"]
"""What an access token may be for; people's other roles are for people."""

Right = Literal[
    "home",
    "parties.read",
    "parties.edit",
    "parties.bulk",
    "parties.merge",
    "parties.erase",
    "cards.read",
    "cards.numbers",
    "cards.act",
    "cards.bulk",
    "cards.make",
    "prices.read",
    "prices.edit",
    "receipts.read",
    "receipts.void",
    "signals.read",
    "signals.dismiss",
    "business.read",
    "business.edit",
    "tasks.read",
    "tasks.edit",
    "events.read",
    "events.edit",
    "segments.read",
    "segments.edit",
    "surveys.read",
    "surveys.edit",
    "letters.read",
    "letters.edit",
    "letters.date",
    "mail.read",
    "mail.send",
    "mailings.read",
    "mailings.edit",
    "mailings.consent",
    "mailings.suppress",
    "mailings.send",
    "own_page.read",
    "own_page.edit",
    "surveys.call",
    "notifications.read",
    "recordings.play",
    "calendar.read",
    "calendar.share",
    "calls.take",
    "dispatcher.read",
    "dispatcher.pin",
    "dispatcher.tell",
    "reports.read",
    "jobs.read",
    "jobs.stop",
    "settings.edit",
    "users.edit",
    "audit.read",
    "metrics.read",
]
"""What can be allowed to people; `api.auth.rights` says to whom."""

Demand = Literal["nobody", "administrators", "everybody"]
"""Of whom a second factor is demanded."""

Theme = Literal["system", "light", "dark"]
Language = Literal["en", "ru", "uk", "bg"]


class Principal(Struct, frozen=True, gc=False):
    """Who acts and what for. `actor` is the name the activity journal keeps: `user:nora`, `till:0007/3`, `token:12`.

    `store` and `till` are set for the role till alone, `user_id` for people alone.
    """

    actor: str
    role: Role
    store: str | None = None
    till: str | None = None
    user_id: int | None = None


class Session(Struct, frozen=True):
    """A person at a browser: the hash of the session's cookie, and what every page needs of the person.

    `csrf` is the session's secret; pages show it as `csrf_token`. Who `must_set_up` a second factor gets nowhere else.
    """

    hash: bytes
    principal: Principal
    name: str
    theme: Theme
    language: Language
    csrf: str
    must_set_up: bool = False

    @property
    def csrf_token(self) -> str:
        """A token for one page's forms."""
        return show_token(self.csrf)
