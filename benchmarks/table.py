"""From the ratios of rounds to the table: median, spread, target, and whether it is met."""

from collections.abc import Mapping, Sequence
from statistics import median

from msgspec import Struct

from benchmarks.targets import ROWS, Row

HEADINGS = ("row", "what", "against", "target", "measured", "spread", "")


class Spread(Struct, frozen=True):
    """The median of the rounds and their extremes."""

    median: float
    least: float
    most: float


def spread_of(values: Sequence[float]) -> Spread:
    """Sum rounds up; there is at least one."""
    return Spread(median(values), min(values), max(values))


def verdict(row: Row, measured: float) -> str:
    """Say `met` or `not met`; nothing of a row that only informs."""
    if row.target is None:
        return ""
    is_met = measured >= row.target if row.bound == "least" else measured <= row.target
    return "met" if is_met else "not met"


def render_table(results: Mapping[str, Sequence[float]]) -> str:
    """Render the rows that have results, in the order of ROWS."""
    cells = [HEADINGS, *(_cells(row, spread_of(results[row.key])) for row in ROWS if results.get(row.key))]
    widths = [max(len(line[place]) for line in cells) for place in range(len(HEADINGS))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    lines.insert(1, "  ".join("-" * width for width in widths[:-1]))
    return "\n".join(lines)


def _cells(row: Row, spread: Spread) -> tuple[str, ...]:
    sign = ">=" if row.bound == "least" else "<="
    return (
        row.key,
        row.what,
        row.against,
        "" if row.target is None else f"{sign} {_figure(row, row.target)}",
        _figure(row, spread.median),
        f"{_figure(row, spread.least)} - {_figure(row, spread.most)}",
        verdict(row, spread.median),
    )


def _figure(row: Row, value: float) -> str:
    return f"{value:.0f}{row.unit}" if row.unit == " MB" else f"{value:.2f}{row.unit}"
