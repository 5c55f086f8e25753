from datetime import UTC, datetime

import pytest
from msgspec import structs

from pos_adapter.health import MOST_CLOCK_OFFSET_MS, ReaderAnswer, ServerView, health_of
from pos_adapter.journal.model import JournalState

NOW = datetime(2026, 11, 22, 10, 15, 2, tzinfo=UTC)
SERVER = ServerView(state="online", is_well=True, seen_at=NOW, clock_offset_ms=20)
JOURNAL = JournalState(queued=0, oldest_at=None, rejected=0)
READER = ReaderAnswer("scanner", "connected", NOW, armed=None)


def test_till_with_all_at_hand_is_ok() -> None:
    health = health_of(SERVER, JOURNAL, [READER], snapshot_at=None, who=("0007", "3"))
    assert (health.status, health.server_seen_at, health.clock_offset_ms) == ("ok", NOW, 20)


@pytest.mark.parametrize(
    ("server", "journal", "reader"),
    [
        ({"is_well": False}, {}, {}),
        ({"clock_offset_ms": MOST_CLOCK_OFFSET_MS + 1}, {}, {}),
        ({"clock_offset_ms": -MOST_CLOCK_OFFSET_MS - 1}, {}, {}),
        ({}, {"rejected": 1}, {}),
        ({}, {}, {"state": "absent"}),
        ({}, {}, {"state": "error"}),
    ],
)
def test_till_that_needs_a_hand_is_degraded(
    server: dict[str, object], journal: dict[str, object], reader: dict[str, object]
) -> None:
    changed = structs.replace(SERVER, **server), structs.replace(JOURNAL, **journal)
    assert (
        health_of(*changed, [READER, structs.replace(READER, **reader)], snapshot_at=None, who=("0007", "3")).status
        == "degraded"
    )


def test_till_without_the_server_is_offline_whatever_else() -> None:
    server = structs.replace(SERVER, state="offline", is_well=False)
    assert (
        health_of(server, JOURNAL, [structs.replace(READER, state="absent")], snapshot_at=NOW, who=("0007", "3")).status
        == "offline"
    )
