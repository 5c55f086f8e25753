from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import structs

from loyalty.cards.history import BEGINNING, changes_to_keep
from loyalty.cards.model import Card, CardState
from tests.loyalty.cards.values import make_card

ZONE = ZoneInfo("Europe/Sofia")
FIRST, LAST = date(2026, 11, 10), date(2026, 11, 12)
BEGIN, END = datetime(2026, 11, 10, tzinfo=ZONE), datetime(2026, 11, 13, tzinfo=ZONE)


def _keep(before: Card, now: datetime, **after: object) -> list[tuple[datetime, CardState]]:
    changes = changes_to_keep(before, structs.replace(before, **after), reason=None, zone=ZONE, now=now)
    return [(change.since, change.state) for change in changes]


def test_first_change_keeps_what_the_card_was_since_ever() -> None:
    now = datetime(2026, 11, 9, tzinfo=UTC)
    assert _keep(make_card(), now, state="blocked") == [(BEGINNING, "active"), (now, "blocked")]


def test_freeze_that_began_and_ended_by_itself_is_written_with_the_next_change() -> None:
    card = make_card(state_since=BEGIN - timedelta(days=9), frozen_from=FIRST, frozen_until=LAST)
    now = END + timedelta(days=1)

    assert _keep(card, now, state="closed") == [(BEGIN, "frozen"), (END, "active"), (now, "closed")]


def test_card_unblocked_during_its_freeze_is_frozen() -> None:
    blocked = make_card(state="blocked", state_since=BEGIN + timedelta(hours=5), frozen_from=FIRST, frozen_until=LAST)
    now = BEGIN + timedelta(hours=9)

    assert _keep(blocked, now, state="active") == [(now, "frozen")]
    assert _keep(blocked, END, state="active") == [(END, "active")]


def test_freeze_from_today_begins_with_its_act() -> None:
    now = BEGIN + timedelta(hours=11)

    assert _keep(make_card(), now, frozen_from=FIRST, frozen_until=LAST) == [(BEGINNING, "active"), (now, "frozen")]


def test_later_change_is_the_younger_one_whatever_the_clock_says() -> None:
    since = datetime(2026, 11, 9, 12, tzinfo=UTC)
    card = make_card(state_since=since)

    assert _keep(card, since - timedelta(seconds=1), state="blocked") == [
        (since + timedelta(microseconds=1), "blocked")
    ]
