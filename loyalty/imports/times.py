"""Dates and times of day in files: local, in one of the forms that a mapping lists."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

FIRST_YEAR, LAST_YEAR = 1800, 2200
_MEMO_SIZE = 65_536
_SAMPLE = datetime(2011, 12, 30, 18, 45, 10)  # noqa: DTZ001 # a file's times are local


def check_formats(formats: Sequence[str]) -> None:
    """Check forms as `strptime` takes them: each holds a whole date, none an offset. Raises ValueError."""
    for form in formats:
        try:
            is_whole = datetime.strptime(_SAMPLE.strftime(form), form).date() == _SAMPLE.date()  # noqa: DTZ007 # local
        except ValueError:
            is_whole = False
        if not is_whole:
            raise ValueError(f"{form!r} is no form of a local date such as '%Y-%m-%d %H:%M:%S'")


@lru_cache(_MEMO_SIZE)
def read_time(text: str, formats: tuple[str, ...]) -> datetime:
    """Read a local time in the first form that fits. Raises ValueError, whose message fits behind a column's name."""
    for form in formats:
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007 # its zone is the store's
        except ValueError:
            continue
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ValueError(f"lies outside the years {FIRST_YEAR} to {LAST_YEAR}")
        return moment
    raise ValueError(f"must be of the form {_SAMPLE.strftime(formats[0])}")
