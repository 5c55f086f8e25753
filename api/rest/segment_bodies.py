"""Segments and scores on the wire. Conditions are a tree: `all`, `any` and `not` around filters of the list of parties.

`{"is": "all", "of": [{"is": "filter", "field": "city", "operator": "is", "operands": ["Sofia"]}]}` are those of Sofia.
"""

from datetime import date, datetime

from msgspec import Struct

from crm.scores.model import Scores
from crm.segments.model import Segment, SegmentDetails
from crm.views.trees import Tree
from loyalty.money import Scale
from pos_adapter.protocol import LongText, Text, Wire


class SegmentBody(Wire, frozen=True, kw_only=True):
    """What is said of a segment."""

    name: Text
    definition: Tree
    note: LongText | None = None

    def read(self) -> SegmentDetails:
        """Give what is said as a value."""
        return SegmentDetails(self.name, self.definition, self.note)


class SegmentChange(SegmentBody, frozen=True, kw_only=True):
    """What is said of a segment anew, by who saw it at a version."""

    version: int


class Conditions(Wire, frozen=True):
    """Conditions to be counted without being kept."""

    definition: Tree


class SegmentAnswer(Struct, frozen=True):
    """A segment."""

    segment_id: int
    name: str
    note: str | None
    definition: Tree
    version: int
    created_at: datetime
    changed_at: datetime
    archived_at: datetime | None


class SegmentsAnswer(Struct, frozen=True):
    """Segments by name."""

    segments: list[SegmentAnswer]


class CountAnswer(Struct, frozen=True):
    """How many parties there are now."""

    count: int


class MemberItem(Struct, frozen=True):
    """A party that is in a segment now."""

    party_id: int
    name: str


class MembersAnswer(Struct, frozen=True):
    """Parties by identifier; `next` is what to give as `after` for those behind."""

    parties: list[MemberItem]
    next: str | None


class CellItem(Struct, frozen=True):
    """The parties of a class by recency and frequency, 5 being the best, and their turnover of the year."""

    recency: int
    frequency: int
    parties: int
    turnover: str


class ScoresAnswer(Struct, frozen=True):
    """Parties by class; a class of nobody is left out. `scored_on` is null where nobody was ever scored."""

    scored_on: date | None
    classes: list[CellItem]


def render_segment(one: Segment) -> SegmentAnswer:
    """Render a segment."""
    dates = one.created_at, one.changed_at, one.archived_at
    return SegmentAnswer(one.id, one.name, one.note, one.definition, one.version, *dates)


def render_scores(scores: Scores, money: Scale) -> ScoresAnswer:
    """Render scores, the most recent and most frequent first."""
    cells = sorted(scores.cells, key=lambda one: (-one.recency, -one.frequency))
    items = [CellItem(one.recency, one.frequency, one.parties, money.format(one.turnover)) for one in cells]
    return ScoresAnswer(scores.scored_on, items)
