"""What a card's state was at any moment: what a freeze does by itself, as changes of state.

A freeze begins and ends without anybody's doing. While nothing else happens to the card its days alone tell whether it
is frozen; with the next change they are written into the history, which is therefore whole up to the card's last
change. What follows that is told by the card itself.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from msgspec import Struct

from loyalty.cards.model import Card, CardState

BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
"""Before every moment of a receipt; the day before it would be read back as minus infinity, without a time zone."""

_INSTANT = timedelta(microseconds=1)


class StateChange(Struct, frozen=True):
    """A state that a card was in from a moment on."""

    since: datetime
    state: CardState
    reason: str | None = None


def changes_to_keep(before: Card, after: Card, *, reason: str | None, zone: tzinfo, now: datetime) -> list[StateChange]:
    """List the changes to be kept as a card changes now: what its freeze did since the last one, and what it is after.

    Days of a freeze begin at midnight of `zone`. The last change is the youngest, also where another act came first
    whose clock was read later.
    """
    first = [] if before.state_since is not None else [StateChange(BEGINNING, before.state)]
    since = before.state_since or BEGINNING
    between = [change for change in _freeze(before, zone) if since < change.since < now]
    is_frozen = after.state == "active" and after.is_frozen_on(now.astimezone(zone).date())
    return [*first, *between, StateChange(max(now, since + _INSTANT), "frozen" if is_frozen else after.state, reason)]


def _freeze(card: Card, zone: tzinfo) -> Iterator[StateChange]:
    if card.state == "active" and card.frozen_from is not None and card.frozen_until is not None:
        yield StateChange(_midnight(card.frozen_from, zone), "frozen")
        yield StateChange(_midnight(card.frozen_until + timedelta(days=1), zone), "active")


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)
