"""Terms of cards: how long a card is valid once it is activated.

A term is an ISO 8601 duration of whole years, months, weeks or days: `P1M`. One month is one month less a day, both
ends inclusive, and month ends clip: 31 January to 27 February.
"""

import re
from calendar import monthrange
from datetime import date, timedelta

_TERM = re.compile(r"P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?", re.ASCII)
_LAST_YEAR = 9998


class TermError(ValueError):
    """Text that is no term; the message fits behind a field's name."""


def last_day(start: date, term: str) -> date:
    """Give the last day of a term that begins on a day, both inclusive. Raises TermError."""
    years, months, weeks, days = read_term(term)
    month_index = start.year * 12 + start.month - 1 + years * 12 + months
    year, month = divmod(month_index, 12)
    if year > _LAST_YEAR:
        raise TermError("ends after the last year of the calendar")
    clipped = date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
    return clipped + timedelta(days=7 * weeks + days - 1)


def read_term(term: str) -> tuple[int, int, int, int]:
    """Read years, months, weeks and days. Raises TermError."""
    match = _TERM.fullmatch(term)
    if match is None or not any(match.groups()):
        raise TermError('must be a duration such as "P1M" or "P1Y"')
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    if years + months + weeks + days == 0:
        raise TermError("must be longer than nothing")
    return years, months, weeks, days
