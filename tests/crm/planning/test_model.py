"""How plans fill days: spread over working days, cut where a task was closed, and right across a clock that changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from crm.planning.model import PlannedEvent, PlannedTask, fill_days, is_working, last_on, list_days, spread

SOFIA = ZoneInfo("Europe/Sofia")
MONDAY = date(2026, 11, 23)
WEEK = list_days(MONDAY, MONDAY + timedelta(days=6))
NORM = 480


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """Give a moment of November 2026 in Sofia."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SOFIA)


def task(minutes: int, starts: datetime | None, due: datetime | None, closed: datetime | None = None) -> PlannedTask:
    """Plan a task."""
    return PlannedTask(1, minutes, starts, due, closed)


@pytest.mark.parametrize(
    ("planned", "expected"),
    [
        (task(100, at(23), at(25)), {23: 34, 24: 33, 25: 33}),
        (task(90, at(20), at(24)), {23: 30, 24: 30}),
        (task(100, None, at(24)), {24: 100}),
        (task(100, at(26), None), {26: 100}),
        (task(120, at(28), at(29)), {28: 60, 29: 60}),
        (task(120, at(27), at(30)), {27: 60}),
        (task(500, at(23), at(27), at(24, 18)), {23: 100, 24: 100}),
        (task(100, at(1), at(20)), {}),
    ],
    ids=str,
)
def test_planned_time_is_spread_over_the_working_days_of_a_task(planned: PlannedTask, expected: dict[int, int]) -> None:
    """PAP-39: without a working day between them it takes the days it has."""
    assert {day.day: minutes for day, minutes in spread(planned, WEEK, zone=SOFIA).items()} == expected


@given(
    minutes=some.integers(1, 100_000),
    first=some.dates(date(2020, 1, 1), date(2030, 1, 1)),
    length=some.integers(0, 400),
)
def test_no_minute_of_a_task_is_lost_or_made(minutes: int, first: date, length: int) -> None:
    last = first + timedelta(days=length)
    starts, due = (datetime(day.year, day.month, day.day, 12, tzinfo=SOFIA) for day in (first, last))

    found = spread(
        task(minutes, starts, due), list_days(first - timedelta(days=3), last + timedelta(days=3)), zone=SOFIA
    )

    assert sum(found.values()) == minutes
    assert max(found.values()) - min(found.values()) <= 1
    assert first <= min(found)
    assert max(found) <= last
    assert len({is_working(day) for day in found}) == 1


def test_event_takes_of_each_day_the_time_it_lasts_on_it() -> None:
    night = PlannedEvent(1, at(24, 22), at(25, 2, 30), is_all_day=False, zone="Europe/Sofia")
    point = PlannedEvent(1, at(24), at(24), is_all_day=False, zone="Europe/Sofia")

    assert last_on(night, WEEK, norm=NORM, zone=SOFIA) == {date(2026, 11, 24): 120, date(2026, 11, 25): 150}
    assert last_on(point, WEEK, norm=NORM, zone=SOFIA) == {}


def test_night_in_which_the_clock_is_put_back_lasts_an_hour_longer() -> None:
    days = [date(2026, 10, 25)]
    begin, end = (datetime(2026, 10, day, tzinfo=SOFIA).astimezone(UTC) for day in (25, 26))

    night = PlannedEvent(1, begin, end, is_all_day=False, zone="Europe/Sofia")

    assert last_on(night, days, norm=NORM, zone=SOFIA) == {days[0]: 25 * 60}


def test_event_of_whole_days_takes_the_norm_of_each_working_day() -> None:
    trip = PlannedEvent(1, at(27, 0), at(30, 0), is_all_day=True, zone="Europe/Sofia")

    assert last_on(trip, WEEK, norm=360, zone=SOFIA) == {date(2026, 11, 27): 360}


def test_day_is_overloaded_by_what_is_planned_beyond_its_norm() -> None:
    """PAP-39: on a day off whatever is planned is too much."""
    call = PlannedEvent(1, at(28, 9), at(28, 10), is_all_day=False, zone="Europe/Sofia")

    days = fill_days(
        WEEK, norm=NORM, tasks=[task(600, at(23), at(23)), task(480, at(24), at(24))], events=[call], zone=SOFIA
    )

    assert [(day.on.day, day.planned, day.norm, day.over) for day in days if day.planned] == [
        (23, 600, 480, 120),
        (24, 480, 480, 0),
        (28, 60, 0, 60),
    ]
