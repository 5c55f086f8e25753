"""The pictures of reports: which values are drawn, at most eight groups and the rest as one, and where they stand.

Pure: numbers in, places out, x in percent of the width and y in pixels, as in `plots`. What is written beside it, the
page knows.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from api.pages.plots import (
    BASE,
    FILL,
    HEIGHT,
    LEAST_PIXELS,
    LEFT,
    TOP,
    Line,
    Tile,
    draw_grid,
    draw_tiles,
    widths,
)
from crm.reports.model import Answer, Key
from crm.reports.shapes import tier_place

MOST_GROUPS: Final = 8
"""As many colours as can be told apart."""
MOST_NAMED: Final = 8
TALL: Final = HEIGHT + 72
SIDE: Final = 22
"""Percent of the width that the names of a matrix's rows need."""
ROW: Final = 36
HEADS: Final = 24
OTHER: Final = object()
"""The key of what is drawn as the rest."""


class Piece(Struct, frozen=True):
    """A part of a column: its group's place among the colours, its places, and what it stands for."""

    group: int
    x: str
    y: str
    width: str
    height: str
    value: int


class Stack(Struct, frozen=True):
    """A column of parts; `middle` is where its name stands, `top` where its sum does."""

    pieces: tuple[Piece, ...]
    middle: str
    top: str
    total: int
    is_named: bool


class Stacks(Struct, frozen=True):
    """A chart of columns of parts, with the lines of its grid."""

    stacks: tuple[Stack, ...]
    lines: tuple[Line, ...]
    zero: str
    height: int
    name_y: int


class Field(Struct, frozen=True):
    """A field of a matrix and what it stands for; None where nothing is known."""

    tile: Tile
    value: int | None


class Matrix(Struct, frozen=True):
    """A chart of fields, row by row, by the keys of both sides."""

    rows: tuple[Key, ...]
    columns: tuple[Key, ...]
    fields: tuple[Field, ...]
    height: int


class Lying(Struct, frozen=True):
    """A bar that lies: its group's key, what it stands for and its length."""

    key: object
    value: int
    width: str


def leading_groups(answer: Answer) -> list[Key]:
    """List the groups that are drawn by themselves, the greatest first."""
    sizes: dict[Key, int] = {}
    for row in answer.rows:
        sizes[row.keys[-1]] = sizes.get(row.keys[-1], 0) + abs(row.values[answer.plotted] or 0)
    ordered = sorted(sizes, key=lambda key: -sizes[key])
    return ordered if len(ordered) <= MOST_GROUPS else ordered[: MOST_GROUPS - 1]


def draw_lying(answer: Answer) -> list[Lying]:
    """Draw groups as bars that lie, the rest as one; one below zero has no length."""
    leading = leading_groups(answer)
    values: dict[object, int] = dict.fromkeys(leading, 0)
    for row in answer.rows:
        key = row.keys[-1] if row.keys[-1] in leading else OTHER
        values[key] = values.get(key, 0) + (row.values[answer.plotted] or 0)
    lengths = widths([max(0, value) for value in values.values()])
    return [Lying(key, value, width) for (key, value), width in zip(values.items(), lengths, strict=True)]


def draw_over_time(answer: Answer, steps: Sequence[Key]) -> tuple[list[object], Stacks]:
    """Draw a column for each step, of a part for each group; gives the groups in the order of their colours."""
    groups: list[object] = list(leading_groups(answer)) if answer.asked.by else [None]
    amounts: dict[Key, dict[int, int]] = {}
    for row in answer.rows:
        group = row.keys[-1] if answer.asked.by else None
        group_place = groups.index(group) if group in groups else len(groups)
        parts = amounts.setdefault(row.keys[0], {})
        parts[group_place] = parts.get(group_place, 0) + (row.values[answer.plotted] or 0)
    if any(len(groups) in parts for parts in amounts.values()):
        groups.append(OTHER)
    return groups, draw_stacks([amounts.get(step, {}) for step in steps])


def draw_stacks(columns: Sequence[Mapping[int, int]]) -> Stacks:
    """Place columns of parts by group; parts below zero hang from it."""
    highest = max([1, *(sum(one for one in parts.values() if one > 0) for parts in columns)])
    lowest = min([0, *(sum(one for one in parts.values() if one < 0) for parts in columns)])
    base = TALL - (HEIGHT - BASE)
    unit = (base - TOP) / (highest - lowest)
    zero = TOP + highest * unit
    slot = (100 - LEFT) / max(1, len(columns))
    totals = [sum(parts.values()) for parts in columns]
    greatest = totals.index(max(totals)) if totals else 0
    stacks = [
        _stack(parts, LEFT + slot * place, slot, zero=zero, unit=unit, is_named=place == greatest)
        for place, parts in enumerate(columns)
    ]
    lines = draw_grid(highest, lowest, zero=zero, unit=unit)
    return Stacks(tuple(stacks), lines, f"{zero:.1f}", TALL, TALL - 8)


def _stack(parts: Mapping[int, int], x: float, slot: float, *, zero: float, unit: float, is_named: bool) -> Stack:
    width, above, below = slot * FILL, zero, zero
    left, pieces = x + (slot - width) / 2, []
    for group, value in sorted(parts.items()):
        if not value:
            continue
        height = max(abs(value) * unit, LEAST_PIXELS)
        above, y = (above - height, above - height) if value > 0 else (above, below)
        below += height if value < 0 else 0
        pieces.append(Piece(group, f"{left:.2f}%", f"{y:.1f}", f"{width:.2f}%", f"{height:.1f}", value))
    return Stack(tuple(pieces), f"{x + slot / 2:.2f}%", f"{above:.1f}", sum(parts.values()), is_named)


def draw_matrix(answer: Answer) -> Matrix:
    """Place a field for each pair of keys; the rows in the order of the answer, the columns too."""
    rows = tuple(dict.fromkeys(row.keys[0] for row in answer.rows))
    columns = tuple(dict.fromkeys(row.keys[1] for row in answer.rows))
    if answer.dimensions == ("from", "to"):
        columns = tuple(sorted(columns, key=tier_place))
    if answer.dimensions == ("cohort", "age"):
        columns = tuple(sorted(columns, key=lambda key: int(str(key))))
    known = {(row.keys[0], row.keys[1]): row.values[answer.plotted] for row in answer.rows}
    values = [known.get((across, down)) for across in rows for down in columns]
    drawn = draw_tiles([one or 0 for one in values], columns=len(columns), left=SIDE, top=HEADS, row_height=ROW)
    fields = tuple(Field(tile, value) for tile, value in zip(drawn.tiles, values, strict=True))
    return Matrix(rows, columns, fields, HEADS + len(rows) * ROW)


def names_every(count: int) -> int:
    """Tell of how many columns one is named."""
    return max(1, -(-count // MOST_NAMED))
