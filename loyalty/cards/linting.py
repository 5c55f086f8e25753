"""The number-template linter: what a template makes, what that collides with, how easily it is mistyped or guessed.

The key idea: all of it is reckoned from the template, exactly and without making its numbers: shares of slips are sums
over blocks of counters. A finding that is `refused` makes the template unusable, a `warning` is left to people.

Slips are those in the digits that differ from card to card, the counter's and the check digit; one in the literal head
makes a number that no card of the series has anyway. Nothing here knows a database.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from loyalty.cards.digits import split
from loyalty.cards.payment_numbers import find_number_in_payment_range, find_payment_number
from loyalty.cards.templates import find_collision, spellings
from loyalty.money import WHOLE
from loyalty.numbering import DIGIT_VALUES, Check, Template

GUESSABLE_ONE_IN = 10
"""A warning is due where, with all cards made, more than one in so many invented numbers would be a card's."""

IN_STORE_PREFIXES = ("02", "04", *map(str, range(20, 30)))
"""EAN-13 for use inside a shop alone, as GS1 General Specifications 2.1.11 says; all others are manufacturers'."""

_EAN_LENGTH = 13
_TYPED_WRONG = 9
"""So many other digits can be typed in the place of one."""


class Finding(Struct, frozen=True):
    """Something to know before the first card is made; `number` is the one that shows it."""

    severity: Literal["refused", "warning"]
    code: str
    text: str
    number: str | None = None


class Slips(Struct, frozen=True):
    """How many of all possible slips the check digit catches, over all numbers of the template."""

    caught: int
    all: int

    @property
    def percent(self) -> int:
        """The caught share in 1/10000 of a percent, rounded down; the whole where no slip is possible."""
        share: int = self.caught * WHOLE // self.all if self.all else WHOLE
        return share


class Lint(Struct, frozen=True):
    """All that the linter says of a template. `left` numbers of its capacity are free, behind the counter's last one.

    One in `one_in_now` invented numbers of the right form is a card's number now (None: there is no card yet), one in
    `one_in_full` when all are made, rounded to the nearest.
    """

    first: str
    last: str
    capacity: int
    left: int
    single_digit: Slips
    swapped: Slips
    one_in_now: int | None
    one_in_full: int
    findings: tuple[Finding, ...]

    @property
    def refusal(self) -> Finding | None:
        """The first finding that makes the template unusable."""
        return next((finding for finding in self.findings if finding.severity == "refused"), None)


def lint(template: Template, *, last_counter: int, others: Mapping[str, Template], goods: Iterable[str]) -> Lint:
    """Judge a template beside the templates of other series by their codes, and the codes of goods."""
    made = min(max(last_counter + 1 - template.first, 0), template.capacity)
    forms = 10 ** (template.width + (template.check is not None))
    return Lint(
        first=template.number(template.first),
        last=template.number(template.last),
        capacity=template.capacity,
        left=template.capacity - made,
        single_digit=_count_single_slips(template),
        swapped=count_swaps(template),
        one_in_now=(forms + made // 2) // made if made else None,
        one_in_full=(forms + template.capacity // 2) // template.capacity,
        findings=(*_refusals(template, others, goods), *_warnings(template, forms)),
    )


def _refusals(template: Template, others: Mapping[str, Template], goods: Iterable[str]) -> Iterator[Finding]:
    number = find_payment_number(template)
    if number is not None:
        yield Finding(
            "refused", "payment_range", f"{number} would be taken for a payment card: choose another head", number
        )
    for code, other in others.items():
        number = find_collision(template, other)
        if number is not None:
            yield Finding("refused", "template_collides", f"series {code} makes the number {number} as well", number)
    for sku in goods:
        number = next((text for text in spellings(sku) if template.counter(text) is not None), None)
        if number is not None:
            yield Finding("refused", "goods_collide", f"{number} is the code of an article", number)


def _warnings(template: Template, forms: int) -> Iterator[Finding]:
    number = find_number_in_payment_range(template)
    if number is not None and find_payment_number(template) is None:
        yield Finding(
            "warning", "near_payment_range", f"{number} begins and is as long as a payment card's number", number
        )
    first = template.number(template.first)
    for number in (first, template.number(template.last)) if _is_ean_13(template) else ():
        if not number.startswith(IN_STORE_PREFIXES):
            yield Finding("warning", "manufacturers_range", f"{number} may be the EAN-13 of an article on sale", number)
            break
    if template.check is None:
        yield Finding("warning", "no_check_digit", "without a check digit a mistyped number may be another card's")
    if template.capacity * GUESSABLE_ONE_IN > forms:
        yield Finding("warning", "guessable", "most invented numbers of this form would be a card's: use more digits")


def _is_ean_13(template: Template) -> bool:
    return template.check == "^" and not template.outer and template.head.isdecimal() and template.length == _EAN_LENGTH


def _count_single_slips(template: Template) -> Slips:
    """Count one wrong digit in each place: a check digit of either kind catches all of them."""
    places = template.width + (template.check is not None)
    slips = template.capacity * places * _TYPED_WRONG
    return Slips(0 if template.check is None else slips, slips)


def count_swaps(template: Template) -> Slips:
    """Count swaps of two neighbouring digits that differ, in the counter and its check digit."""
    caught = slips = 0
    for block in split(range(template.first, template.last + 1), template.width):
        places = [int(digit) for digit in block.fixed] + [None] * block.free
        pairs = [(left, right, block.size) for left, right in pairwise(places)]
        pairs += _pairs_with_check_digit(template, block.fixed, block.free)
        for left, right, numbers in pairs:
            more_caught, more = _count_swaps(template.check, left, right)
            share = 10 ** ((left is None) + (right is None))
            caught, slips = caught + more_caught * numbers // share, slips + more * numbers // share
    return Slips(caught, slips)


_Pair = tuple[int | None, int | None, int]
"""Neighbouring digits of so many numbers; None is a digit that takes every value equally often."""


def _pairs_with_check_digit(template: Template, fixed: str, free: int) -> list[_Pair]:
    """Give the last digit beside the check digit: with two digits free each pair of them comes equally often."""
    if template.check is None:
        return []
    if free > 1:
        return [(None, None, 10**free)]
    start = int(fixed or "0") * 10**free
    numbers = template.numbers(range(start, start + 10**free))
    return [(int(number[-2]), int(number[-1]), 1) for number in numbers]


@lru_cache
def _count_swaps(check: Check | None, left: int | None, right: int | None) -> tuple[int, int]:
    """Count the caught and all swaps of two neighbours, each of one value or of every value."""
    lefts, rights = (range(10) if digit is None else (digit,) for digit in (left, right))
    pairs = [(one, other) for one in lefts for other in rights if one != other]
    return sum(_catches(check, one, other) for one, other in pairs), len(pairs)


def _catches(check: Check | None, one: int, other: int) -> bool:
    """Tell whether two neighbours add something else to the sum when they change places."""
    if check is None:
        return False
    odd, even = DIGIT_VALUES[check]
    return (odd[one] + even[other]) % 10 != (odd[other] + even[one]) % 10
