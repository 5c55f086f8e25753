"""The hours of some days as a table: a row for each half hour, and lanes side by side where events overlap. Pure.

Key idea: the rows are the half hours that clocks on the wall show, of the longest of the days. The day on which clocks
go back shows one hour twice, so it brings rows of its own; the day on which they go forward has none for the hour that
it passes over. What an event covers is counted in rows, so it stands as long as clocks show it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct

from crm.calendar.model import Day, Entry, bounds_of

SLOT: Final = timedelta(minutes=30)
FIRST_HOUR: Final = time(8)
LAST_HOUR: Final = time(19)
"""Hours before and after these are shown when something stands in them."""

DAY_WIDTH: Final = 12
"""So many columns each of several days has, which 1, 2, 3 and 4 lanes share evenly: days are as wide as each other."""
Clock: TypeAlias = tuple[time, int]
"""What a clock shows, and whether for the second time."""


class Cell(Struct, frozen=True):
    """A cell of a day's lanes: an entry over so many rows, free time from a moment, or an hour that is not there.

    `width` counts columns of the table.
    """

    kind: Literal["entry", "free", "gone"]
    rows: int = 1
    width: int = 1
    entry: Entry | None = None
    starts: datetime | None = None


class Row(Struct, frozen=True):
    """Half an hour: when it begins, whether clocks show it for the second time, and its cells from left to right."""

    clock: time
    is_again: bool
    cells: tuple[Cell, ...]


class Column(Struct, frozen=True):
    """A day: how many columns its lanes share, what stands above its hours, how much more there is than is shown."""

    day: Day
    width: int
    above: tuple[Entry, ...]
    more: int


class Hours(Struct, frozen=True):
    """The hours of some days."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


class _Placed(Struct, frozen=True):
    entry: Entry
    first: int
    behind: int
    lane: int


class _Times(Struct, frozen=True):
    """A day's half hours: as moments, by the row that each stands in."""

    since: datetime
    until: datetime
    rows: tuple[int, ...]


def lay_out_hours(days: Sequence[Day], zone: ZoneInfo, *, most_lanes: int, most_above: int) -> Hours:
    """Put days side by side, `most_lanes` entries at once and `most_above` above the hours of each."""
    bounds = bounds_of([day.date for day in days], zone)
    clocks = [_clocks(since, until, zone) for since, until in bounds]
    all_clocks = max(clocks, key=len)
    row_of = {clock: number for number, clock in enumerate(all_clocks)}
    times = [
        _Times(since, until, tuple(row_of[clock] for clock in own))
        for (since, until), own in zip(bounds, clocks, strict=True)
    ]
    placed = [_place(day, own, most_lanes) for day, own in zip(days, times, strict=True)]
    widths = [DAY_WIDTH if len(days) > 1 else _lanes_of(found) for found in placed]
    columns = tuple(
        _column(day, len(found), width=width, most_above=most_above)
        for day, found, width in zip(days, placed, widths, strict=True)
    )
    first, behind = _shown(all_clocks, [one for found in placed for one in found])
    cells = [_Lanes(found, own, width) for found, own, width in zip(placed, times, widths, strict=True)]
    rows = [
        Row(
            all_clocks[number][0],
            bool(all_clocks[number][1]),
            tuple(cell for own in cells for cell in own.beginning_in(number)),
        )
        for number in range(first, behind)
    ]
    return Hours(columns, tuple(rows))


def _clocks(since: datetime, until: datetime, zone: ZoneInfo) -> list[Clock]:
    shown = [(since + number * SLOT).astimezone(zone) for number in range((until - since) // SLOT)]
    return [(one.time(), one.fold) for one in shown]


def _place(day: Day, times: _Times, most_lanes: int) -> list[_Placed]:
    """Put the entries of hours into lanes, each into the first that is free; what finds none is not shown."""
    found: list[_Placed] = []
    free_from: list[int] = []
    for entry in (one for one in day.entries if not _is_above(one)):
        first, behind = _rows_of(entry, times)
        lane = next((number for number, free in enumerate(free_from) if free <= first), len(free_from))
        if lane == most_lanes:
            continue
        free_from[lane : lane + 1] = [behind]
        found.append(_Placed(entry, first, behind, lane))
    return found


def _rows_of(entry: Entry, times: _Times) -> tuple[int, int]:
    last = len(times.rows) - 1
    begin = (max(entry.starts_at, times.since) - times.since) // SLOT
    end = -((times.since - min(entry.ends_at, times.until)) // SLOT) - 1
    first = times.rows[min(begin, last)]
    return first, max(times.rows[min(max(end, begin), last)], first) + 1


def _column(day: Day, placed: int, *, width: int, most_above: int) -> Column:
    above = [one for one in day.entries if _is_above(one)]
    hidden = len(day.entries) - placed - len(above[:most_above])
    return Column(day, width, tuple(above[:most_above]), hidden)


def _lanes_of(placed: Sequence[_Placed]) -> int:
    return max((one.lane + 1 for one in placed), default=1)


def _is_above(entry: Entry) -> bool:
    return entry.is_long or entry.source != "events"


def _shown(clocks: Sequence[Clock], placed: Sequence[_Placed]) -> tuple[int, int]:
    """Tell the rows that are shown, from a whole hour to a whole hour."""
    begin = next(number for number, (clock, _) in enumerate(clocks) if clock >= FIRST_HOUR)
    end = next(number for number, (clock, _) in enumerate(clocks) if clock >= LAST_HOUR)
    first = min([begin, *(one.first for one in placed)])
    behind = max([end, *(one.behind for one in placed)])
    while clocks[first][0].minute:
        first -= 1
    while behind < len(clocks) and clocks[behind][0].minute:
        behind += 1
    return first, behind


class _Lanes:
    """The cells of a day, row by row."""

    def __init__(self, placed: Sequence[_Placed], times: _Times, width: int) -> None:
        self._lanes = _lanes_of(placed)
        self._width = width // self._lanes
        self._begins: Mapping[tuple[int, int], _Placed] = {(one.first, one.lane): one for one in placed}
        self._taken = {(row, one.lane) for one in placed for row in range(one.first, one.behind)}
        self._starts = {row: times.since + number * SLOT for number, row in enumerate(times.rows)}

    def beginning_in(self, row: int) -> list[Cell]:
        """Give the cells that begin in a row; free lanes beside each other are one cell."""
        cells: list[Cell] = []
        lane = 0
        while lane < self._lanes:
            begun = self._begins.get((row, lane))
            if begun is not None:
                cells.append(Cell("entry", rows=begun.behind - begun.first, width=self._width, entry=begun.entry))
            if (row, lane) in self._taken:
                lane += 1
                continue
            lanes = self._free_from(row, lane)
            starts = self._starts.get(row)
            cells.append(Cell("gone" if starts is None else "free", width=lanes * self._width, starts=starts))
            lane += lanes
        return cells

    def _free_from(self, row: int, lane: int) -> int:
        behind = lane
        while behind < self._lanes and (row, behind) not in self._taken:
            behind += 1
        return behind - lane
