"""The geometry of intervals: what is estimated as a point with the reach of chance as a line, beside zero.

Pure: numbers in, places out, x in percent of the width and y in pixels as in `plots`.
"""

from collections.abc import Sequence

from msgspec import Struct

from api.pages.plots import grid_step

ROW = 44
LEFT = 24
"""Percent of the width that the names of the rows need."""
RIGHT = 4
NAMES = 20


class Interval(Struct, frozen=True):
    """One estimate: its point and its bounds in percent, no bounds where there are none, and its height in pixels."""

    x: str
    low: str | None
    high: str | None
    y: int


class Mark(Struct, frozen=True):
    """A line of the grid and the value it stands for."""

    x: str
    value: int


class Intervals(Struct, frozen=True):
    """A chart of intervals row by row from the top; `zero` is where nothing lies, `name_y` where values are written."""

    rows: tuple[Interval, ...]
    marks: tuple[Mark, ...]
    zero: str
    height: int
    name_y: int


def draw_intervals(values: Sequence[tuple[int, int | None, int | None]]) -> Intervals:
    """Place a row for each estimate with its bounds; zero is always there."""
    known = [one for value in values for one in value if one is not None]
    least, most = min(0, *known), max(0, 1, *known)
    step = grid_step(max(most, -least))

    def place(value: int) -> str:
        return f"{LEFT + (100 - LEFT - RIGHT) * (value - least) / (most - least):.2f}%"

    rows = [
        Interval(
            place(value),
            None if low is None else place(low),
            None if high is None else place(high),
            row * ROW + ROW // 2,
        )
        for row, (value, low, high) in enumerate(values)
    ]
    first, last = -(-least // step), most // step
    marks = [Mark(place(step * number), step * number) for number in range(first, last + 1) if number]
    height = len(values) * ROW
    return Intervals(tuple(rows), tuple(marks), place(0), height + NAMES, height + NAMES - 6)
