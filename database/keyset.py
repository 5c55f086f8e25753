"""Pages of long lists by key: where a page begins is the key of its neighbour, never a count of rows.

Key idea: the list is ordered by a unique key, newest first. A page is read from just beyond a key, in either
direction, with one row more than it shows, which tells whether there is another page. So the last page costs as much as
the first, and rows that arrive meanwhile move nothing.

It refuses to count the whole and to jump to a page number.
"""

from collections.abc import Sequence
from datetime import date
from typing import Generic, TypeVar
from uuid import UUID

from msgspec import Struct, convert
from sqlalchemy import ColumnElement, Row, Select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

Key = tuple[date | int | UUID, ...]
T = TypeVar("T")


class Place(Struct, frozen=True):
    """Where a page begins: just beyond a key, towards older rows or towards newer ones."""

    key: Key
    is_towards_newer: bool = False


class Page(Struct, Generic[T], frozen=True):
    """Rows, newest first, and the places of the neighbouring pages; None at the end of the list."""

    rows: tuple[T, ...]
    newer: Place | None
    older: Place | None


async def read_page(
    connection: AsyncConnection,
    query: Select[*tuple[object, ...]],
    *,
    keys: Sequence[ColumnElement[int] | ColumnElement[date] | ColumnElement[UUID]],
    place: Place | None,
    size: int,
    row_type: type[T],
) -> Page[T]:
    """Read one page of an unordered query; its columns become the fields of `row_type` by name."""
    newer = place is not None and place.is_towards_newer
    if place is not None:
        here, beyond = tuple_(*keys), tuple_(*place.key)
        query = query.where(here > beyond if newer else here < beyond)
    named = [key.label(f"key_{index}") for index, key in enumerate(keys)]
    query = query.add_columns(*named).order_by(*(key.asc() if newer else key.desc() for key in keys)).limit(size + 1)
    found = (await connection.execute(query)).all()
    shown = found[:size][::-1] if newer else found[:size]
    if not shown:
        return Page((), None, None)
    is_more = len(found) > size
    has_newer, has_older = (is_more, True) if newer else (place is not None, is_more)
    return Page(
        tuple(convert(row, row_type, from_attributes=True) for row in shown),
        newer=Place(_key(shown[0], len(keys)), is_towards_newer=True) if has_newer else None,
        older=Place(_key(shown[-1], len(keys))) if has_older else None,
    )


def _key(row: Row[*tuple[object, ...]], width: int) -> Key:
    return tuple(getattr(row, f"key_{index}") for index in range(width))
