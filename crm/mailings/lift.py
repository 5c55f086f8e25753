"""What a mailing brought: what recipients turned over beside those who were held back by chance. Pure.

Key idea: both groups were drawn by the same chance, so all whom the letter was meant for count, also those whom it did
not reach; to count only those who got or opened it would compare good customers with all. The difference per head has
the confidence interval of Welch's t-test, which lets the groups differ in size and spread: with means m, variances v
and sizes n of both groups, m1 - m2 ± t · √(v1/n1 + v2/n2), where t is Student's quantile at the degrees of freedom of
Welch and Satterthwaite, (v1/n1 + v2/n2)² / ((v1/n1)²/(n1 - 1) + (v2/n2)²/(n2 - 1)).

B. L. Welch, Biometrika 34 (1947), 28-35. Sums are exact; what is estimated is rounded to the minor unit in the end.
"""

import math
from fractions import Fraction
from statistics import NormalDist
from typing import Final

from msgspec import Struct

CONFIDENCE_PERCENT: Final = 95
_DOUBT: Final = (100 - CONFIDENCE_PERCENT) / 100
FEWEST_HEADS: Final = 5
"""With fewer in a group nothing is told of chance."""


class Spent(Struct, frozen=True):
    """What a group bought: how many heads, how many of them bought at all, the turnover in minor units, its squares."""

    heads: int = 0
    buyers: int = 0
    total: int = 0
    squares: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        """Put two groups together."""
        return Spent(*(getattr(self, name) + getattr(other, name) for name in self.__struct_fields__))

    @property
    def per_head(self) -> int:
        """The turnover per head, in minor units; of nobody it is nothing."""
        return round(Fraction(self.total, self.heads)) if self.heads else 0


class Lift(Struct, frozen=True):
    """How much more a group turned over per head than another, in minor units, from `low` to `high`.

    Without bounds there are too few heads, or too alike ones, to tell.
    """

    difference: int
    low: int | None = None
    high: int | None = None

    @property
    def is_told(self) -> bool:
        """Tell whether the difference is more than chance: its interval leaves out zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def compare(written: Spent, held_back: Spent) -> Lift | None:
    """Compare who was written to with who was held back; None where either group has nobody."""
    if not written.heads or not held_back.heads:
        return None
    difference = Fraction(written.total, written.heads) - Fraction(held_back.total, held_back.heads)
    freedom, error = _welch(written, held_back)
    if not freedom or not error:
        return Lift(round(difference))
    reach = Fraction(student_quantile(_DOUBT, freedom) * error)
    return Lift(round(difference), round(difference - reach), round(difference + reach))


def _welch(one: Spent, other: Spent) -> tuple[float, float]:
    """Give the degrees of freedom and the standard error of a difference of means; noughts where there are none."""
    if min(one.heads, other.heads) < FEWEST_HEADS:
        return 0.0, 0.0
    first, second = _variance(one) / one.heads, _variance(other) / other.heads
    both = first + second
    if not both:
        return 0.0, 0.0
    freedom = both**2 / (first**2 / (one.heads - 1) + second**2 / (other.heads - 1))
    return float(freedom), math.sqrt(both)


def _variance(group: Spent) -> Fraction:
    return (group.squares - Fraction(group.total**2, group.heads)) / (group.heads - 1)


def student_quantile(doubt: float, freedom: float) -> float:
    """Give the value that Student's t exceeds, in either direction, with a probability.

    Right to six digits from three degrees of freedom on, which need not be whole. G. W. Hill, Algorithm 396,
    Communications of the ACM 13 (1970), 619-620.
    """
    n = freedom
    a = 1 / (n - 0.5)
    b = 48 / a**2
    c = ((20_700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * n
    y = (d * doubt) ** (2 / n)
    if y <= 0.05 + a:
        near = ((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3
        return math.sqrt(n * (((1 / near + 0.5 / (n + 4)) * y - 1) * (n + 1) / (n + 2) + 1 / y))
    x = NormalDist().inv_cdf(doubt / 2)
    y = x**2
    if n < 5:  # noqa: PLR2004 # as the algorithm has it
        c += 0.3 * (n - 4.5) * (x + 0.6)
    c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
    return math.sqrt(n * math.expm1(a * y**2))
