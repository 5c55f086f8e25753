"""What a panel of a profile is, and how it looks at its party.

Key idea: a panel says which right shows it, how it stands where nobody chose otherwise, and what fills its template. It
is asked of the database only when somebody sees it; its reads are few and bounded.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import Right
from api.pages.words import mark
from crm.directories.model import PartyKind
from crm.parties.model import Party
from crm.profile.layout import Width

MOST_ROWS = 10
KINDS: frozenset[PartyKind] = frozenset({"person", "organisation"})


class Viewed(Struct, frozen=True):
    """A party as somebody looks at it: when, in which zone the back office is, and by which rights."""

    party: Party
    now: datetime
    zone: ZoneInfo
    rights: frozenset[Right]

    @property
    def today(self) -> date:
        """The day that it is where the back office is."""
        return self.now.astimezone(self.zone).date()


class Panel(Struct, frozen=True):
    """One panel of a module, filled into its template.

    `href` leads to its whole list or its form for whoever holds the right `edit`; `{id}` in it stands for the party.
    """

    module: str
    right: Right
    title: str
    template: str
    load: Callable[[AsyncConnection, Viewed], Awaitable[object]]
    href: str | None = None
    link: str = mark("Edit")
    edit: Right | None = None
    width: Width = "narrow"
    is_open: bool = True
    kinds: frozenset[PartyKind] = KINDS
