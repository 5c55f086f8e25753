"""A calendar as RFC 5545 has it, for the programs that people look into. Pure.

Key idea: an event that repeats is written occurrence by occurrence, as each stands in the calendar here. So whatever
became of one of them - moved, given to a colleague, left out - needs no rule of exceptions, and no two programs can
understand a rule differently. The price, a larger file, is bounded by the days that a feed holds.

Times are written in UTC, which needs no description of a time zone and means the same moment everywhere; whole days are
dates. An identifier never changes, so a moved entry moves wherever it is shown.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from icalendar import Calendar, Event

from crm.calendar.model import Entry
from crm.events.model import wall_time

MEDIA_TYPE: Final = "text/calendar"
PRODUCT: Final = "-//Tallycard//Calendar//EN"
REFRESHED_AFTER: Final = timedelta(minutes=15)
"""How often a program is asked to look again."""


def write_calendar(name: str, entries: Iterable[Entry], *, address: str) -> bytes:
    """Write a calendar; `address` is where the pages of the entries are found, without a slash at its end."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESHED_AFTER, parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry, address))
    written: bytes = calendar.to_ical()
    return written


def _event(entry: Entry, address: str) -> Event:
    written = Event()
    written.add("uid", uid_of(entry))
    written.add("dtstamp", _whole(entry.changed_at or entry.starts_at))
    written.add("sequence", entry.version - 1)
    written.add("summary", entry.title)
    if entry.is_all_day:
        written.add("dtstart", wall_time(entry.starts_at, entry.zone).date())
        written.add("dtend", wall_time(entry.ends_at, entry.zone).date())
    else:
        written.add("dtstart", _whole(entry.starts_at))
        if entry.ends_at > entry.starts_at:
            written.add("dtend", _whole(entry.ends_at))
    if entry.place:
        written.add("location", entry.place)
    if entry.party:
        written.add("description", entry.party)
    written.add("url", address + PATHS[entry.source].format(entry.id))
    written.add("transp", "OPAQUE" if entry.source == "events" and not entry.is_all_day else "TRANSPARENT")
    return written


PATHS: Final = {"events": "/events/{}", "tasks": "/tasks/{}", "birthdays": "/parties/{}"}
"""Where the page of an entry is found."""


def uid_of(entry: Entry) -> str:
    """Give what names an entry for ever: a birthday by its year too, for it comes again with every one."""
    if entry.source == "birthdays":
        return f"birthday-{entry.id}-{wall_time(entry.starts_at, entry.zone).year}@tallycard"
    return f"{entry.source.removesuffix('s')}-{entry.id}@tallycard"


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
