"""How long a task stays in its states."""

from datetime import UTC, datetime, timedelta

from crm.tasks.repository.states import Passed
from crm.tasks.states import measure, sum_times

HOUR = timedelta(hours=1)
START = datetime(2026, 11, 23, 9, tzinfo=UTC)


def passed(*moves: tuple[int, str]) -> list[Passed]:
    """Give how a task came into states, each so many hours after the start."""
    sources = [None, *(state for _, state in moves)]
    return [
        Passed(source, state, START + hours * HOUR, "user:ann", None)
        for source, (hours, state) in zip(sources, moves, strict=False)
    ]


def test_time_in_a_state_reaches_to_the_next_one_and_the_last_to_now() -> None:
    """C77-32."""
    stays = measure(passed((0, "new"), (2, "work"), (5, "wait")), now=START + 9 * HOUR)

    assert [(one.passed.target, one.time) for one in stays] == [("new", 2 * HOUR), ("work", 3 * HOUR), ("wait", 4 * HOUR)]  # fmt: skip
    assert [one.until for one in stays] == [START + 2 * HOUR, START + 5 * HOUR, None]


def test_state_that_is_entered_again_counts_on() -> None:
    """C77-32."""
    stays = measure(passed((0, "new"), (1, "work"), (2, "wait"), (4, "work")), now=START + 10 * HOUR)

    assert sum_times(stays) == {"new": HOUR, "work": 7 * HOUR, "wait": 2 * HOUR}
