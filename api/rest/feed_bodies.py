"""What is sent and answered about the dispatcher's feed. Moments have an offset."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from api.rest.bodies import Identifier
from crm.dispatcher.model import FeedRow, Known, Moment, Standing
from crm.dispatcher.repository.entries import Entry, ToldSource
from crm.dispatcher.telling import Telling
from database.activity import Importance
from pos_adapter.protocol import Moment as AwareMoment
from pos_adapter.protocol import Text, Wire

Code = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,40}$")]


class TellingBody(Wire, frozen=True, kw_only=True):
    """A piece of work that a program tells of: crews and stages, starts and ends, goods that came, papers posted.

    The same `uid` tells the same once. `kind` is the program's own word for what happened, as `crew_assigned`.
    """

    uid: UUID
    source: Code
    kind: Code
    title: Text
    status: Text | None = None
    planned_at: AwareMoment | None = None
    actual_at: AwareMoment | None = None
    number: Text | None = None
    party_id: Identifier | None = None
    project_id: Identifier | None = None
    importance: Importance = 2

    def telling(self) -> Telling:
        """Give it as the use case takes it."""
        return Telling(**{name: getattr(self, name) for name in Telling.__struct_fields__})


class ProgressBody(Wire, frozen=True, kw_only=True):
    """What changed about a piece of work; what is left out stays as it was."""

    status: Text | None = None
    planned_at: AwareMoment | None = None
    actual_at: AwareMoment | None = None


class SourceBody(Wire, frozen=True, kw_only=True):
    """What a program is called, by language, and whether it is shown and may tell."""

    names: Mapping[str, Text]
    is_on: bool = True


class EntryAnswer(Struct, frozen=True, kw_only=True):
    """A piece of work as it is kept."""

    entry_id: int
    uid: UUID
    source: str
    kind: str
    title: str
    status: str | None
    planned_at: datetime | None
    actual_at: datetime | None
    number: str | None
    party_id: int | None
    project_id: int | None
    importance: Importance

    @classmethod
    def of(cls, entry: Entry) -> "EntryAnswer":
        """Render an entry."""
        names = [name for name in cls.__struct_fields__ if name != "entry_id"]
        return cls(entry_id=entry.id, **{name: getattr(entry, name) for name in names})


class SourceAnswer(Struct, frozen=True):
    """A source of the feed that the caller may read; `names` are those of a program, `is_own` of a module's none."""

    code: str
    is_own: bool
    names: Mapping[str, str]


class SourcesAnswer(Struct, frozen=True):
    """The sources that the caller may read."""

    sources: list[SourceAnswer]


class FeedItem(Struct, frozen=True, kw_only=True):
    """A row of the feed: what happened, and what its record is now. `late_seconds` is by how much it came too late."""

    id: int
    at: datetime
    source: str
    act: str
    actor: str
    record: str
    name: str | None
    status: str | None
    standing: Standing | None
    starts_at: datetime | None
    planned_at: datetime | None
    actual_at: datetime | None
    late_seconds: int | None
    party_id: int | None
    party: str | None
    project_id: int | None
    project: str | None
    importance: Importance


class FeedAnswer(Struct, frozen=True):
    """Rows of the feed, the newest first; `next` is what to give as `after` for those behind.

    `is_cut` says that the look ended before the page was full: few of the last acts fit.
    """

    rows: list[FeedItem]
    next: str | None
    is_cut: bool


def render_row(
    row: FeedRow, source: str, known: Known | None, *, party: str | None, project: str | None, now: datetime
) -> FeedItem:
    """Render a row with what is known of its record."""
    late = None if known is None else known.late_by(now)
    return FeedItem(
        id=row.id,
        at=row.at,
        source=source,
        act=row.act,
        actor=row.actor,
        record=row.record,
        name=None if known is None else known.name,
        status=None if known is None else known.status,
        standing=None if known is None or known.status is None else known.standing,
        starts_at=None if known is None else known.starts_at,
        planned_at=None if known is None else known.planned_at,
        actual_at=None if known is None else known.actual_at,
        late_seconds=None if late is None else int(late.total_seconds()),
        party_id=row.party_id,
        party=party,
        project_id=row.project_id,
        project=project,
        importance=row.importance,
    )


def print_place(place: Moment | None) -> str | None:
    """Say what is to be given as `after`; None at the end."""
    return None if place is None else f"{place.at.isoformat()}_{place.id}"


def render_sources(codes: Mapping[str, frozenset[str]], told: list[ToldSource]) -> SourcesAnswer:
    """Render sources by code."""
    names = {one.code: one.names for one in told}
    return SourcesAnswer([SourceAnswer(code, code not in names, names.get(code, {})) for code in codes])
