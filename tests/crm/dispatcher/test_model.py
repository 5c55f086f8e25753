"""When something is late, and how lateness is summed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.dispatcher.lateness import Tally, tally_all, tally_kinds, tally_times
from crm.dispatcher.model import Standing, late_by
from crm.dispatcher.repository.lateness import LateDay

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("planned", "actual", "standing", "late"),
    [
        (NOW - HOUR, None, "open", HOUR),
        (NOW + HOUR, None, "open", None),
        (NOW, None, "open", None),
        (NOW - 3 * HOUR, NOW - HOUR, "done", 2 * HOUR),
        (NOW - HOUR, NOW - 3 * HOUR, "done", None),
        (NOW - HOUR, None, "cancelled", None),
        (NOW - HOUR, None, "done", None),
        (None, None, "open", None),
    ],
)
def test_lateness_is_what_came_or_the_clock_after_what_was_planned(
    planned: datetime | None, actual: datetime | None, standing: Standing, late: timedelta | None
) -> None:
    """PS-35."""
    assert late_by(planned, actual, standing=standing, now=NOW) == late


DAYS = [LateDay("task", date(2026, 11, 2), 4, 2, 1, 200), LateDay("event", date(2026, 11, 10), 1, 1, 0, 100)]


def test_days_are_summed_by_kind_and_all_together() -> None:
    assert tally_kinds(DAYS) == {"task": Tally(4, 2, 1, 200), "event": Tally(1, 1, 0, 100)}
    total = tally_all(DAYS)
    assert (total.promised, total.in_time, total.late, total.mean_seconds) == (5, 2, 3, 100)


@pytest.mark.parametrize(
    ("until", "columns", "first"),
    [
        (date(2026, 11, 30), 30, date(2026, 11, 1)),
        (date(2026, 12, 31), 10, date(2026, 10, 26)),
        (date(2027, 11, 30), 13, date(2026, 11, 1)),
    ],
)
def test_chart_shows_days_weeks_or_months_as_they_fit(until: date, columns: int, first: date) -> None:
    found = tally_times(DAYS, date(2026, 11, 1), until)
    assert (len(found), next(iter(found)), sum(one.late for one in found.values())) == (columns, first, 3)
