"""What an event is, what it may say, and in which state it stands. Pure.

Key idea: planned, held, completed and cancelled are one fact each at most - when it was completed, when it was
cancelled - and the clock. A contact is held as soon as its time is over; that is computed wherever it is asked and
never kept, so that no nightly job can be late with it.

Times are moments with the zone they were meant in, so that a repeated event keeps its wall time. An event of whole
days begins at the midnight of its first day and ends at the midnight after its last one, in its zone.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct, structs

from crm.directories.model import name_in
from crm.events.errors import EventRefusedError
from crm.events.texts import MOST_CONTENT, clean_content
from database.activity import Importance

Direction = Literal["incoming", "outgoing", "other"]
State = Literal["planned", "held", "completed", "cancelled"]
UserPart = Literal["participant", "crew", "reminded"]
Scope = Literal["one", "following", "all"]

DIRECTIONS: Final = get_args(Direction)
STATES: Final = get_args(State)
USER_PARTS: Final[tuple[UserPart, ...]] = get_args(UserPart)
MOST_TOPIC: Final = 200
MOST_TEXT: Final = 2_000
MOST_PLACE: Final = 200
MOST_PEOPLE: Final = 50
"""The persons of an event, and its colleagues of each part."""
MOST_REMIND_DAYS: Final = 365
MOST_SPAN: Final = timedelta(days=366)
"""An event lasts a year at most."""
_DAY: Final = timedelta(days=1)


class Kind(Struct, frozen=True):
    """A kind of events; `roles` are those who may add such, everybody where it is empty."""

    id: int
    code: str
    names: Mapping[str, str]
    icon: str
    is_contact: bool
    needs_party: bool
    is_pinned: bool
    roles: tuple[str, ...]
    position: int
    version: int = 1
    is_archived: bool = False

    def name(self, language: str) -> str:
        """Give what it is called in a language, else in another."""
        return name_in(self.names, language, self.code)

    def may_add(self, role: str) -> bool:
        """Tell whether a role adds events of the kind; the administrator adds any."""
        return not self.roles or role == "admin" or role in self.roles


class Draft(Struct, frozen=True, kw_only=True):
    """What is said of an event. `content` is rich text, `rule` an RRULE of RFC 5545, `next_on` the date X.

    The next contact of date X gets the `remind_days`: so many days before it whoever is responsible is reminded.
    """

    kind: str
    topic: str
    zone: str
    direction: Direction = "other"
    content: str | None = None
    place: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_all_day: bool = False
    importance: Importance = 2
    author_id: int | None = None
    responsible_id: int | None = None
    party_id: int | None = None
    persons: tuple[int, ...] = ()
    participants: tuple[int, ...] = ()
    crew: tuple[int, ...] = ()
    reminded: tuple[int, ...] = ()
    project_id: int | None = None
    phase_id: int | None = None
    promised_at: datetime | None = None
    next_on: date | None = None
    remind_days: int | None = None
    rule: str | None = None

    def users(self) -> dict[UserPart, tuple[int, ...]]:
        """Give the colleagues by the part they have."""
        return {"participant": self.participants, "crew": self.crew, "reminded": self.reminded}


class Outcome(Struct, frozen=True):
    """How an event ended: a word of the directory `event_result`, a text, or both; `held_at` is when it took place."""

    code: str | None = None
    text: str | None = None
    held_at: datetime | None = None


class Event(Struct, frozen=True, kw_only=True):
    """An event as it is kept; its kind by code, its persons and colleagues in the order of their identifiers."""

    id: int
    kind_id: int
    kind: str
    is_contact: bool
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
    project_id: int | None
    phase_id: int | None
    promised_at: datetime | None
    completed_at: datetime | None
    completed_by: int | None
    held_at: datetime | None
    result_code: str | None
    result: str | None
    cancelled_at: datetime | None
    cancel_reason: str | None
    next_on: date | None
    next_event_id: int | None
    remind_days: int | None
    series_id: int | None
    series_start: datetime | None
    is_detached: bool
    version: int
    created_at: datetime
    changed_at: datetime
    archived_at: datetime | None
    rule: str | None
    persons: tuple[int, ...] = ()
    participants: tuple[int, ...] = ()
    crew: tuple[int, ...] = ()
    reminded: tuple[int, ...] = ()

    def state(self, now: datetime) -> State:
        """Tell the state it stands in at a moment."""
        return state_at(
            now,
            is_contact=self.is_contact,
            is_completed=self.completed_at is not None,
            is_cancelled=self.cancelled_at is not None,
            over_at=self.ends_at or self.starts_at,
        )

    def held_by(self, now: datetime) -> datetime:
        """Tell when it took place if it is completed now and nobody says: a contact that was planned for then, then."""
        is_past = self.is_contact and self.starts_at is not None and self.starts_at <= now
        return self.starts_at if is_past and self.starts_at is not None else now

    @property
    def draft(self) -> Draft:
        """What is said of it, as it would be said anew."""
        return Draft(**{name: getattr(self, name) for name in Draft.__struct_fields__})

    @property
    def last_day(self) -> date | None:
        """The last day of an event, in its zone."""
        if self.ends_at is None:
            return None
        local = wall_time(self.ends_at, self.zone)
        return (local - _DAY if self.is_all_day else local).date()


def state_at(
    now: datetime, *, is_contact: bool, is_completed: bool, is_cancelled: bool, over_at: datetime | None
) -> State:
    """Tell a state from what is kept and the clock: a contact whose time is over is held."""
    if is_cancelled:
        return "cancelled"
    if is_completed:
        return "completed"
    return "held" if is_contact and over_at is not None and over_at <= now else "planned"


def check_draft(draft: Draft, kind: Kind) -> Draft:
    """Give what may be kept of a draft: texts clean, whole days from midnight to midnight. Raises EventRefusedError."""
    topic = " ".join(draft.topic.split())
    if not 0 < len(topic) <= MOST_TOPIC:
        raise EventRefusedError(f"has 1 to {MOST_TOPIC} characters", field="topic")
    if draft.content is not None and len(draft.content) > MOST_CONTENT:
        raise EventRefusedError(f"has at most {MOST_CONTENT:,} characters", field="content")
    if draft.place is not None and len(draft.place) > MOST_PLACE:
        raise EventRefusedError(f"has at most {MOST_PLACE} characters", field="place")
    if kind.needs_party and draft.party_id is None:
        raise EventRefusedError("an event of this kind is somebody's: name the party", field="party_id")
    if draft.phase_id is not None and draft.project_id is None:
        raise EventRefusedError("a phase is one of a project", field="phase_id")
    if draft.remind_days is not None and not 0 <= draft.remind_days <= MOST_REMIND_DAYS:
        raise EventRefusedError(f"is 0 to {MOST_REMIND_DAYS} days", field="remind_days")
    for field in ("persons", "participants", "crew", "reminded"):
        if len(set(getattr(draft, field))) > MOST_PEOPLE:
            raise EventRefusedError(f"are at most {MOST_PEOPLE}", field=field)
    starts_at, ends_at = _check_times(draft)
    return structs.replace(
        draft,
        topic=topic,
        content=clean_content(draft.content),
        place=(draft.place or "").strip() or None,
        starts_at=starts_at,
        ends_at=ends_at,
        promised_at=_in_utc(draft.promised_at),
        **{name: tuple(sorted(set(getattr(draft, name)))) for name in ("persons", "participants", "crew", "reminded")},
    )


def _check_times(draft: Draft) -> tuple[datetime | None, datetime | None]:
    starts_at, ends_at = draft.starts_at, draft.ends_at
    zone = read_zone(draft.zone)
    if starts_at is None:
        if ends_at is not None:
            raise EventRefusedError("an event that ends begins before", field="starts_at")
        if draft.rule is not None or draft.next_on is not None:
            raise EventRefusedError("say when it is", field="starts_at")
        return None, None
    if draft.is_all_day:
        first = starts_at.astimezone(zone).date()
        behind = None if ends_at is None else ends_at.astimezone(zone)
        last = (
            first if behind is None else (behind - timedelta(microseconds=1)).date() if behind.date() > first else first
        )
        if behind is not None and behind.date() < first:
            raise EventRefusedError("lies before the start", field="ends_at")
        starts_at, ends_at = at_wall_time(_midnight(first), zone), at_wall_time(_midnight(last + _DAY), zone)
    if ends_at is not None and ends_at < starts_at:
        raise EventRefusedError("lies before the start", field="ends_at")
    if ends_at is not None and ends_at - starts_at > MOST_SPAN:
        raise EventRefusedError("an event lasts a year at most", field="ends_at")
    if draft.next_on is not None and draft.next_on < starts_at.astimezone(zone).date():
        raise EventRefusedError("the next contact lies behind this one", field="next_on")
    if draft.next_on is not None and draft.rule is not None:
        raise EventRefusedError("what is repeated has its next time already", field="next_on")
    return _in_utc(starts_at), _in_utc(ends_at)


def _in_utc(moment: datetime | None) -> datetime | None:
    """Give a moment as the database gives it back, so that the same one is no change."""
    return None if moment is None else moment.astimezone(UTC)


def read_zone(name: str) -> ZoneInfo:
    """Give a time zone by its name. Raises EventRefusedError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise EventRefusedError("is a time zone such as Europe/Sofia", field="zone") from error


def wall_time(moment: datetime, zone: str) -> datetime:
    """Give what a clock on the wall of a zone shows at a moment, without its zone."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def at_wall_time(wall: datetime, zone: ZoneInfo) -> datetime:
    """Give the moment at which a clock of a zone shows a time.

    One that the clock passes over is taken by the offset before the gap, one that it shows twice is the first
    (RFC 5545, 3.3.5).
    """
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
