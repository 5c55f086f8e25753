"""Percents at posting: the sums decide where they can, the way where it counts, whatever came first."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.cards.model import Series, SeriesSettings
from loyalty.cards.rules import Downgrade, Period, SeriesRules, TurnoverEntry, TurnoverTable
from loyalty.tiers.posting import (
    Course,
    PastSettings,
    Posted,
    PostingRules,
    find_start,
    rate_by_course,
    rate_by_sums,
    read_posting_rules,
)
from loyalty.tiers.thresholds import Bought, Standing

P = 10_000
NEW = datetime(2026, 11, 1, tzinfo=UTC)
STEPS = (
    TurnoverEntry(0, 100, change="set", value=1 * P),
    TurnoverEntry(100, 200, change="set", value=3 * P),
    TurnoverEntry(200, None, change="set", value=5 * P),
)
START = Standing(1, None)


def series(number: int, *entries: TurnoverEntry, period: Period = "month", downgrade: Downgrade = "plain") -> Series:
    table = TurnoverTable(period, downgrade, at_posting=True, entries=entries)
    settings = SeriesSettings(f"S{number}", "discount", percent=2 * P)
    return Series(number, f"S{number}", 1, settings, SeriesRules(turnover=table if entries else None))


def rules_of(*all_series: Series) -> PostingRules:
    rules = read_posting_rules({one.id: one for one in all_series})
    assert rules is not None
    return rules


def posted(day: int, turnover: int, *, hour: int = 12, month: int = 11, entered: datetime = NEW) -> Posted:
    at = datetime(2026, month, day, hour, tzinfo=UTC)
    return Posted(at, UUID(int=day * 1_000 + hour), at.date(), turnover, 1 if turnover > 0 else -1, entered)


def course(*what: Posted, since: datetime | None = None, start: Standing = START) -> Course:
    return Course(start, since, what)


def test_series_that_do_not_ask_for_it_have_no_rules_at_posting() -> None:
    assert read_posting_rules({1: series(1)}) is None


@pytest.mark.parametrize(
    ("table", "is_replayed"),
    [
        (series(1, *STEPS), False),
        (series(1, *STEPS, downgrade="never"), True),
        (series(1, *STEPS, downgrade="one_step"), True),
        (series(1, *STEPS[1:]), True),
        (series(1, TurnoverEntry(move_to="S2")), True),
    ],
)
def test_way_counts_where_the_sums_alone_do_not_decide(table: Series, is_replayed: bool) -> None:  # noqa: FBT001 # a case
    assert (1 in rules_of(table, series(2)).replayed) is is_replayed


def test_series_into_which_cards_are_moved_is_concerned_without_a_table_of_its_own() -> None:
    rules = rules_of(series(1, TurnoverEntry(move_to="S2")), series(2), series(3))
    assert [rules.concerns(number) for number in (1, 2, 3)] == [True, True, False]


def test_newest_period_with_anything_in_it_decides() -> None:
    rules = rules_of(series(1, *STEPS))
    days = {date(2026, 10, 31): Bought(900, 1), date(2026, 11, 2): Bought(100, 1), date(2026, 12, 1): Bought(0, 0)}
    assert rate_by_sums(rules, START, days) == Standing(1, 3 * P)
    assert rate_by_sums(rules, START, {}) == START


def test_ratchet_remembers_what_was_reached_in_the_order_of_closing() -> None:
    rules = rules_of(series(1, *STEPS, downgrade="never"))
    up_and_down = [posted(1, 250), posted(2, -250)]
    assert rate_by_course(rules, course(*up_and_down)) == Standing(1, 5 * P)
    assert rate_by_course(rules, course(posted(1, -250), posted(2, 250))) == START


def test_nothing_posted_leaves_the_start() -> None:
    assert rate_by_course(rules_of(series(1, *STEPS)), course()) == START


def test_what_was_posted_before_people_changed_the_card_counts_but_does_not_act() -> None:
    rules = rules_of(series(1, *STEPS))
    by_hand, since = Standing(1, 9 * P), NEW + timedelta(days=1)
    before = posted(1, 150)
    assert rate_by_course(rules, course(before, since=since, start=by_hand)) == by_hand
    after = posted(2, 50, entered=since)
    assert rate_by_course(rules, course(before, after, since=since, start=by_hand)) == Standing(1, 5 * P)


def test_move_and_the_table_of_the_new_series_act_at_once_and_each_once() -> None:
    low = series(1, TurnoverEntry(0, 100, change="set", value=1 * P), TurnoverEntry(100, move_to="S2"))
    high = series(2, TurnoverEntry(0, 100, move_to="S1"), TurnoverEntry(100, None, change="set", value=7 * P))
    rules = rules_of(low, high)
    assert rate_by_course(rules, course(posted(1, 150))) == Standing(2, 7 * P)
    assert rate_by_course(rules, course(posted(1, 150), posted(2, -100))) == Standing(1, 1 * P)


def test_start_is_what_people_or_a_run_last_made_of_the_card() -> None:
    moments = [NEW + timedelta(days=day) for day in range(4)]
    past = [
        PastSettings(moments[0], Standing(1, None), "rule_run:1"),
        PastSettings(moments[1], Standing(1, 1 * P), "posted:x"),
        PastSettings(moments[2], Standing(1, 3 * P), "card.first_use"),
        PastSettings(moments[3], Standing(1, 3 * P), "posted:y"),
    ]
    assert find_start(Standing(1, 5 * P), past) == (Standing(1, 1 * P), moments[0])
    assert find_start(Standing(1, 5 * P), past[1:]) == (Standing(1, 1 * P), None)
    assert find_start(START, []) == (START, None)


@given(
    amounts=st.lists(
        st.tuples(st.integers(1, 28), st.integers(0, 23), st.integers(-150, 250)), unique_by=lambda one: one[:2]
    ),
    downgrade=st.sampled_from(["plain", "never", "one_step"]),
    period=st.sampled_from(["lifetime", "month", "week", "day"]),
    seed=st.integers(0, 2**32),
)
def test_order_of_arrival_does_not_matter(
    amounts: list[tuple[int, int, int]], downgrade: Downgrade, period: Period, seed: int
) -> None:
    """PAP-25, PAP-20."""
    rules = rules_of(series(1, *STEPS, period=period, downgrade=downgrade))
    what = [posted(day, amount, hour=hour) for day, hour, amount in amounts]
    shuffled = random.Random(seed).sample(what, len(what))
    assert rate_by_course(rules, course(*shuffled)) == rate_by_course(rules, course(*what))


@given(
    amounts=st.lists(
        st.tuples(st.integers(1, 28), st.integers(0, 23), st.integers(1, 250)),
        unique_by=lambda one: one[:2],
        min_size=1,
    ),
    period=st.sampled_from(["month", "week", "day"]),
)
def test_sums_decide_what_the_way_decides_where_it_does_not_count(
    amounts: list[tuple[int, int, int]], period: Period
) -> None:
    rules = rules_of(series(1, *STEPS, period=period))
    days: dict[date, Bought] = {}
    for day, _, amount in amounts:
        known = days.get(date(2026, 11, day), Bought(0, 0))
        days[date(2026, 11, day)] = Bought(known.turnover + amount, known.receipts + 1)
    what = [posted(day, amount, hour=hour) for day, hour, amount in amounts]
    assert rate_by_sums(rules, START, days) == rate_by_course(rules, course(*what))
