"""Card numbers: templates, check digits, and when two spellings are one number.

A template is a head of letters and digits, `%0N` for a zero-padded counter of N digits, an optional range
`[from..to]` and a tail: `^` appends the EAN check digit (weights 3 and 1), `!` the Luhn digit. Round brackets bound
the part that the digit covers: `L01(290%09[1..6])^`.

It refuses a template that could make a number twice or one wider than its digits; it knows no database.
"""

import re
from functools import lru_cache
from typing import Literal

from msgspec import Struct

MOST_DIGITS = 15
MOST_LENGTH = 40

Check = Literal["^", "!"]

DIGIT_VALUES: dict[Check, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "^": (tuple(3 * digit for digit in range(10)), tuple(range(10))),
    "!": ((0, 2, 4, 6, 8, 1, 3, 5, 7, 9), tuple(range(10))),  # twice the digit, its own digits summed
}
"""What a digit adds to the sum behind a check digit: at the first, third, ... place before it, and at the others."""

_END_DIGITS = 3
_ENDS = 10**_END_DIGITS

_TEMPLATE = re.compile(
    r"(?P<outer>[A-Za-z0-9]*)(?P<open>\()?(?P<head>[A-Za-z0-9]*)%0(?P<width>[0-9]{1,2})"
    r"(?:\[(?P<first>[0-9]{1,15})\.\.(?P<last>[0-9]{1,15})\])?(?P<close>\))?(?P<check>[\^!])?",
    re.ASCII,
)


class TemplateError(ValueError):
    """A template that cannot make numbers; `code` is stable, the message says what to change."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Template(Struct, frozen=True):
    """A read template; `outer` lies outside the part that the check digit covers."""

    outer: str
    head: str
    width: int
    first: int
    last: int
    check: Check | None

    @property
    def prefix(self) -> str:
        """The literal head by which a reader knows a number as our own."""
        return self.outer + self.head

    @property
    def length(self) -> int:
        """How many characters each of its numbers has."""
        return len(self.prefix) + self.width + (self.check is not None)

    @property
    def capacity(self) -> int:
        """How many numbers it can make."""
        return self.last - self.first + 1

    def number(self, counter: int) -> str:
        """Make the number of one counter of the range."""
        assert self.first <= counter <= self.last, "the counter is outside the template's range"
        body = f"{self.head}{counter:0{self.width}d}"
        if self.check is None:
            return self.outer + body
        digits = "".join(character for character in body if character.isdigit())
        return self.outer + body + (ean_digit(digits) if self.check == "^" else luhn_digit(digits))

    def numbers(self, counters: range) -> list[str]:
        """Make the numbers of neighbouring counters of the range: the same as one by one, many times as fast."""
        if not counters:
            return []
        assert self.first <= counters[0] <= counters[-1] <= self.last, "the counters are outside the template's range"
        if self.check is None:
            return [f"{self.prefix}{counter:0{self.width}d}" for counter in counters]
        if self.width <= _END_DIGITS:
            return [self.number(counter) for counter in counters]
        made: list[str] = []
        head = "".join(character for character in self.head if character.isdigit())
        for high in range(counters[0] // _ENDS, counters[-1] // _ENDS + 1):
            start = f"{high:0{self.width - _END_DIGITS}d}"
            ends = _ends(self.check)[_digit_sum(self.check, head + start + "0" * _END_DIGITS) % 10]
            low, most = counters[0] - high * _ENDS, counters[-1] - high * _ENDS
            made += [self.prefix + start + end for end in ends[max(low, 0) : most + 1]]
        return made

    def counter(self, number: str) -> int | None:
        """Give the counter of a number that this template makes, or None if it does not make it."""
        start = len(self.prefix)
        text = number[start : start + self.width]
        if len(text) != self.width or not (text.isascii() and text.isdigit()):
            return None
        counter = int(text)
        return counter if self.first <= counter <= self.last and self.number(counter) == number else None


def read_template(text: str) -> Template:
    """Read a template. Raises TemplateError with `template_invalid` or `range_exceeds_width`."""
    match = _TEMPLATE.fullmatch(text)
    if match is None:
        raise TemplateError("template_invalid", 'a template looks like "290%09[1..500000]^"')
    if bool(match["open"]) != bool(match["close"]):
        raise TemplateError("template_invalid", "a round bracket is opened and not closed, or closed and not opened")
    width = int(match["width"])
    if not 1 <= width <= MOST_DIGITS:
        raise TemplateError("template_invalid", f"the counter has 1 to {MOST_DIGITS} digits")
    most = 10**width - 1
    first, last = int(match["first"] or 1), int(match["last"] or most)
    if last > most:
        raise TemplateError("range_exceeds_width", f"{width} digits hold {most:,} numbers, the range asks for {last:,}")
    if first > last:
        raise TemplateError("template_invalid", f"the range begins at {first:,} and ends before it, at {last:,}")
    outer, head = (match["outer"], match["head"]) if match["open"] else ("", match["outer"] + match["head"])
    if len(outer + head) + width + 1 > MOST_LENGTH:
        raise TemplateError("template_invalid", f"a number has at most {MOST_LENGTH} characters")
    return Template(outer, head, width, first, last, _check(match["check"]))


def _check(text: str | None) -> Check | None:
    if text == "^":
        return "^"
    return "!" if text == "!" else None


def ean_digit(digits: str) -> str:
    """Give the EAN check digit: weights 3 and 1 from the right, as GS1 General Specifications 7.9 says."""
    return str(-_digit_sum("^", digits) % 10)


def luhn_digit(digits: str) -> str:
    """Give the Luhn check digit, as ISO/IEC 7812-1 annex B says."""
    return str(-_digit_sum("!", digits) % 10)


def _digit_sum(check: Check, digits: str) -> int:
    """Sum what each digit adds by its place before the check digit."""
    at_odd, at_even = DIGIT_VALUES[check]
    reversed_digits = digits[::-1]
    return sum(at_odd[int(digit)] for digit in reversed_digits[::2]) + sum(
        at_even[int(digit)] for digit in reversed_digits[1::2]
    )


@lru_cache
def _ends(check: Check) -> list[list[str]]:
    """List, by what the digits before them add, all endings of a number: three digits and the check digit."""
    ends = [(f"{low:0{_END_DIGITS}d}", _digit_sum(check, f"{low:0{_END_DIGITS}d}")) for low in range(_ENDS)]
    return [[f"{end}{-(before + total) % 10}" for end, total in ends] for before in range(10)]


def canonical(number: str) -> str:
    """Give the spelling under which a number is kept: a valid UPC-A gets its leading 0 (to GS1 they are one number)."""
    if len(number) == 12 and number.isascii() and number.isdigit() and ean_digit(number[:-1]) == number[-1]:  # noqa: PLR2004 # UPC-A
        return "0" + number
    return number


def mask(number: str) -> str:
    """Show a card number by its last 4 characters, by its last 2 if it has at most 8."""
    shown = number[-4:] if len(number) > 8 else number[-2:]  # noqa: PLR2004 # as the till API says
    return "··· " + shown
