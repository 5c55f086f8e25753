"""Number templates side by side: whether one makes a number of another series, or one that looks like a payment card.

The key idea: a template's numbers rise with its counter, so two of them can only meet where their spans overlap, and
there a bounded number of neighbours tells: a check digit makes a tenth of all numbers. Nothing here knows a database.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from loyalty.numbering import Template, canonical
from loyalty.payment_cards import is_gtin, looks_like_payment_card, passes_luhn

MOST_SCANNED = 1_000
"""So many neighbouring numbers are looked at."""

_RANGE_DIGITS = 4
"""The leading digits that decide whether a number lies in a payment range."""

_UPC_LENGTH, _EAN_LENGTH = 12, 13


def find_collision(one: Template, other: Template) -> str | None:
    """Give a number that both templates make, a UPC-A and its EAN-13 being one number; None if there is none."""
    lengths = {_length(one), _length(other)}
    if len(lengths) > 1 and lengths != {_UPC_LENGTH, _EAN_LENGTH}:
        return None
    for made, against in ((one, other), (other, one)):
        for counter in _overlap(made, against, max(lengths)):
            number = made.number(counter)
            if any(against.counter(spelling) is not None for spelling in _spellings(number)):
                return number
    return None


def find_payment_number(template: Template) -> str | None:
    """Give a number of the template that looks like a payment card; None if there is none."""
    is_ean_13 = template.check == "^" and not template.outer and _length(template) == _EAN_LENGTH
    if is_ean_13 or not (template.prefix or "0").isdecimal():
        return None
    return next(filter(looks_like_payment_card, _first_of_each_range(template)), None)


def _length(template: Template) -> int:
    return len(template.prefix) + template.width + (template.check is not None)


def _overlap(made: Template, against: Template, length: int) -> range:
    """Give the first counters whose numbers lie between the first and the last of another template."""

    def key(template: Template, counter: int) -> str:
        return template.number(counter).rjust(length, "0")

    counters = range(made.first, made.last + 1)
    start = bisect_left(counters, key(against, against.first), key=lambda counter: key(made, counter))
    stop = bisect_right(counters, key(against, against.last), key=lambda counter: key(made, counter))
    return counters[start : min(stop, start + MOST_SCANNED)]


def _spellings(number: str) -> set[str]:
    short = number.removeprefix("0")
    return {number, canonical(number)} | ({short} if canonical(short) == number else set())


def _first_of_each_range(template: Template) -> Iterator[str]:
    """Give, for each group of leading digits, the first number that passes Luhn and is no EAN-13, if one is near."""
    free_digits = max(0, _RANGE_DIGITS - len(template.prefix))
    unit = 10 ** max(0, template.width - free_digits)
    for group in range(template.first // unit, template.last // unit + 1):
        start, stop = max(template.first, group * unit), min(template.last, group * unit + unit - 1)
        for counter in range(start, min(stop + 1, start + MOST_SCANNED)):
            number = template.number(counter)
            if passes_luhn(number) and not (len(number) == _EAN_LENGTH and is_gtin(number)):
                yield number
                break
