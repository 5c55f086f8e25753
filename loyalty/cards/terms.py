"""Terms of cards: how long a card is valid once it is activated.

A term is an ISO 8601 duration of whole years, months, weeks or days: `P1M`. One month is one month less a day, both
ends inclusive, and month ends clip: 31 January to 27 February.
"""

import re
from calendar import monthrange
from datetime import MAXYEAR, date, timedelta

_TERM = re.compile(r"P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?", re.ASCII)


LAST_DAY = date(9999, 12, 30)
"""No term ends later; the day after it is what the database driver takes for infinity."""


class TermError(ValueError):
    """Text that is no term; the message fits behind a field's name."""


def last_day(start: date, term: str) -> date:
    """Give the last day of a term that begins on a day, both inclusive, `LAST_DAY` at most. Raises TermError."""
    years, months, weeks, days = read_term(term)
    year, month = divmod(start.year * 12 + start.month - 1 + years * 12 + months, 12)
    if year > MAXYEAR:
        return LAST_DAY
    clipped = date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
    return clipped + timedelta(days=min(7 * weeks + days - 1, (LAST_DAY - clipped).days))


def read_term(term: str) -> tuple[int, int, int, int]:
    """Read years, months, weeks and days. Raises TermError."""
    match = _TERM.fullmatch(term)
    if match is None or not any(match.groups()):
        raise TermError('must be a duration such as "P1M" or "P1Y"')
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    if years + months + weeks + days == 0:
        raise TermError("must be longer than nothing")
    return years, months, weeks, days
