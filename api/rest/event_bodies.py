"""What is sent and answered about events. Moments have an offset; the zone says which wall they were meant on."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from api.rest.bodies import Identifier
from crm.events.model import Direction, Draft, Event, Outcome, Scope, State
from crm.events.repository.files import EventFile
from crm.events.repository.listing import EventRow
from crm.events.texts import MOST_CONTENT
from database.activity import Importance
from pos_adapter.protocol import LongText, Moment, Text, Wire

Version = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Many = Annotated[tuple[Identifier, ...], Meta(max_length=50)]
Content = Annotated[str, Meta(max_length=MOST_CONTENT)]
Rule = Annotated[str, Meta(min_length=1, max_length=300)]
RemindDays = Annotated[int, Meta(ge=0, le=365)]


class EventBody(Wire, frozen=True, kw_only=True):
    """What is said of an event. `content` is HTML, of which formatting alone is kept; `rule` an RRULE of RFC 5545.

    `author_id` is the employee who made the contact, who writes it unless another is named.
    """

    kind: Text
    topic: Text
    zone: Text | None = None
    direction: Direction = "other"
    content: Content | None = None
    place: Text | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    is_all_day: bool = False
    importance: Importance = 2
    author_id: Identifier | None = None
    responsible_id: Identifier | None = None
    party_id: Identifier | None = None
    persons: Many = ()
    participants: Many = ()
    crew: Many = ()
    reminded: Many = ()
    project_id: Identifier | None = None
    phase_id: Identifier | None = None
    promised_at: Moment | None = None
    next_on: date | None = None
    remind_days: RemindDays | None = None
    rule: Rule | None = None


class OutcomeBody(Wire, frozen=True):
    """How an event ended: a code of the directory `event_result`, a text, or both; `held_at` is when it took place.

    Where nobody says, a contact took place when it was planned for, if that is past; anything else does now.
    """

    result_code: Text | None = None
    result: LongText | None = None
    held_at: Moment | None = None


class NewEvent(EventBody, frozen=True, kw_only=True):
    """A new event; with an `outcome` it is completed at once. `origin` is what it was made from, such as `event:5`."""

    outcome: OutcomeBody | None = None
    origin: Annotated[str, Meta(pattern=r"^[a-z_]{1,40}:[0-9]{1,18}$")] | None = None


class EventChange(EventBody, frozen=True, kw_only=True):
    """An event as it is to be; of a series `one`, this and what is `following`, or `all`."""

    version: Version
    scope: Scope = "one"


class CancelBody(Wire, frozen=True):
    """Why an event does not take place."""

    reason: LongText


class EventAnswer(Struct, frozen=True):
    """An event with its state at this moment."""

    event_id: int
    kind: str
    state: State
    direction: Direction
    topic: str
    content: str | None
    place: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    is_all_day: bool
    zone: str
    importance: Importance
    author_id: int | None
    responsible_id: int | None
    party_id: int | None
    persons: tuple[int, ...]
    participants: tuple[int, ...]
    crew: tuple[int, ...]
    reminded: tuple[int, ...]
    project_id: int | None
    phase_id: int | None
    promised_at: datetime | None
    next_on: date | None
    next_event_id: int | None
    remind_days: int | None
    rule: str | None
    series_id: int | None
    completed_at: datetime | None
    completed_by: int | None
    held_at: datetime | None
    result_code: str | None
    result: str | None
    cancelled_at: datetime | None
    cancel_reason: str | None
    is_removed: bool
    version: int


class EventItem(Struct, frozen=True):
    """An event in a list."""

    event_id: int
    kind: str
    state: State
    direction: Direction
    topic: str
    starts_at: datetime | None
    ends_at: datetime | None
    is_all_day: bool
    importance: Importance
    party_id: int | None
    party: str | None
    persons: tuple[str, ...]
    responsible_id: int | None
    project_id: int | None
    result_code: str | None
    result: str | None


class EventsAnswer(Struct, frozen=True):
    """A page of events, the latest start first; `next` is the `after` of the next page."""

    events: list[EventItem]
    next: str | None


class FileAnswer(Struct, frozen=True):
    """A file of an event."""

    file_id: int
    name: str
    media_type: str
    is_recording: bool
    size: int
    actor: str
    at: datetime


class EventFilesAnswer(Struct, frozen=True):
    """The files of an event."""

    files: list[FileAnswer]


def read_draft(body: EventBody, *, zone: str, author_id: int | None) -> Draft:
    """Read what is said of an event; without a zone it is meant where the back office is."""
    values = {name: getattr(body, name) for name in Draft.__struct_fields__}
    return Draft(**values | {"zone": body.zone or zone, "author_id": body.author_id or author_id})


def read_outcome(body: OutcomeBody | None) -> Outcome | None:
    """Read how an event ended."""
    return None if body is None else Outcome(body.result_code, body.result, body.held_at)


def render_event(event: Event, now: datetime) -> EventAnswer:
    """Give an event as it is answered."""
    known = {name: getattr(event, name) for name in EventAnswer.__struct_fields__ if hasattr(event, name)}
    state, is_removed = event.state(now), event.archived_at is not None
    return EventAnswer(**known | {"event_id": event.id, "state": state, "is_removed": is_removed})


def render_rows(rows: Iterable[EventRow], now: datetime) -> list[EventItem]:
    """Give the events of a list as they are answered."""
    shared = [name for name in EventItem.__struct_fields__ if name not in {"event_id", "state"}]
    return [
        EventItem(event_id=row.id, state=row.state(now), **{name: getattr(row, name) for name in shared})
        for row in rows
    ]


def render_file(file: EventFile) -> FileAnswer:
    """Give a file as it is answered."""
    return FileAnswer(file.id, file.name, file.media_type, file.is_recording, file.size, file.actor, file.at)
