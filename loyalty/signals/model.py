"""What a signal is, and the thresholds past which one is told. Pure values.

A signal is a question to a person, never a verdict: it says in words what is unusual, how unusual, and which receipts
it rests on. Nothing is blocked and nothing is kept but that somebody dismissed it.
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

from loyalty.errors import PeriodRefusedError

Kind = Literal["own_card", "distant_stores", "keyed", "threshold_riding"]
KINDS: tuple[Kind, ...] = ("own_card", "distant_stores", "keyed", "threshold_riding")

MOST_DAYS = 92
"""A period is no longer than a quarter: what is older was looked at before."""

MOST_SCORE = 100


class Period(Struct, frozen=True):
    """The business dates that are looked at, both inclusive."""

    first: date
    last: date


class Thresholds(Struct, frozen=True):
    """What is still usual. Times are factors, odds digits: 5 is one in a hundred thousand."""

    least_odds: int = 5
    own_card_receipts: int = 8
    own_card_beyond: int = 5
    distant_minutes: int = 10
    keyed_receipts: int = 12
    keyed_percent: int = 10
    keyed_times: int = 3
    riding_days: int = 14
    riding_percent: int = 80
    riding_times: int = 3


class Subject(Struct, frozen=True):
    """Whom a signal is about; what has no part in it is None."""

    kind: Kind
    card_id: int | None = None
    store: str | None = None
    till: str | None = None
    cashier: str | None = None

    @property
    def id(self) -> str:
        """A short stable name of the subject, the same in every run."""
        parts = (self.kind, self.card_id, self.store, self.till, self.cashier)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


class Finding(Struct, frozen=True):
    """What a rule found: how unusual it is, from 1 to MOST_SCORE, and why in words.

    A rule that looks at counts leaves the receipts behind it to be looked up.
    """

    subject: Subject
    score: int
    reason: str
    receipts: tuple[UUID, ...] = ()
    last_day: date | None = None


class Signal(Struct, frozen=True):
    """A finding with the receipts behind it, newest first; `last_day` is the business date of the newest."""

    subject: Subject
    masked: str | None
    score: int
    reason: str
    receipts: Sequence[UUID]
    last_day: date


def make_period(first: date, last: date) -> Period:
    """Make a period. Raises PeriodRefusedError where it ends before it begins, or is longer than MOST_DAYS."""
    if last < first:
        raise PeriodRefusedError("the period ends before it begins", field="to")
    if (last - first).days >= MOST_DAYS:
        raise PeriodRefusedError(f"the period has more than {MOST_DAYS} days", field="to")
    return Period(first, last)
