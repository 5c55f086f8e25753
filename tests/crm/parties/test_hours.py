"""When a contact person can be reached: wall time where the person is."""

from datetime import UTC, datetime, time

import pytest

from crm.parties.errors import PersonRefusedError
from crm.parties.hours import MOST_HOURS, check_hours, is_reachable, next_reachable
from crm.parties.model import ContactPerson, Hours

WEEK = Hours((1, 2, 3, 4, 5), time(9), time(18))
SATURDAY = Hours((6,), time(20), time(0))
SOFIA = ContactPerson(person_id=1, timezone="Europe/Sofia", hours=(WEEK, SATURDAY))


@pytest.mark.parametrize(
    ("outside", "within"),
    [
        ("2026-11-23T06:59:59", "2026-11-23T07:00:00"),  # Monday, 9:00 in Sofia
        ("2026-11-23T16:00:00", "2026-11-23T15:59:59"),
        ("2026-07-06T05:59:59", "2026-07-06T06:00:00"),  # in summer
        ("2026-11-28T17:59:59", "2026-11-28T18:00:00"),  # Saturday, 20:00
        ("2026-11-28T22:00:00", "2026-11-28T21:59:59"),  # midnight
        ("2026-11-29T12:00:00", "2026-11-24T12:00:00"),
    ],
)
def test_hours_hold_on_the_wall_clock_of_the_person(outside: str, within: str) -> None:
    assert not is_reachable(SOFIA, datetime.fromisoformat(outside).replace(tzinfo=UTC))
    assert is_reachable(SOFIA, datetime.fromisoformat(within).replace(tzinfo=UTC))


def test_who_has_no_hours_may_be_called_at_any_time() -> None:
    anytime = ContactPerson(person_id=1)
    assert is_reachable(anytime, datetime(2026, 11, 22, 3, tzinfo=UTC))
    assert next_reachable(anytime, datetime(2026, 11, 22, 3, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("moment", "begins"),
    [
        ("2026-11-23T05:00:00", "2026-11-23T09:00:00+02:00"),
        ("2026-11-27T16:00:00", "2026-11-28T20:00:00+02:00"),
        ("2026-11-29T12:00:00", "2026-11-30T09:00:00+02:00"),
        ("2026-03-28T23:00:00", "2026-03-30T09:00:00+03:00"),  # clocks go on in between
    ],
)
def test_next_hours_are_told(moment: str, begins: str) -> None:
    found = next_reachable(SOFIA, datetime.fromisoformat(moment).replace(tzinfo=UTC))
    assert found is not None
    assert found.isoformat() == begins


def test_hours_are_put_into_the_order_of_the_week() -> None:
    assert check_hours([SATURDAY, Hours((5, 1, 1), time(9), time(12))], "UTC") == (
        Hours((1, 5), time(9), time(12)), SATURDAY,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "timezone"),
    [
        ([Hours((), time(9), time(18))], "UTC"),
        ([Hours((0,), time(9), time(18))], "UTC"),
        ([Hours((1,), time(18), time(9))], "UTC"),
        ([Hours((1,), time(9), time(9))], "UTC"),
        ([Hours((1,), time(9, tzinfo=UTC), time(18, tzinfo=UTC))], "UTC"),
        ([WEEK], None),
        ([WEEK], "Mars/Olympus"),
        ([], "../etc/passwd"),
        ([WEEK] * (MOST_HOURS + 1), "UTC"),
    ],
)
def test_hours_that_cannot_be_are_refused(hours: list[Hours], timezone: str | None) -> None:
    with pytest.raises(PersonRefusedError):
        check_hours(hours, timezone)
