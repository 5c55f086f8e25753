"""How far the sums of groups of goods have come, as pure data: what is in them and what is taken in next.

Key idea: the journal's acts are numbered as they are written, but they show as their transactions end, in any order.
So a fence is set: the last number given out and, read after it, the transactions that had begun. Whoever was given a
number up to the fence had begun by then, for a receipt locks its card before it writes. Once all of those have ended,
every act up to the fence can be seen or never will be.

It refuses to guess how long a transaction may last.
"""

from datetime import date, datetime, timedelta
from typing import Final

from msgspec import Struct

LONGEST_WRITING: Final = timedelta(hours=1)
"""A receipt's moment is read at most so long before its act is numbered, clocks that differ included."""


class Fence(Struct, frozen=True):
    """A number of the journal and the first transaction that had not begun when it was the last one; `at` is when."""

    act: int
    transaction: int
    at: datetime


class Place(Struct, frozen=True):
    """An act in the order in which a portion takes acts in."""

    at: datetime
    id: int


class Mark(Struct, frozen=True):
    """How far the sums have come.

    Acts numbered up to `done` are in them, a number given out at `since`. Those up to the fence come next, in the order
    of their moments; `reached` is the last of them that is in. While `built` is a day, the sums are made for the first
    time: the receipts of all days up to it are in.
    """

    fence: Fence
    done: int = 0
    since: datetime | None = None
    reached: Place | None = None
    built: date | None = None

    def goes_on_from(self) -> Place:
        """Give the place behind which the next acts lie: moments before it have no act that is not in."""
        if self.reached is not None:
            return self.reached
        assert self.since is not None, "what was built has a beginning"
        return Place(self.since - LONGEST_WRITING, 0)
