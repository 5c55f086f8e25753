"""Whether a number template makes a number that looks like a payment card, found without making its numbers.

The key idea: whether a number passes Luhn and is no EAN-13 hangs on two sums of its digits alone. So it is enough to
know, for so many free digits, which pairs of sums they can add: at most a hundred. `loyalty.payment_cards` says what
looks like a payment card; here are its ranges turned into ranges of counters.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from loyalty.cards.digits import Block, split
from loyalty.numbering import DIGIT_VALUES, Template
from loyalty.payment_cards import (
    EAN13_LENGTH,
    LONGEST_PAYMENT_NUMBER,
    SHORTEST_PAYMENT_NUMBER,
    is_in_payment_range,
)

_RANGE_DIGITS = 4
"""The leading digits that decide whether a number lies in a payment range."""

Sums = tuple[int, int]
"""What digits add to the sum behind a Luhn digit, and behind an EAN digit, each modulo 10."""


def find_payment_number(template: Template) -> str | None:
    """Give the first number of the template that looks like a payment card; None if there is none."""
    reachable = None
    for counters in _in_payment_ranges(template):
        reachable = reachable or _Reachable(template)
        for block in split(counters, template.width):
            found = reachable.first_of(block)
            if found is not None:
                return template.number(found)
    return None


def find_number_in_payment_range(template: Template) -> str | None:
    """Give the first number of the template that only begins and is as long as payment cards; None if there is none."""
    return next((template.number(counters[0]) for counters in _in_payment_ranges(template)), None)


def _in_payment_ranges(template: Template) -> Iterator[range]:
    """Give the counters, rising, whose numbers are as long as payment cards and begin like one."""
    head = template.prefix
    if not SHORTEST_PAYMENT_NUMBER <= template.length <= LONGEST_PAYMENT_NUMBER or not (head or "0").isdecimal():
        return
    counters = range(template.first, template.last + 1)
    missing = _RANGE_DIGITS - len(head)
    if missing <= 0:
        yield from (counters,) if is_in_payment_range(head) else ()
        return
    unit, start = 10 ** (template.width - missing), int(head or "0") * 10**missing
    for heads in _payment_heads():
        low, high = max(heads.start - start, 0), min(heads.stop - start, 10**missing)
        found = range(max(counters.start, low * unit), min(counters.stop, high * unit))
        if low < high and found:
            yield found


@lru_cache(maxsize=1)
def _payment_heads() -> tuple[range, ...]:
    """Give the ranges of four leading digits with which payment cards begin."""
    known = [head for head in range(10**_RANGE_DIGITS) if is_in_payment_range(f"{head:0{_RANGE_DIGITS}d}")]
    runs = [[head for _, head in run] for _, run in groupby(enumerate(known), lambda pair: pair[1] - pair[0])]
    return tuple(range(run[0], run[-1] + 1) for run in runs)


class _Reachable:
    """Which sums the last digits of a template's counters can add, and which sums a payment card has."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._check_digits = int(template.check is not None)
        self._outer = self._sums_of(template.outer, len(template.head) + template.width + self._check_digits)
        self._head = self._sums_of(template.head, template.width + self._check_digits)
        self._by_last_digits: list[set[Sums]] = [{(0, 0)}]

    def first_of(self, block: Block) -> int | None:
        """Give the first counter of a block whose number looks like a payment card, its range aside."""
        digits = block.fixed
        if not self._can_become(digits):
            return None
        while len(digits) < self._template.width:
            digits = next(digits + digit for digit in "0123456789" if self._can_become(digits + digit))
        return int(digits or "0")

    def _can_become(self, digits: str) -> bool:
        """Tell whether leading digits of a counter can be completed to such a number."""
        free = self._template.width - len(digits)
        luhn, ean = _add(self._head, self._sums_of(digits, free + self._check_digits))
        return any(self._is_payment((luhn + more[0], ean + more[1])) for more in self._of_last_digits(free))

    def _is_payment(self, covered: Sums) -> bool:
        """Judge a number by the sums of the digits that its check digit covers."""
        check_digit = {None: 0, "!": -covered[0], "^": -covered[1]}[self._template.check]
        luhn = self._outer[0] + covered[0] + check_digit
        ean = self._outer[1] + covered[1] + check_digit
        return luhn % 10 == 0 and not (self._template.length == EAN13_LENGTH and ean % 10 == 0)

    def _of_last_digits(self, count: int) -> set[Sums]:
        while len(self._by_last_digits) <= count:
            place = len(self._by_last_digits) - 1 + self._check_digits
            adds = [_values(digit, place) for digit in range(10)]
            self._by_last_digits.append({_add(sums, more) for sums in self._by_last_digits[-1] for more in adds})
        return self._by_last_digits[count]

    @staticmethod
    def _sums_of(digits: str, places_behind: int) -> Sums:
        sums = (0, 0)
        for place, digit in enumerate(reversed(digits), places_behind):
            sums = _add(sums, _values(int(digit), place))
        return sums


def _values(digit: int, place: int) -> Sums:
    """Give what a digit adds at a place of the whole number, counted from its last digit, which is place 0."""
    is_even = int(place % 2 == 0)
    return DIGIT_VALUES["!"][is_even][digit], DIGIT_VALUES["^"][is_even][digit]


def _add(one: Sums, other: Sums) -> Sums:
    return (one[0] + other[0]) % 10, (one[1] + other[1]) % 10
