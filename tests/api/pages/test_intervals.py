"""Intervals are drawn in their places: each within the plot, its point within its reach, zero always there."""

from hypothesis import given
from hypothesis import strategies as st

from api.pages.intervals import LEFT, RIGHT, ROW, draw_intervals


def percent(place: str | None) -> float:
    """Read a place."""
    assert place is not None
    return float(place.removesuffix("%"))


def test_estimates_stand_beside_zero_row_by_row() -> None:
    found = draw_intervals([(500, -1_000, 2_000), (0, None, None)])
    first, second = found.rows
    assert (first.low, first.high, found.zero) == ("24.00%", "96.00%", "48.00%")
    assert (first.x, second.x) == ("60.00%", found.zero)
    assert (second.low, second.high) == (None, None)
    assert second.y - first.y == ROW
    assert [mark.value for mark in found.marks] == [-1_000, -500, 500, 1_000, 1_500, 2_000]


@given(
    values=st.lists(
        st.tuples(*[st.integers(-(10**12), 10**12)] * 3).map(sorted).map(lambda s: (s[1], s[0], s[2])),
        min_size=1,
        max_size=5,
    )
)
def test_everything_is_within_the_plot(values: list[tuple[int, int, int]]) -> None:
    found = draw_intervals([*values])
    for row in found.rows:
        assert LEFT <= percent(row.low) <= percent(row.x) <= percent(row.high) <= 100 - RIGHT
    assert LEFT <= percent(found.zero) <= 100 - RIGHT
    assert len(found.marks) <= 10
