"""A calendar under a secret address, for programs of people: the only route whose address is what lets its caller in.

Key idea: a program asks again and again whether something changed. What it has already it is told by an ETag, without
the calendar being written; each address is read `MOST_READS` times a minute by a process, all others not faster than
`MOST_UNKNOWN` together, and no more than `MOST_AT_ONCE` calendars are written beside the work of the tills.

The secret stands in no log and no error: requests are not logged, and faults name their route, never their address.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import Final
from zoneinfo import ZoneInfo

from litestar import Request, Response, Router, get
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import structs

from api.auth.guards import EVERYBODY, KEY, Access
from api.calendar_sources import open_sources
from api.rest.problems import PROBLEMS
from api.state import Service, read_clock
from crm.calendar.errors import CalendarBusyError, CalendarFeedUnknownError
from crm.calendar.feeds import FeedContent, find_feed, read_feed
from crm.calendar.icalendars import MEDIA_TYPE, write_calendar

PATH: Final = "/v1/calendar/ics"
ENDING: Final = ".ics"
MOST_READS: Final = 30
MOST_UNKNOWN: Final = 300
MOST_AT_ONCE: Final = 2
MOST_WAITING: Final = 20
MINUTE_SECONDS: Final = 60
_UNKNOWN: Final = 0
_OPEN: Final = {KEY: Access(EVERYBODY, None, "calendar")}
"""Anybody may call; with the module, the route goes."""


class FeedReads:
    """How often each feed was read in this minute, by its number, and the calendars that are being written."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._minute = 0
        self._reads: dict[int, int] = {}
        self._turn = asyncio.Semaphore(MOST_AT_ONCE)
        self._waiting = 0

    def count(self, feed_id: int, most: int) -> None:
        """Count a read. Raises CalendarBusyError when there were enough of them in this minute."""
        minute = int(self._clock() // MINUTE_SECONDS)
        if minute != self._minute:
            self._minute, self._reads = minute, {}
        self._reads[feed_id] = self._reads.get(feed_id, 0) + 1
        if self._reads[feed_id] > most:
            raise CalendarBusyError("this calendar is asked for too often: ask again in a minute")

    async def write(self, content: FeedContent, address: str) -> bytes:
        """Write a calendar in its turn, beside what else the process does. Raises CalendarBusyError."""
        if self._waiting >= MOST_WAITING:
            raise CalendarBusyError("too many calendars are asked for at this moment: ask again in a minute")
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(write_calendar, content.name, content.entries, address=address)
        finally:
            self._waiting -= 1


@get("/{file:str}", opt=_OPEN, media_type=MEDIA_TYPE, responses=PROBLEMS)
async def get_calendar_feed(request: Request[None, None, State], file: FromPath[str]) -> Response[bytes]:
    """Give a calendar as iCalendar (RFC 5545), or that it has not changed (304)."""
    service: Service = request.app.state["service"]
    reads: FeedReads = request.app.state["feed_reads"]
    try:
        found = await service.database.run(find_feed, file.removesuffix(ENDING))
    except CalendarFeedUnknownError:
        reads.count(_UNKNOWN, MOST_UNKNOWN)
        raise
    reads.count(found.feed.id, MOST_READS)
    seen = open_sources(found.role, service.settings.modules_off)  # type: ignore[arg-type] # a role of the table of users
    now, zone = read_clock(), ZoneInfo(service.settings.timezone)
    content = await service.database.run(
        read_feed,
        found,
        structs.replace(found.feed.layers, sources=found.feed.layers.sources & seen),
        today=now.astimezone(zone).date(),
        now=now.replace(microsecond=0),
        zone=zone,
    )
    headers = {
        "ETag": f'"{content.hash.hex()}"',
        "Last-Modified": format_datetime(content.since.astimezone(UTC), usegmt=True),
        "Cache-Control": "private, no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    if _has_it(request, content, headers["ETag"]):
        return Response(b"", status_code=HTTPStatus.NOT_MODIFIED, media_type=MEDIA_TYPE, headers=headers)
    written = await reads.write(content, str(request.base_url).rstrip("/"))
    return Response(written, media_type=MEDIA_TYPE, headers=headers)


def path_of(secret: str) -> str:
    """Give the path under which a feed is read."""
    return f"{PATH}/{secret}{ENDING}"


def _has_it(request: Request[None, None, State], content: FeedContent, tag: str) -> bool:
    """Tell whether a program has the content already; a tag counts before a date (RFC 9110, 13.2.2)."""
    known = request.headers.get("if-none-match")
    if known is not None:
        return known.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in known.split(",")}
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return content.since <= _aware(since)


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


router = Router(PATH, route_handlers=[get_calendar_feed], tags=["Calendar"])
