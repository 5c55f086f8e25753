"""Hours side by side: lanes where events overlap, and the days on which clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from api.pages.calendar_hours import DAY_WIDTH, Hours, lay_out_hours
from crm.calendar.model import Entry, days_from, lay_out

SOFIA = ZoneInfo("Europe/Sofia")
MONDAY = date(2026, 11, 23)


def entry(title: str, begin: datetime, hours: float = 1) -> Entry:
    ends_at = begin.astimezone(UTC) + timedelta(hours=hours)
    return Entry(source="events", id=hash(title), title=title, starts_at=begin.astimezone(UTC), ends_at=ends_at,
                 is_all_day=False, zone=SOFIA.key, kind="meeting", icon="people")  # fmt: skip


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), SOFIA)


def hours_of(*entries: Entry, first: date = MONDAY, days: int = 1, lanes: int = 4) -> Hours:
    found = lay_out(entries, days_from(first, days), SOFIA)
    return lay_out_hours(found, SOFIA, most_lanes=lanes, most_above=3)


def placed(hours: Hours) -> dict[str, tuple[str, int, int]]:
    """Give the row, height and width of each entry by its title."""
    return {
        cell.entry.title: (f"{row.clock:%H:%M}{'+' * row.is_again}", cell.rows, cell.width)
        for row in hours.rows
        for cell in row.cells
        if cell.entry is not None
    }


def is_whole(hours: Hours) -> bool:
    """Tell whether the cells of every row fill the table exactly, with those that reach into it from above."""
    width = sum(column.width for column in hours.columns)
    filled = [0] * len(hours.rows)
    for number, row in enumerate(hours.rows):
        for cell in row.cells:
            for below in range(number, number + cell.rows):
                filled[below] += cell.width
    return filled == [width] * len(hours.rows)


def test_day_is_shown_from_eight_to_seven_and_farther_where_something_stands() -> None:
    empty, early = hours_of(), hours_of(entry("Bread", at(5, 40)), entry("Count", at(20, 10)))

    assert [f"{empty.rows[place].clock:%H:%M}" for place in (0, -1)] == ["08:00", "18:30"]
    assert [f"{early.rows[place].clock:%H:%M}" for place in (0, -1)] == ["05:00", "21:30"]
    assert placed(early) == {"Bread": ("05:30", 3, 1), "Count": ("20:00", 3, 1)}


def test_overlapping_events_stand_side_by_side_and_others_below() -> None:
    hours = hours_of(entry("A", at(9), 2), entry("B", at(9, 30)), entry("C", at(10)), entry("D", at(11)), days=7)

    assert placed(hours) == {"A": ("09:00", 4, 4), "B": ("09:30", 2, 4), "C": ("10:00", 2, 4), "D": ("11:00", 2, 4)}
    assert [column.width for column in hours.columns] == [DAY_WIDTH] * 7
    assert is_whole(hours)


def test_more_events_at_once_than_lanes_are_counted() -> None:
    hours = hours_of(*(entry(str(number), at(9)) for number in range(6)))

    assert len(placed(hours)) == 4
    assert hours.columns[0].more == 2
    assert is_whole(hours)


def test_event_over_midnight_ends_its_day_and_begins_the_next() -> None:
    night = entry("Night", at(22), 4)

    evening, morning = hours_of(night), hours_of(night, first=MONDAY + timedelta(days=1))

    assert placed(evening) == {"Night": ("22:00", 4, 1)}
    assert placed(morning) == {"Night": ("00:00", 4, 1)}


def test_hour_that_clocks_show_twice_has_rows_of_its_own() -> None:
    """On 25 October 2026 it is four o'clock in Sofia at 00:30 UTC, and three again an hour later."""
    day = date(2026, 10, 25)
    second = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)

    hours = hours_of(entry("Long", at(2, day=day), 3), entry("Second", second), first=day - timedelta(days=6), days=7)
    alone = hours_of(entry("Long", at(2, day=day), 3), entry("Second", second), first=day)

    assert placed(hours) == {"Long": ("02:00", 6, 6), "Second": ("03:00+", 2, 6)}
    assert [f"{row.clock:%H:%M}" for row in alone.rows[:6]] == ["02:00", "02:30", "03:00", "03:30", "03:00", "03:30"]
    assert is_whole(hours)
    assert is_whole(alone)


def test_hour_that_clocks_pass_over_is_not_there() -> None:
    """On 29 March 2026 clocks in Sofia go from three to four."""
    day = date(2026, 3, 29)
    long = entry("Long", at(2, day=day), 2)

    alone, week = hours_of(long, first=day), hours_of(long, first=day - timedelta(days=6), days=7)

    assert placed(alone) == {"Long": ("02:00", 4, 1)}
    assert [f"{row.clock:%H:%M}" for row in alone.rows[:5]] == ["02:00", "02:30", "04:00", "04:30", "05:00"]
    assert placed(week) == {"Long": ("02:00", 6, DAY_WIDTH)}
    assert is_whole(week)


def test_hour_that_is_not_there_offers_no_new_event() -> None:
    day = date(2026, 3, 29)
    hours = hours_of(entry("Early", at(1, day=day)), first=day - timedelta(days=1), days=2)

    at_three = next(row for row in hours.rows if row.clock == time(3))

    assert [cell.kind for cell in at_three.cells] == ["free", "gone"]
