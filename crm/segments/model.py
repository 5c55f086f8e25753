"""A segment as pure data: a name and a tree of conditions; who is in it is nowhere kept.

The tree itself is `crm.views.trees`, for lists ask the same. Here stands what is said of one, and its bounds.
"""

from datetime import datetime

from msgspec import Struct

from crm.segments.errors import SegmentRefusedError
from crm.views.trees import Tree

MOST_SEGMENTS = 500
MOST_NAME = 100
MOST_NOTE = 2_000


class Segment(Struct, frozen=True, kw_only=True):
    """A segment; each change makes its next version."""

    id: int
    name: str
    definition: Tree
    note: str | None
    version: int
    created_at: datetime
    changed_at: datetime
    archived_at: datetime | None


class SegmentDetails(Struct, frozen=True):
    """What a person says of a segment."""

    name: str
    definition: Tree
    note: str | None = None


def check_details(details: SegmentDetails) -> SegmentDetails:
    """Give what is said of a segment as it is kept: blanks taken out. Raises SegmentRefusedError."""
    name, note = " ".join(details.name.split()), (details.note or "").strip()
    if not 0 < len(name) <= MOST_NAME or not name.isprintable():
        raise SegmentRefusedError(f"a segment has a name of 1 to {MOST_NAME} characters", field="name")
    if len(note) > MOST_NOTE or "\0" in note:
        raise SegmentRefusedError(f"a note has at most {MOST_NOTE} characters", field="note")
    return SegmentDetails(name, details.definition, note or None)
