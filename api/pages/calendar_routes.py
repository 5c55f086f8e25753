"""The routes of all pages of calendars."""

from api.pages.calendar import show_calendar
from api.pages.calendar_feeds import make_calendar_feed, revoke_calendar_feed, show_feeds

CALENDAR = (show_calendar, show_feeds, make_calendar_feed, revoke_calendar_feed)
