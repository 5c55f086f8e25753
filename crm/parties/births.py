"""Birth dates, of which the year may be unknown. Pure.

Key idea: a birth date without its year is kept in 1604, a leap year in which nobody was born who lives. So it is a date
in the table, its indexes and whatever asks for birthdays; only where it is read and written does the year go.
"""

from datetime import date, timedelta
from typing import Final

NO_YEAR: Final = 1604
_UNSAID: Final = "--"
_DAY: Final = timedelta(days=1)
_FEBRUARY, _LEAP_DAY = 2, 229


def read_birth_date(text: str) -> date:
    """Read `1990-02-28`, or `--02-29` where the year is unknown. Raises ValueError."""
    is_unsaid = text.startswith(_UNSAID)
    return date.fromisoformat(f"{NO_YEAR}-{text.removeprefix(_UNSAID)}" if is_unsaid else text)


def write_birth_date(birth: date) -> str:
    """Write a birth date as it is read."""
    return f"{_UNSAID}{birth:%m-%d}" if birth.year == NO_YEAR else birth.isoformat()


def birthdays_on(day: date) -> list[int]:
    """Give the birthdays that a day is, as month and day in one number: 1231 is 31 December.

    Who was born on 29 February is celebrated on the 28th in a common year, the last day of their month.
    """
    number = day.month * 100 + day.day
    is_last_of_february = day.month == _FEBRUARY and (day + _DAY).month != _FEBRUARY
    return [number, _LEAP_DAY] if is_last_of_february and number != _LEAP_DAY else [number]
