"""How unlikely a count is, in digits of the odds against it. Exact enough to compare with a threshold, and no float.

The key idea: each receipt has a chance of its own to be one of those counted, which the counts of everybody else
explain. Hoeffding's bound (1963, theorem 1) then holds for their sum whatever the single chances are:
P(X >= k) <= e^(-n D), D being the divergence of k/n from the mean chance.
"""

from decimal import Decimal

MOST_DIGITS = 100
_LN_TEN = Decimal(10).ln()
_SURE = Decimal(1) - Decimal(1).scaleb(-6)
"""A share is never taken for certain: that of a few receipts is not known so well."""


def odds_digits(count: int, *, of: int, expected: Decimal) -> int:
    """Give the digits of the odds against `count` or more `of` so many where `expected` are: 6 is one in a million.

    0 where the count is no more than expected; `MOST_DIGITS` at most.
    """
    if count <= expected or not of:
        return 0
    chance = min(max(expected / of, 1 - _SURE), _SURE)
    share = Decimal(count) / of
    divergence = share * (share / chance).ln()
    if share < 1:
        divergence += (1 - share) * ((1 - share) / (1 - chance)).ln()
    return min(MOST_DIGITS, int(of * divergence / _LN_TEN))
