"""The routes of the dispatcher's pages."""

from api.pages.dispatcher import show_dispatcher, show_news
from api.pages.dispatcher_acts import pin_row, save_feed_view
from api.pages.lateness import show_lateness

DISPATCHER = (show_dispatcher, show_news, save_feed_view, pin_row, show_lateness)
