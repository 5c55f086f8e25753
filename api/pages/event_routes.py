"""The routes of all pages of events."""

from api.pages.event_calls import log_call_on_profile
from api.pages.event_form import make_new_event, save_event, show_event_form, show_new_event
from api.pages.event_kinds import (
    make_event_kind,
    move_event_kind,
    save_event_kind,
    show_event_kind,
    show_event_kinds,
    show_new_event_kind,
)
from api.pages.event_list import export_events, save_events_view, show_contacts, show_events
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

EVENTS = (
    show_events,
    show_contacts,
    save_events_view,
    export_events,
    show_new_event,
    make_new_event,
    show_event_form,
    save_event,
    show_event,
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
