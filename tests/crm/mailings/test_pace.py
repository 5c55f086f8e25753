"""How fast and when: never more than is allowed in any minute, and within a recipient's own day."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.mailings.pace import FEWEST_KEPT, MINUTE, Pace, Paces, next_open

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SOFIA, TOKYO = ZoneInfo("Europe/Sofia"), ZoneInfo("Asia/Tokyo")


@given(gaps=st.lists(st.integers(0, 30_000), max_size=200), most=st.integers(1, 20))
def test_in_no_minute_more_goes_out_than_is_allowed(gaps: list[int], most: int) -> None:
    pace, now, gone = Pace(most), NOON, []
    for gap in gaps:
        now += timedelta(milliseconds=gap)
        if pace.free(now, 1):
            pace.note(now)
            gone.append(now)
    for start in gone:
        assert sum(start <= one < start + MINUTE for one in gone) <= most


def test_who_must_wait_is_promised_a_place_of_its_own() -> None:
    pace = Pace(2)
    for _ in range(2):
        pace.note(NOON)
    assert pace.free(NOON, 5) == 0
    promised = [pace.promise(NOON) for _ in range(4)]
    assert promised == [NOON + timedelta(seconds=seconds) for seconds in (60, 90, 120, 150)]


def test_names_are_forgotten_when_they_are_idle_and_not_before() -> None:
    paces, now = Paces(1), NOON
    for number in range(20 * FEWEST_KEPT):
        now = NOON + timedelta(milliseconds=60 * number)
        paces.of(f"d{number}.example", now).note(now)
    assert len(paces) <= 4 * FEWEST_KEPT
    assert paces.of(f"d{20 * FEWEST_KEPT - 1}.example", now).free(now, 1) == 0
    unlimited = Paces(None)
    for number in range(10):
        unlimited.of(f"d{number}.example", now).note(now)
    assert len(unlimited) == 0


def test_without_a_limit_all_goes_at_once() -> None:
    assert Pace(None).free(NOON, 1_000) == 1_000


@pytest.mark.parametrize(
    ("now", "zone", "opens"),
    [
        ("2026-11-23T12:00+02:00", SOFIA, "2026-11-23T12:00+02:00"),
        ("2026-11-23T08:59+02:00", SOFIA, "2026-11-23T09:00+02:00"),
        ("2026-11-23T18:00+02:00", SOFIA, "2026-11-24T09:00+02:00"),
        ("2026-11-23T12:00+02:00", TOKYO, "2026-11-24T09:00+09:00"),
        ("2027-03-27T20:00+02:00", SOFIA, "2027-03-28T09:00+03:00"),
        ("2026-10-24T20:00+03:00", SOFIA, "2026-10-25T09:00+02:00"),
    ],
)
def test_window_is_that_of_the_recipients_own_clock(now: str, zone: ZoneInfo, opens: str) -> None:
    found = next_open(datetime.fromisoformat(now), time(9), time(18), zone=zone)
    assert found == datetime.fromisoformat(opens)
