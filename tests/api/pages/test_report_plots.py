"""The pictures of reports: what is drawn, in how many colours, and that it is all of what was counted."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from api.pages.plots import LEFT
from api.pages.report_plots import (
    MOST_GROUPS,
    OTHER,
    draw_lying,
    draw_matrix,
    draw_over_time,
    draw_stacks,
    names_every,
)
from crm.reports.asking import find_report, read_asked
from crm.reports.counting import answer_sums
from crm.reports.model import Answer, Key

AMOUNTS = st.integers(-(10**9), 10**9)


def make_answer(sums: dict[tuple[Key, ...], int], *, step: str = "none") -> Answer:
    """Make a report of turnover by store."""
    fields = [("since", "2026-11-01"), ("until", "2026-11-30"), ("by", "store"), ("step", step)]
    asked = read_asked(find_report("turnover"), fields, today=date(2026, 11, 22))
    counted = {keys: {"turnover": amount, "purchases": 0} for keys, amount in sums.items()}
    return answer_sums(asked, asked.report.columns, counted, lambda one: (one["turnover"], one["purchases"], None))


def test_eight_groups_are_drawn_and_of_nine_seven_and_the_rest() -> None:
    eight = draw_lying(make_answer({(f"{number}",): 100 - number for number in range(8)}))
    nine = draw_lying(make_answer({(f"{number}",): 100 - number for number in range(9)}))

    assert [one.key for one in eight] == [str(number) for number in range(8)]
    assert [one.key for one in nine] == [*(str(number) for number in range(7)), OTHER]
    assert nine[-1].value == 93 + 92
    assert (eight[0].width, nine[0].width, nine[-1].width) == ("100.0%", "54.1%", "100.0%")


def test_what_is_below_zero_has_no_length() -> None:
    drawn = draw_lying(make_answer({("a",): 50, ("b",): -80}))

    assert {str(one.key): one.width for one in drawn} == {"a": "100.0%", "b": "0.0%"}


@given(
    sums=st.dictionaries(
        st.tuples(st.sampled_from([date(2026, 11, day) for day in range(1, 31)]), st.integers(1, 12).map(str)),
        AMOUNTS.filter(bool),
        min_size=1,
        max_size=60,
    )
)
def test_columns_of_parts_hold_all_that_was_counted(sums: dict[tuple[Key, ...], int]) -> None:
    answer = make_answer(sums, step="day")

    groups, stacks = draw_over_time(answer, answer.asked.period.steps("day"))

    assert len(groups) <= MOST_GROUPS
    assert len(stacks.stacks) == 30
    assert sum(stack.total for stack in stacks.stacks) == sum(sums.values())
    assert all(piece.group < len(groups) for stack in stacks.stacks for piece in stack.pieces)


@given(columns=st.lists(st.dictionaries(st.integers(0, 7), AMOUNTS, max_size=8), min_size=1, max_size=40))
def test_parts_stay_within_the_picture(columns: list[dict[int, int]]) -> None:
    stacks = draw_stacks(columns)

    for stack in stacks.stacks:
        for piece in stack.pieces:
            assert -20 <= float(piece.y) <= stacks.height + 20
            assert LEFT <= float(piece.x[:-1]) <= 100


def test_matrix_has_a_field_for_each_pair_and_no_value_where_none_was_counted() -> None:
    asked = read_asked(find_report("tiers"), [("period", "year")], today=date(2026, 11, 22))
    rows: dict[tuple[Key, ...], int] = {("A:0", "A:0"): 3, ("A:0", "B:20"): 1, ("B:5", "B:5"): 2}
    counted = {keys: {"cards": cards} for keys, cards in rows.items()}
    answer = answer_sums(asked, asked.report.columns, counted, lambda one: (one["cards"],))

    matrix = draw_matrix(structs.replace(answer, dimensions=("from", "to")))

    assert (matrix.rows, matrix.columns) == (("A:0", "B:5"), ("A:0", "B:5", "B:20"))
    assert [field.value for field in matrix.fields] == [3, None, 1, None, 2, None]
    assert [field.tile.shade for field in matrix.fields] == [5, 0, 2, 0, 4, 0]


def test_at_most_eight_columns_are_named() -> None:
    assert [names_every(count) for count in (1, 8, 9, 31, 365)] == [1, 1, 2, 4, 46]
