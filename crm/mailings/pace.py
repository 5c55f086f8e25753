"""How fast: so many messages a minute for a mailbox, a mailing and each domain, and when in a recipient's day. Pure.

Key idea: what went out in the last minute is remembered by its moments, so in no minute, wherever it begins, there is
more than is allowed. A wall time of a window is the recipient's own.
"""

from collections import deque
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

MINUTE: Final = timedelta(minutes=1)
FEWEST_KEPT: Final = 1_000


class Pace:
    """The messages of the last minute; without a limit nothing is remembered."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._gone: deque[datetime] = deque()
        self._promised: datetime | None = None

    def free(self, now: datetime, wanted: int) -> int:
        """Tell how many of so many messages may go out now."""
        if self._most is None:
            return wanted
        while self._gone and self._gone[0] <= now - MINUTE:
            self._gone.popleft()
        return max(min(wanted, self._most - len(self._gone)), 0)

    def free_at(self, now: datetime) -> datetime:
        """Tell when the next message may go out."""
        return now if self.free(now, 1) else self._gone[0] + MINUTE

    def promise(self, now: datetime) -> datetime:
        """Give the moment of the next place that is neither taken nor promised: who must wait waits once."""
        assert self._most is not None, "without a limit nobody waits"
        first = self.free_at(now)
        place = first if self._promised is None else max(first, self._promised + MINUTE / self._most)
        self._promised = place
        return place

    def note(self, now: datetime) -> None:
        """Remember a message that goes out."""
        if self._most is not None:
            self._gone.append(now)

    def is_idle(self, now: datetime) -> bool:
        """Tell whether there is nothing to remember: nothing went out in the last minute, and no place is promised."""
        is_promised = self._promised is not None and self._promised > now
        return not is_promised and (not self._gone or self._gone[-1] <= now - MINUTE)


class Paces:
    """A pace for each name that was written to lately; however many names there are, the idle ones are forgotten."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._free = Pace(None)
        self._paces: dict[str, Pace] = {}
        self._room = FEWEST_KEPT

    def __len__(self) -> int:
        """Tell how many names are remembered."""
        return len(self._paces)

    def of(self, name: str, now: datetime) -> Pace:
        """Give the pace of a name; without a limit it is everybody's."""
        if self._most is None:
            return self._free
        if len(self._paces) >= self._room:
            self._paces = {known: pace for known, pace in self._paces.items() if not pace.is_idle(now)}
            self._room = max(FEWEST_KEPT, 2 * len(self._paces))
        return self._paces.setdefault(name, Pace(self._most))


def next_open(now: datetime, since: time | None, until: time | None, *, zone: ZoneInfo) -> datetime:
    """Give the moment from which a recipient may be written to: now within the window, else when it begins."""
    if since is None or until is None:
        return now
    local = now.astimezone(zone)
    if since <= local.time() < until:
        return now
    day = local.date() if local.time() < since else local.date() + timedelta(days=1)
    return datetime.combine(day, since, zone).astimezone(now.tzinfo)
