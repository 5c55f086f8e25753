"""Pages by key: whole, in order, and unmoved by rows that come meanwhile."""

import pytest
from msgspec import Struct
from sqlalchemy import Integer, Text, column, select, values

from api.state import Service
from database.keyset import Page, Place, read_page

MOST_ROWS = 20


class Row(Struct, frozen=True):
    """A row of the list under test."""

    day: int
    name: str


async def read(service: Service, count: int, place: Place | None = None) -> Page[Row]:
    """Read a page of five of a list whose keys are a day and a number, three rows to a day."""
    days = values(column("day", Integer), column("number", Integer), column("name", Text), name="days")
    rows = days.data([(number // 3, number, f"row {number}") for number in range(MOST_ROWS)])
    query = select(rows.c.day, rows.c.name).where(rows.c.number < count)
    keys = [rows.c.day, rows.c.number]
    return await service.database.run(read_page, query, keys=keys, place=place, size=5, row_type=Row)


def names(page: Page[Row]) -> list[int]:
    return [int(row.name.removeprefix("row ")) for row in page.rows]


async def test_pages_follow_one_another_from_the_newest_to_the_oldest(service: Service) -> None:
    first = await read(service, 12)
    second = await read(service, 12, first.older)
    third = await read(service, 12, second.older)
    assert [names(page) for page in (first, second, third)] == [[11, 10, 9, 8, 7], [6, 5, 4, 3, 2], [1, 0]]
    assert (first.newer, third.older) == (None, None)


async def test_newer_leads_back_over_the_same_pages(service: Service) -> None:
    last = await read(service, 12, Place((0, 2)))
    before = await read(service, 12, last.newer)
    first = await read(service, 12, before.newer)
    assert [names(page) for page in (last, before, first)] == [[1, 0], [6, 5, 4, 3, 2], [11, 10, 9, 8, 7]]
    assert first.newer is None
    assert first.older is not None


async def test_rows_that_come_meanwhile_move_nothing(service: Service) -> None:
    first = await read(service, 12)
    assert names(await read(service, 20, first.older)) == [6, 5, 4, 3, 2]


@pytest.mark.parametrize("count", [0, 3])
async def test_short_list_has_no_neighbours(service: Service, count: int) -> None:
    page = await read(service, count)
    assert (len(page.rows), page.newer, page.older) == (count, None, None)


async def test_page_that_is_exactly_full_has_no_older_one(service: Service) -> None:
    assert (await read(service, 5)).older is None
    assert (await read(service, 6)).older == Place((0, 1))


async def test_place_beyond_the_end_shows_nothing(service: Service) -> None:
    assert await read(service, 5, Place((0, 0))) == Page((), None, None)
