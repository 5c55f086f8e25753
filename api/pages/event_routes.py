"""The routes of all pages of events."""

from functools import partial

from api.pages.event_calls import log_call_on_profile
from api.pages.event_export import export_events
from api.pages.event_filters import FIELDS, GROUP
from api.pages.event_form import make_new_event, save_event, show_event_form, show_new_event
from api.pages.event_history import show_event_history
from api.pages.event_kinds import (
    make_event_kind,
    move_event_kind,
    save_event_kind,
    show_event_kind,
    show_event_kinds,
    show_new_event_kind,
)
from api.pages.event_list import show_contacts, show_events
from api.pages.event_page import (
    add_event_file,
    cancel_event,
    complete_event,
    open_event_file,
    play_recording,
    remove_event,
    remove_event_file,
    reopen_event,
    show_event,
    tie_document,
)
from api.pages.event_structure import show_structure
from api.pages.queries import keep_fields
from api.pages.saved_views import Listing, saved_view_routes
from api.pages.words import mark

_clean = partial(keep_fields, names=(*FIELDS, GROUP))

EVENTS = (
    show_events,
    show_contacts,
    *saved_view_routes(Listing("/events", "events.read", mark("Events"), _clean)),
    *saved_view_routes(Listing("/contacts", "events.read", mark("Contacts"), _clean)),
    export_events,
    show_new_event,
    make_new_event,
    show_event_form,
    save_event,
    show_event,
    show_event_history,
    complete_event,
    cancel_event,
    reopen_event,
    remove_event,
    add_event_file,
    remove_event_file,
    open_event_file,
    play_recording,
    tie_document,
    show_structure,
    show_event_kinds,
    show_new_event_kind,
    make_event_kind,
    show_event_kind,
    save_event_kind,
    move_event_kind,
    log_call_on_profile,
)
