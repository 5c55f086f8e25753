"""Where the parts of charts lie."""

import pytest

from api.pages.plots import BASE, MOST_LINES, SHADES, TILE, TOP, draw_columns, draw_tiles, grid_step, widths


def test_columns_stand_on_zero_and_the_greatest_reaches_the_top() -> None:
    drawn = draw_columns([0, 500, 1_000])
    assert [bar.height for bar in drawn.bars] == ["0.0", "60.0", "120.0"]
    assert [bar.y for bar in drawn.bars] == [f"{BASE}.0", "84.0", f"{TOP}.0"]
    assert drawn.zero == f"{BASE}.0"


def test_negative_column_hangs_from_zero() -> None:
    drawn = draw_columns([300, -100])
    assert drawn.zero == "114.0"
    assert [(bar.y, bar.height) for bar in drawn.bars] == [("24.0", "90.0"), ("114.0", "30.0")]


def test_nothing_at_all_leaves_the_zero_line_below() -> None:
    drawn = draw_columns([0, 0])
    assert drawn.zero == f"{BASE}.0"
    assert {bar.height for bar in drawn.bars} == {"0.0"}


def test_greatest_and_last_column_are_named_unless_they_stand_for_nothing() -> None:
    assert [bar.is_named for bar in draw_columns([1, 9, 3, 2]).bars] == [False, True, False, True]
    assert [bar.is_named for bar in draw_columns([1, 9, 3, 0]).bars] == [False, True, False, False]


def test_least_value_is_still_seen() -> None:
    assert draw_columns([1, 1_000_000]).bars[0].height == "1.5"
    assert widths([1, 1_000_000, 0]) == ["0.5%", "100.0%", "0.0%"]


@pytest.mark.parametrize(
    ("greatest", "step"), [(0, 1), (4, 1), (5, 2), (9, 2), (10, 5), (99, 20), (100, 25), (964, 200), (1_131, 250)]
)
def test_grid_has_round_steps(greatest: int, step: int) -> None:
    assert grid_step(greatest) == step
    assert greatest // step <= MOST_LINES


def test_tiles_fill_rows_from_the_left_and_are_shaded_by_their_part_of_the_greatest() -> None:
    drawn = draw_tiles([0, 1, 50, 100], columns=2)

    assert [one.shade for one in drawn.tiles] == [0, 1, 3, SHADES]
    assert [(one.x, one.y) for one in drawn.tiles] == [("9.00%", 0), ("54.50%", 0), ("9.00%", TILE), ("54.50%", TILE)]
    assert drawn.name_y > drawn.tiles[-1].y + drawn.tiles[-1].height
    assert {one.shade for one in draw_tiles([0, 0], columns=2).tiles} == {0}
