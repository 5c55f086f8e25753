"""The table: medians and spreads of ratios, and when a target is met."""

import pytest

from benchmarks.table import Spread, render_table, spread_of, verdict
from benchmarks.targets import ROWS, Row, choose_rows

AT_LEAST = Row("rate", "post", "SQL", 0.8)
AT_MOST = Row("cost", "lookup among many cards", "among few", 1.5, "most")


def test_median_of_rounds_counts_and_one_disturbed_round_does_not() -> None:
    assert spread_of([0.9, 0.2, 1.0]) == Spread(median=0.9, least=0.2, most=1.0)


def test_median_of_an_even_number_of_rounds_lies_between_the_middle_two() -> None:
    assert spread_of([1.0, 4.0, 2.0, 3.0]).median == 2.5


@pytest.mark.parametrize(
    ("row", "measured", "said"),
    [
        (AT_LEAST, 0.8, "met"),
        (AT_LEAST, 0.79, "not met"),
        (AT_MOST, 1.5, "met"),
        (AT_MOST, 1.51, "not met"),
        (Row("only", "informs", "SQL"), 0.01, ""),
    ],
)
def test_target_is_met_up_to_and_with_its_bound(row: Row, measured: float, said: str) -> None:
    assert verdict(row, measured) == said


def test_table_has_measured_rows_alone_in_the_order_of_the_targets() -> None:
    lines = render_table({"memory": [90.4], "post-64": [0.7, 0.9, 0.85]}).splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["post-64", "memory"]
    assert lines[2].split("  ")[-1] == "met"
    assert "0.85x" in lines[2]
    assert "0.70x - 0.90x" in lines[2]
    assert "<= 200 MB" in lines[3]


def test_no_two_rows_have_the_same_name() -> None:
    assert len({row.key for row in ROWS}) == len(ROWS)


def test_rows_are_chosen_by_pattern_and_an_idle_pattern_is_refused() -> None:
    assert choose_rows(["calculate-p*"]) == ["calculate-p50", "calculate-p99"]
    assert choose_rows([]) == [row.key for row in ROWS]
    with pytest.raises(ValueError, match="no row is called pots"):
        choose_rows(["pots"])
