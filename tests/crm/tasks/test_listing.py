"""Where a page of tasks begins, as an address carries it."""

from datetime import UTC, datetime

import pytest

from crm.tasks.listing import PlaceError, Sort, TaskFilter, TaskPlace, parse_place, print_place

DUE = datetime(2026, 11, 23, 9, 30, 0, 123, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sort", "key"),
    [("priority", (2, DUE, 17)), ("priority", (4, None, 17)), ("due", (DUE, 1)), ("changed", (DUE, 2**63 - 1))],
)
def test_place_is_read_as_it_was_written(sort: Sort, key: tuple[int | datetime | None, ...]) -> None:
    assert parse_place(print_place(TaskPlace(key)), sort) == TaskPlace(key)


@pytest.mark.parametrize("typed", ["", "17", "2~x~17", "9~~17", "2~2026-11-23T09:30~17", "2~~0", "2~~17~1", "2~~²"])
def test_place_that_no_page_gave_is_refused(typed: str) -> None:
    with pytest.raises(PlaceError):
        parse_place(typed, "priority")


@pytest.mark.parametrize(
    ("words", "asked"), [("Call the MILL!", "call:* & the:* & mill:*"), ("'; --", None), ("", None)]
)
def test_words_begin_words(words: str, asked: str | None) -> None:
    assert TaskFilter(words=words).tsquery == asked
