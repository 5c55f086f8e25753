"""What states, directions, repetitions and acts of events are called, and the fields of their forms."""

from collections.abc import Mapping

from api.pages.words import Word, mark
from crm.events.model import Direction, Scope, State

STATES: Mapping[State, Word] = {
    "planned": Word(mark("Planned"), "clock", "issued"),
    "held": Word(mark("Held"), "ok", "active"),
    "completed": Word(mark("Completed"), "ok", "active"),
    "cancelled": Word(mark("Cancelled"), "no", "closed"),
}
DIRECTIONS: Mapping[Direction, Word] = {
    "incoming": Word(mark("Incoming"), "down"),
    "outgoing": Word(mark("Outgoing"), "up"),
    "other": Word(mark("Other"), "ring"),
}
IMPORTANCES: Mapping[str, str] = {
    "1": mark("High", "importance"),
    "2": mark("Normal", "importance"),
    "3": mark("Low", "importance"),
}
SCOPES: Mapping[Scope, str] = {
    "one": mark("This one alone"),
    "following": mark("This one and what follows"),
    "all": mark("The whole series"),
}
REPEATS: Mapping[str, str] = {
    "": mark("Once"),
    "DAILY": mark("Every day"),
    "WEEKLY": mark("Every week"),
    "MONTHLY": mark("Every month"),
    "YEARLY": mark("Every year"),
    "own": mark("By a rule of your own"),
}
WEEKDAYS: tuple[str, ...] = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LABELS: Mapping[str, str] = {
    "kind": mark("Kind"),
    "topic": mark("Topic"),
    "direction": mark("Direction"),
    "content": mark("Content"),
    "place": mark("Place"),
    "start_day": mark("Day"),
    "start_time": mark("Time"),
    "end_day": mark("Until day"),
    "end_time": mark("Until time"),
    "zone": mark("Time zone"),
    "importance": mark("Importance"),
    "author_id": mark("Made by"),
    "responsible_id": mark("Responsible"),
    "party": mark("Party"),
    "persons": mark("Contact persons"),
    "participants": mark("Participants"),
    "crew": mark("Crew"),
    "reminded": mark("To be reminded"),
    "project_id": mark("Project"),
    "phase_id": mark("Phase"),
    "promised_on": mark("Promised for"),
    "next_on": mark("Next contact on"),
    "remind_days": mark("Remind so many days before"),
    "repeat": mark("Repeats"),
    "every": mark("Every so many"),
    "rule": mark("Rule"),
    "count": mark("So many times"),
    "until": mark("Until"),
    "held_day": mark("Took place"),
    "held_time": mark("Took place"),
    "result_code": mark("Result"),
    "result": mark("What came of it"),
    "reason": mark("Reason"),
    "file": mark("File"),
    "record": mark("Document"),
    "version": mark("Somebody else"),
    "scope": mark("Of the series"),
    "state": mark("State"),
}
FIELDS: Mapping[str, str] = {
    **{name: LABELS[name] for name in LABELS if not name.endswith(("_day", "_time"))},
    "starts_at": mark("Begins"),
    "ends_at": mark("Ends"),
    "is_all_day": mark("Whole days"),
    "party_id": mark("Party"),
    "promised_at": mark("Promised for"),
    "completed_at": mark("Completed at"),
    "completed_by": mark("Completed by"),
    "held_at": mark("Took place"),
    "cancelled_at": mark("Cancelled at"),
    "cancel_reason": mark("Reason"),
    "archived_at": mark("Removed at"),
    "series": mark("Series"),
}
ACTS: Mapping[str, str] = {
    "event.made": mark("Event made"),
    "event.changed": mark("Event changed"),
    "event.completed": mark("Event completed"),
    "event.cancelled": mark("Event cancelled"),
    "event.reopened": mark("Event taken up again"),
    "event.removed": mark("Event removed"),
    "event.crew_assigned": mark("Crew assigned"),
    "event.stage_assigned": mark("Stage assigned"),
    "event.attributes_set": mark("Attributes of an event set"),
    "event.file_added": mark("File added to an event"),
    "event.file_removed": mark("File removed from an event"),
    "event.recording_added": mark("Recording added to an event"),
    "event.recording_played": mark("Recording played"),
    "event.recording_expired": mark("Recording removed after its time"),
    "event.document_attached": mark("Document tied to an event"),
    "event.document_detached": mark("Document taken off an event"),
    "event_kind.made": mark("Kind of events made"),
    "event_kind.changed": mark("Kind of events changed"),
    "event_kind.moved": mark("Kind of events moved"),
    "events.exported": mark("List of events taken along"),
}
KINDS: Mapping[str, Word] = {
    "event": Word(mark("Event"), "calendar"),
    "task": Word(mark("Task"), "ok"),
    "project": Word(mark("Project"), "box"),
    "business_document": Word(mark("Business document"), "clip"),
    "letter": Word(mark("Letter"), "note"),
    "receipt": Word(mark("Receipt"), "receipt"),
    "document": Word(mark("Document"), "clip"),
}
"""What records of a tree are called, by the word before the colon."""

PATHS: Mapping[str, str] = {
    "event": "/events/",
    "task": "/tasks/",
    "project": "/projects/",
    "letter": "/letters/",
    "business_document": "/business-documents/",
    "receipt": "/receipts/",
    "document": "/documents/",
}
