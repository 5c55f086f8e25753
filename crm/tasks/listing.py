"""Lists of tasks: which ones, in which order, and what a row shows. Pure.

Key idea: a list is ordered by a unique key and read from just beyond a key, so that the last page costs as much as the
first. What a task is to the viewer is a condition like any other. Tabs are counted up to `MOST_COUNTED` and no further.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, Literal

from msgspec import Struct

from crm.tasks.cycles import Stage
from crm.tasks.model import PRIORITIES, Priority, Tab, is_overdue
from database.identifiers import MOST_ID

Shown = Stage | Literal["open", "closed", "any"]
Sort = Literal["priority", "due", "changed"]
KeyValue = int | datetime | None

PAGE_ROWS = 50
MOST_COUNTED = 1_000
MOST_WORDS = 10
SORTS: Final[Mapping[Sort, tuple[str, ...]]] = {
    "priority": ("priority", "due_at", "id"),
    "due": ("due_at", "id"),
    "changed": ("changed_at", "id"),
}
"""The key of each order; a task without a due time stands behind those with one."""
FALLING: Final[frozenset[Sort]] = frozenset({"changed"})
_WORD: Final = re.compile(r"\w+")


class PlaceError(ValueError):
    """Where a page begins that no page gave."""


class TaskFilter(Struct, frozen=True, kw_only=True):
    """Which tasks a list shows; None does not limit. `viewer_id` is whose tabs they are, and who has not seen them.

    Kind, state, department and source are codes; `record` is a document that is tied to them, as the journal names it.
    """

    tab: Tab = "all"
    viewer_id: int | None = None
    shown: Shown = "open"
    kind: str | None = None
    state: str | None = None
    executor_id: int | None = None
    author_id: int | None = None
    department: str | None = None
    party_id: int | None = None
    project_id: int | None = None
    phase_id: int | None = None
    priority: Priority | None = None
    source: str | None = None
    is_request: bool = False
    is_overdue: bool = False
    is_unseen: bool = False
    due_since: datetime | None = None
    due_before: datetime | None = None
    words: str | None = None
    record: str | None = None

    @property
    def tsquery(self) -> str | None:
        """Its words as a query of `to_tsquery`: each of them begins a word."""
        found = _WORD.findall((self.words or "").casefold())[:MOST_WORDS]
        return " & ".join(f"{word}:*" for word in found) or None


class TaskRow(Struct, frozen=True):
    """A task in a list."""

    id: int
    title: str
    kind: str
    state: str
    stage: Stage
    priority: Priority
    percent: int
    starts_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    author_id: int
    executor_id: int
    department: str | None
    party_id: int | None
    project_id: int | None
    phase_id: int | None
    source: str | None
    planned_minutes: int | None
    changed_at: datetime

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether it should have been closed by now."""
        return is_overdue(self.due_at, self.closed_at, now)


class TaskPlace(Struct, frozen=True):
    """Where a page begins: just beyond a key of the list's order, onwards or back."""

    key: tuple[KeyValue, ...]
    is_back: bool = False


class TaskPage(Struct, frozen=True):
    """Rows and the places of the neighbouring pages; None at the ends of the list."""

    rows: tuple[TaskRow, ...]
    back: TaskPlace | None
    on: TaskPlace | None


class TabCounts(Struct, frozen=True):
    """How many open tasks each tab of a viewer has, at most one more than `MOST_COUNTED`."""

    incoming: int
    outgoing: int
    personal: int
    watched: int
    all: int


def key_of(row: TaskRow, sort: Sort) -> tuple[KeyValue, ...]:
    """Give the key of a row in an order."""
    return tuple(getattr(row, name) for name in SORTS[sort])


def print_place(place: TaskPlace) -> str:
    """Write a place as it stands in an address: `2~2026-11-22T10:00:00+00:00~17`."""
    return "~".join(_print(value) for value in place.key)


def parse_place(text: str, sort: Sort, *, is_back: bool = False) -> TaskPlace:
    """Read a place in an order. Raises PlaceError."""
    try:
        pairs = zip(SORTS[sort], text.split("~"), strict=True)
        return TaskPlace(tuple(_READERS[name](part) for name, part in pairs), is_back)
    except (ValueError, KeyError) as error:
        raise PlaceError("the page of the list cannot be read") from error


def _print(value: KeyValue) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return "" if value is None else str(value)


def _read_id(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_ID)) else 0
    if not 0 < number <= MOST_ID:
        raise ValueError("no identifier")
    return number


def _read_priority(text: str) -> int:
    return {str(one): one for one in PRIORITIES}[text]


def _read_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its offset")
    return moment


_READERS: Mapping[str, Callable[[str], KeyValue]] = {
    "id": _read_id,
    "priority": _read_priority,
    "due_at": lambda text: _read_moment(text) if text else None,
    "changed_at": _read_moment,
}
