"""Whether the server can be reached, since when, and how far the clock of this till is from the server's.

The key idea: every answer and every silence of the server is heard here, whoever asked; `watch` asks by itself so that
the till knows before the next customer does. A change is told once, as a `link-state` event.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from uuid import UUID

import structlog

from pos_adapter.errors import ServerUnreachableError
from pos_adapter.events import LinkCondition, LinkState
from pos_adapter.health import ServerView

PROBE_SECONDS: Final = 5
AWAY_PROBE_SECONDS: Final = 2
# A Date header has whole seconds, cut off: on the average the server's clock is half a second further.
_HALF_OF_DATE_STEP: Final = timedelta(milliseconds=500)
_MILLISECOND: Final = timedelta(milliseconds=1)

log = structlog.get_logger()


class Link:
    """What is known of the server. `now` reads the till's clock, `new_uid` makes identifiers of events."""

    def __init__(
        self, publish: Callable[[LinkState], None], *, now: Callable[[], datetime], new_uid: Callable[[], UUID]
    ) -> None:
        self._publish = publish
        self._now = now
        self._new_uid = new_uid
        self._state: LinkCondition | None = None
        self._seen_at: datetime | None = None
        self._clock_offset_ms: int | None = None
        self._is_well = False

    def view(self) -> ServerView:
        """Give what is known now; a server that was never heard is offline."""
        return ServerView(
            state=self._state or "offline",
            is_well=self._is_well,
            seen_at=self._seen_at,
            clock_offset_ms=self._clock_offset_ms,
        )

    @property
    def is_offline(self) -> bool:
        """Whether the last question had no answer; of a server that was never asked nobody knows."""
        return self._state == "offline"

    def heard(self, *, date: str | None, asked_at: datetime) -> None:
        """Note an answer of the server with its Date header; `asked_at` is when the question was sent."""
        seen_at = self._now()
        self._seen_at = seen_at
        if date and (server_time := _read_date(date)):
            middle = asked_at + (seen_at - asked_at) / 2
            self._clock_offset_ms = (server_time + _HALF_OF_DATE_STEP - middle) // _MILLISECOND
        self._change("online")

    def told_health(self, *, is_well: bool) -> None:
        """Note what the server says of itself."""
        self._is_well = is_well

    def lost(self, reason: str) -> None:
        """Note that the server gave no answer; the reason is for the log."""
        self._change("offline", reason)

    async def watch(self, probe: Callable[[], Awaitable[object]]) -> None:
        """Ask the server for as long as the till runs; `probe` tells `heard` or `lost` what came of it."""
        while True:
            with suppress(ServerUnreachableError):  # `lost` was told
                await probe()
            await asyncio.sleep(AWAY_PROBE_SECONDS if self.is_offline else PROBE_SECONDS)

    def _change(self, state: LinkCondition, reason: str | None = None) -> None:
        if state != self._state:
            self._state = state
            log.info("link_changed", state=state, reason=reason)
            self._publish(LinkState(event_id=self._new_uid(), state=state, at=self._now()))


def _read_date(date: str) -> datetime | None:
    """Read an HTTP date (RFC 9110, 5.6.7); None where it is none or names no zone."""
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
