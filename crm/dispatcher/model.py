"""What a feed shows and by what it is filtered, and when something is late. Pure.

Key idea: a row is an act of the journal; what it is about - its name, its state, what was promised - is read of the
record as it stands now, so that a row never says what is no longer so. The first word of an act tells its source.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct, structs

from database.activity import Importance

Standing = Literal["open", "done", "cancelled"]
Status = Literal["open", "done", "cancelled", "late"]
Group = Literal["day", "kind", "party", "project"]
STATUSES: Final[tuple[Status, ...]] = ("open", "late", "done", "cancelled")
GROUPS: Final[tuple[Group, ...]] = ("day", "kind", "party", "project")


class FeedFilter(Struct, frozen=True, kw_only=True):
    """Which rows a feed shows; None does not limit, `until` is not included.

    `families` are the first words of acts that the reader may see and chose; nothing else is shown. `records` are those
    that were found by words: `task:7`, and `party:3` for all that is about a party.
    """

    families: frozenset[str]
    act: str | None = None
    status: Status | None = None
    importance: Importance | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    project_id: int | None = None
    without_project: bool = False
    party_id: int | None = None
    records: tuple[str, ...] | None = None

    def reading(self, families: frozenset[str]) -> "FeedFilter":
        """Give the same filter for what somebody may read."""
        return structs.replace(self, families=families)


class Moment(Struct, frozen=True):
    """The place of a row in the journal: what stands behind it is older."""

    at: datetime
    id: int


class FeedRow(Struct, frozen=True):
    """An act of the journal as a row of the feed."""

    id: int
    at: datetime
    actor: str
    act: str
    record: str
    card_id: int | None
    party_id: int | None
    data: dict[str, object] | None
    project_id: int | None
    importance: Importance

    @property
    def family(self) -> str:
        """The first word of its act, which tells its source."""
        return self.act.partition(".")[0]

    @property
    def place(self) -> Moment:
        """Where it stands."""
        return Moment(self.at, self.id)


class FeedPage(Struct, frozen=True):
    """Rows, the newest first, and where the older ones begin; None at the end.

    A look ends after so many acts of the journal, also where few of them fit: `is_cut` says so.
    """

    rows: tuple[FeedRow, ...]
    older: Moment | None
    is_cut: bool = False


class Known(Struct, frozen=True, kw_only=True):
    """What a record is now: what people call it, its state as a code or in words by language, and what was promised.

    `status` is None for records that only happen, like receipts; `standing` tells what the state means for lateness.
    """

    record: str
    name: str
    status: str | None = None
    status_names: Mapping[str, str] | None = None
    standing: Standing = "done"
    starts_at: datetime | None = None
    planned_at: datetime | None = None
    actual_at: datetime | None = None
    kind: str | None = None

    def late_by(self, now: datetime) -> timedelta | None:
        """Tell by how much it came late, or is late now; None where it is not, or nothing was promised."""
        return late_by(self.planned_at, self.actual_at, standing=self.standing, now=now)


def late_by(
    planned_at: datetime | None, actual_at: datetime | None, *, standing: Standing, now: datetime
) -> timedelta | None:
    """Tell by how much something came after what was planned; what has not come is measured by the clock.

    What was cancelled is not late, nor what is done without a word of when.
    """
    if planned_at is None or standing == "cancelled" or (standing == "done" and actual_at is None):
        return None
    late = (actual_at or now) - planned_at
    return late if late > timedelta(0) else None
