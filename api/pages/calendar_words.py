"""What the views and layers of calendars are called, and the acts on feeds."""

from collections.abc import Mapping

from api.pages.words import mark
from crm.calendar.model import Source

VIEW_NAMES: Mapping[str, str] = {
    "month": mark("Month"),
    "week": mark("Week"),
    "day": mark("Day"),
    "agenda": mark("Agenda"),
}
SHOWN: Mapping[Source, str] = {
    "events": mark("Events and contacts"),
    "tasks": mark("Tasks by their due time"),
    "birthdays": mark("Birthdays of own parties"),
    "all_birthdays": mark("Birthdays of all"),
}
ACTS: Mapping[str, str] = {
    "calendar_feed.made": mark("Calendar given out"),
    "calendar_feed.revoked": mark("Calendar taken back"),
}
LABELS: Mapping[str, str] = {
    "name": mark("Name"),
    "user": mark("Whose"),
    "kind": mark("Kinds of events"),
    "project": mark("Project"),
    "show": mark("What it shows"),
}
