"""How much money of cards a till may grant without the server. Pure.

The key idea: three limits, and what is granted and not yet settled counts against all of them. So the worst that a till
can do while the server is away is what its allowance says, whatever is asked, in whatever order and how often; and the
worst of all tills is the sum of their allowances.

Units: money in minor units.
"""

from msgspec import Struct


class Allowances(Struct, frozen=True):
    """What may be open at once for one receipt, for one card, and at this till in all."""

    per_receipt: int = 0
    per_card: int = 0
    per_till: int = 0


class Outstanding(Struct, frozen=True):
    """What is granted and not yet settled: for the receipt, for the card, and in all."""

    receipt: int
    card: int
    till: int


def left_of(allowances: Allowances, outstanding: Outstanding) -> int:
    """Give how much may still be granted; never less than nothing."""
    left = min(
        allowances.per_receipt - outstanding.receipt,
        allowances.per_card - outstanding.card,
        allowances.per_till - outstanding.till,
    )
    return max(0, left)
