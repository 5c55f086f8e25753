"""Places of lists that are ordered by a moment, as addresses carry them: microseconds, and what else is in the key."""

from datetime import UTC, datetime, timedelta

from litestar.exceptions import ClientException

from api.pages.queries import place
from api.pages.renderer import Call
from database.keyset import Place

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def read_moment_place(call: Call, more: int = 1) -> Place | None:
    """Read where a page begins: a moment and `more` whole numbers. Raises ClientException."""
    short = place(call, *([int] * (1 + more)))
    if short is None:
        return None
    moment, *rest = (int(str(part)) for part in short.key)
    try:
        return Place((_EPOCH + moment * _MICROSECOND, *rest), is_towards_newer=short.is_towards_newer)
    except OverflowError as error:
        raise ClientException("the page begins nowhere") from error


def shorten(where: Place | None) -> Place | None:
    """Give a place as `read_moment_place` reads it."""
    if where is None:
        return None
    moment, *rest = where.key
    assert isinstance(moment, datetime), "the list is ordered by moments"
    return Place(((moment - _EPOCH) // _MICROSECOND, *rest), is_towards_newer=where.is_towards_newer)
