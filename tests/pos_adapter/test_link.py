from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from pos_adapter.events import LinkState
from pos_adapter.link import Link

NOW = datetime(2026, 11, 22, 10, 15, 2, tzinfo=UTC)


class Setting:
    """A link whose clock stands where it is put, and what it told."""

    def __init__(self) -> None:
        self.now = NOW
        self.told: list[LinkState] = []
        self.link = Link(self.told.append, now=lambda: self.now, new_uid=uuid4)


def test_change_is_told_once() -> None:
    setting = Setting()
    for _ in range(2):
        setting.link.heard(date=None, asked_at=NOW)
    for _ in range(2):
        setting.link.lost("ConnectError")
    setting.link.heard(date=None, asked_at=NOW)
    assert [event.state for event in setting.told] == ["online", "offline", "online"]


def test_server_that_was_never_heard_is_offline_without_an_event() -> None:
    setting = Setting()
    view = setting.link.view()
    assert (view.state, view.seen_at, view.clock_offset_ms, setting.told) == ("offline", None, None, [])


def test_silence_leaves_when_the_server_was_seen_last() -> None:
    setting = Setting()
    setting.link.heard(date=None, asked_at=NOW)
    setting.now += timedelta(minutes=1)
    setting.link.lost("ConnectError")
    assert (setting.link.view().state, setting.link.view().seen_at) == ("offline", NOW)


@pytest.mark.parametrize(
    ("date", "offset_ms"),
    [
        # asked at 10:15:02.0, heard at 10:15:03.0: the middle is 10:15:02.5, half a second of the date is unknown
        ("Sun, 22 Nov 2026 10:15:02 GMT", 0),
        ("Sun, 22 Nov 2026 10:17:02 GMT", 120_000),
        ("Sun, 22 Nov 2026 10:15:01 GMT", -1_000),
        ("Sun, 22 Nov 2026 10:15:02 -0000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_clock_offset_is_the_servers_date_less_the_middle_of_the_question(date: str, offset_ms: int | None) -> None:
    setting = Setting()
    setting.now = NOW + timedelta(seconds=1)
    setting.link.heard(date=date, asked_at=NOW)
    assert setting.link.view().clock_offset_ms == offset_ms
