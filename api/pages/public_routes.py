"""The routes of all pages for customers, who need not sign in."""

from api.pages.own_page import OWN_PAGE
from api.pages.preferences import change_preferences, show_preferences
from api.pages.subscribing import confirm, show_confirm, show_subscribe, subscribe
from api.pages.tracking import follow, show_dot

PUBLIC = (
    show_subscribe,
    subscribe,
    show_confirm,
    confirm,
    show_preferences,
    change_preferences,
    show_dot,
    follow,
    *OWN_PAGE,
)
