"""Consent: what somebody may say to a kind of mailings, in which way, and what holds afterwards. Pure.

Key idea: a yes to be written to is a record and not a flag. Every act is kept with who did it, in which way and by
which words; what holds now follows from them. A no is never overridden but by the person's own later yes.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, get_args

from msgspec import Struct

from crm.directories.model import name_in

State = Literal["subscribed", "pending", "unsubscribed"]
ConsentAct = Literal["asked", "given", "confirmed", "withdrawn"]
Source = Literal["page", "api", "form", "preferences", "one_click", "import", "merge", "reply"]
Why = Literal["hard_bounce", "complaint", "by_hand", "unsubscribed", "erased"]
"""Why an address gets nothing more."""
Relief = Literal["mistake", "asked_again", "works_again"]
"""Why an address is taken off the list again."""

WHYS: Final[tuple[Why, ...]] = get_args(Why)
RELIEFS: Final[tuple[Relief, ...]] = get_args(Relief)
OWN_NO: Final[frozenset[Why]] = frozenset({"unsubscribed", "erased"})
"""What somebody asked for, and so may take back by asking to be written to; the rest is the shop's to decide."""
MOST_KINDS: Final = 50
MOST_WORDING: Final = 2_000


class Kind(Struct, frozen=True, kw_only=True):
    """A kind of mailings, to which parties say yes or no."""

    id: int
    code: str
    names: Mapping[str, str]
    needs_consent: bool
    version: int = 1
    is_archived: bool = False

    def name(self, language: str) -> str:
        """Give what it is called in a language, else in another."""
        return name_in(self.names, language, self.code)


class Subscription(Struct, frozen=True):
    """What holds between a party and a kind of mailings since a moment."""

    kind_id: int
    state: State
    changed_at: datetime


class Consent(Struct, frozen=True):
    """An act that led there: who did it, in which way, and by which words."""

    id: int
    kind_id: int
    act: ConsentAct
    source: Source
    wording: str | None
    recipient_id: int | None
    actor: str
    at: datetime


class Said(Struct, frozen=True):
    """In which way something is said: by which words that were shown, and by whose link in a letter."""

    source: Source
    wording: str | None = None
    recipient_id: int | None = None


class Choice(Struct, frozen=True):
    """A kind of mailings and whether somebody gets it; `state` is None where nothing was ever said."""

    kind: Kind
    state: State | None

    @property
    def gets(self) -> bool:
        """Tell whether letters of the kind may be written: by a yes, or without a no where none is needed."""
        return self.state != "unsubscribed" if not self.kind.needs_consent else self.state == "subscribed"


def next_state(now: State | None, act: ConsentAct, source: Source) -> State:
    """Decide what holds after an act.

    Being asked changes neither a yes nor a no: both stay until the person answers. A file's yes is no answer to a no.
    """
    if act == "asked":
        return now or "pending"
    if act == "withdrawn" or (now == "unsubscribed" and source == "import"):
        return "unsubscribed"
    return "subscribed"
