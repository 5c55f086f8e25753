"""What is kept beside the ledgers: money held for receipts, and points by day. Pure values and rules.

Points are spent oldest first: what is spent on a day takes of those that end soonest and may still be spent on it. What
is left of a day that has passed expires. Both follow from what was earned and spent on which day alone, never from the
order in which it became known, nor from when the worker looked.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from loyalty.errors import InsufficientFundsError, LimitExceededError

HoldState = Literal["open", "captured", "released", "expired"]


class Hold(Struct, frozen=True, gc=False):
    """Money of `account_id` kept for a receipt that `card_id` pays, in minor units."""

    uid: UUID
    card_id: int
    account_id: int
    receipt_uid: UUID
    amount: int
    state: HoldState
    expires_at: datetime

    def is_due(self, now: datetime) -> bool:
        """Tell whether its time is over, though nobody has ended it yet."""
        return self.state == "open" and self.expires_at <= now


class PointsDay(Struct, frozen=True, gc=False):
    """Points earned that may be spent until a day (None is for ever), and points spent on that day."""

    day: date | None
    earned: int
    spent: int


class PointsLeft(Struct, frozen=True):
    """What is left by the day until which it may be spent; `owed` was spent without being there."""

    days: Sequence[tuple[date | None, int]]
    owed: int

    def expired(self, on: date) -> int:
        """Sum what may not be spent any more on a day."""
        return sum(left for day, left in self.days if day is not None and day < on)


def short_of_funds(credit_limit: int) -> InsufficientFundsError | LimitExceededError:
    """Give the refusal of what a card's balance, and its credit limit if it has one, do not cover."""
    if credit_limit:
        return LimitExceededError("the card's balance and credit limit together do not cover it")
    return InsufficientFundsError("the card's balance does not cover it")


def points_left(days: Iterable[PointsDay]) -> PointsLeft:
    """Match what was spent with what was earned, oldest first. Points given back on a day end with that day."""
    known = sorted(days, key=lambda one: one.day or date.max)
    left = [(one.day, max(0, one.earned) + max(0, -one.spent)) for one in known]
    spent = [(one.day, max(0, one.spent) + max(0, -one.earned)) for one in known]
    owed, place = 0, 0
    for day, amount in spent:
        needed = amount
        while needed and place < len(left):
            until, there = left[place]
            taken = min(there, needed) if until is None or (day is not None and until >= day) else 0
            needed -= taken
            left[place] = (until, there - taken)
            if needed:
                place += 1
        owed += needed
    return PointsLeft(left, owed)


def may_spend(days: Sequence[PointsDay], amount: int, *, on: date) -> bool:
    """Tell whether so many points may be spent on a day without owing more than before."""
    return points_left([*days, PointsDay(on, 0, amount)]).owed <= points_left(days).owed
