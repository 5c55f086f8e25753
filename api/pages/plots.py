"""The geometry of charts: x in percent of the width, y in pixels, so that text keeps its size on a phone.

Pure: numbers in, places out. What a chart says, its words and its colours stand in the templates; so do the table twin
and the sentence with the finding.
"""

from collections.abc import Sequence

from msgspec import Struct

HEIGHT = 168
BASE = 144
"""Where the lowest line lies; the names of the columns stand under it."""
TOP = 24
LEFT = 9
"""Percent of the width that the names of the grid's lines need."""
FILL = 0.6
MOST_LINES = 4
TILE = 60
TILE_GAP = 0.6
SHADES = 5
LEAST_PIXELS = 1.5
"""A bar that stands for something is never thinner."""


class Bar(Struct, frozen=True):
    """One bar: its left edge, width and middle in percent, its upper edge and height in pixels."""

    x: str
    width: str
    middle: str
    y: str
    height: str
    is_named: bool


class Line(Struct, frozen=True):
    """One line of the grid: its height in pixels and the value it stands for."""

    y: str
    value: int


class Columns(Struct, frozen=True):
    """A chart of columns; `zero` is where value 0 lies, `name_y` where the columns' names stand."""

    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    zero: str
    height: int = HEIGHT
    name_y: int = HEIGHT - 8


def draw_columns(values: Sequence[int]) -> Columns:
    """Place one column for each value; the greatest and the last are to be named. A negative one hangs from zero."""
    top, bottom = max(1, *values), min(0, *values)
    unit = (BASE - TOP) / (top - bottom)
    zero = TOP + top * unit
    slot = (100 - LEFT) / len(values)
    greatest = max(range(len(values)), key=values.__getitem__)
    bars = [
        _bar(value, LEFT + slot * place, slot, zero=zero, unit=unit, is_named=place in {greatest, len(values) - 1})
        for place, value in enumerate(values)
    ]
    return Columns(tuple(bars), draw_grid(top, bottom, zero=zero, unit=unit), f"{zero:.1f}")


def _bar(value: int, x: float, slot: float, *, zero: float, unit: float, is_named: bool) -> Bar:
    height = max(abs(value) * unit, LEAST_PIXELS) if value else 0
    upper = zero - height if value > 0 else zero
    width = slot * FILL
    left = x + (slot - width) / 2
    return Bar(
        x=f"{left:.2f}%",
        width=f"{width:.2f}%",
        middle=f"{x + slot / 2:.2f}%",
        y=f"{upper:.1f}",
        height=f"{height:.1f}",
        is_named=is_named and value != 0,
    )


class Tile(Struct, frozen=True):
    """One field of a heat map: left edge, width and middle in percent, upper edge and height in pixels, and a shade."""

    x: str
    width: str
    middle: str
    y: int
    height: int
    shade: int


class Tiles(Struct, frozen=True):
    """A heat map row by row; `name_y` is where the columns' names stand."""

    tiles: tuple[Tile, ...]
    height: int
    name_y: int


def draw_tiles(
    values: Sequence[int], *, columns: int, left: float = LEFT, top: int = 0, row_height: int = TILE
) -> Tiles:
    """Place a tile for each value, row by row from `top`; shade 0 is nothing, `SHADES` the greatest.

    `left` is the percent of the width that the names of the rows need.
    """
    most, slot = max([1, *values]), (100 - left) / max(1, columns)
    tiles = [
        Tile(
            x=f"{left + slot * column:.2f}%",
            width=f"{slot - TILE_GAP:.2f}%",
            middle=f"{left + slot * column + (slot - TILE_GAP) / 2:.2f}%",
            y=top + row * row_height,
            height=row_height - 4,
            shade=-(-value * SHADES // most),
        )
        for row, column, value in ((*divmod(place, columns), value) for place, value in enumerate(values))
    ]
    height = top + -(-len(values) // max(1, columns)) * row_height
    return Tiles(tuple(tiles), height + 24, height + 14)


def draw_grid(highest: int, lowest: int, *, zero: float, unit: float) -> tuple[Line, ...]:
    """Place the lines of a grid at whole steps on both sides of value 0, of which one is `unit` pixels high."""
    step = grid_step(max(highest, -lowest))
    values = [*range(step, highest + 1, step), *(-one for one in range(step, -lowest + 1, step))]
    return tuple(Line(f"{zero - value * unit:.1f}", value) for value in values)


def grid_step(greatest: int) -> int:
    """Give the least of 1, 2, 2.5 and 5 times a power of ten of which at most `MOST_LINES` fit under a value."""
    power = 1
    while True:
        for tenths in (10, 20, 25, 50):
            step, rest = divmod(tenths * power, 10)
            if not rest and greatest < step * (MOST_LINES + 1):
                return step
        power *= 10


def widths(values: Sequence[int]) -> list[str]:
    """Give the lengths of lying bars in percent of the longest."""
    most = max(1, *values)
    return [f"{max(100 * value / most, 0.5) if value else 0:.1f}%" for value in values]
