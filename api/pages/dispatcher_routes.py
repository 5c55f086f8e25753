"""The routes of the dispatcher's pages."""

from api.pages.dispatcher import show_dispatcher, show_news
from api.pages.dispatcher_acts import pin_row
from api.pages.dispatcher_filters import PATH, clean_query
from api.pages.lateness import show_lateness
from api.pages.saved_views import Listing, saved_view_routes
from api.pages.words import mark

DISPATCHER = (
    show_dispatcher,
    show_news,
    *saved_view_routes(Listing(PATH, "dispatcher.read", mark("Dispatcher"), clean_query, has_keys=True)),
    pin_row,
    show_lateness,
)
