"""Number templates side by side: whether one makes a number of another series.

The key idea: a template's numbers rise with its counter, so two of them can only meet where their spans overlap, and
there a bounded number of neighbours tells: a check digit makes a tenth of all numbers. Nothing here knows a database.
"""

from bisect import bisect_left, bisect_right

from loyalty.numbering import Template, canonical

MOST_SCANNED = 1_000
"""So many neighbouring numbers are looked at."""

_UPC_LENGTH, _EAN_LENGTH = 12, 13


def find_collision(one: Template, other: Template) -> str | None:
    """Give a number that both templates make, a UPC-A and its EAN-13 being one number; None if there is none."""
    lengths = {one.length, other.length}
    if len(lengths) > 1 and lengths != {_UPC_LENGTH, _EAN_LENGTH}:
        return None
    for made, against in ((one, other), (other, one)):
        for counter in _overlap(made, against, max(lengths)):
            number = made.number(counter)
            if any(against.counter(spelling) is not None for spelling in spellings(number)):
                return number
    return None


def _overlap(made: Template, against: Template, length: int) -> range:
    """Give the first counters whose numbers lie between the first and the last of another template."""

    def key(template: Template, counter: int) -> str:
        return template.number(counter).rjust(length, "0")

    counters = range(made.first, made.last + 1)
    start = bisect_left(counters, key(against, against.first), key=lambda counter: key(made, counter))
    stop = bisect_right(counters, key(against, against.last), key=lambda counter: key(made, counter))
    return counters[start : min(stop, start + MOST_SCANNED)]


def spellings(number: str) -> set[str]:
    """Give all spellings that are one number with it: a UPC-A is its EAN-13 without the leading 0."""
    short = number.removeprefix("0")
    return {number, canonical(number)} | ({short} if canonical(short) == number else set())
