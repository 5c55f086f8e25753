"""What a task is, and what is said of one. Pure.

Key idea: whatever depends on the day or on who looks is computed and never kept: whether a task is overdue, whether it
is incoming, outgoing or personal, what its executor may do next. A task has exactly one executor; others help
(co-executors) or only follow it (watchers).

A priority is 1 (urgent) to 4 (when there is time). Planned and spent time is in whole minutes, resources in millionths
of their unit.
"""

from datetime import datetime
from typing import Final, Literal, TypeAlias

from msgspec import Struct, structs

from crm.tasks.cycles import CLOSED, OPEN, Part, Stage
from crm.tasks.errors import TaskRefusedError

Priority: TypeAlias = Literal[1, 2, 3, 4]
Tab = Literal["incoming", "outgoing", "personal", "watched", "all"]
BulkAct = Literal["assign", "done", "archive"]

MOST_TITLE = 200
MOST_CONTENT = 10_000
MOST_COMMENT = 4_000
MOST_PEOPLE = 50
"""The co-executors of one task, and its watchers."""
MOST_MINUTES = 60 * 24 * 365
WHOLE_PERCENT = 100
PRIORITIES: Final[tuple[Priority, ...]] = (1, 2, 3, 4)
NORMAL: Final[Priority] = 2


class TaskDetails(Struct, frozen=True, kw_only=True):
    """What is said of a task. Kind, department and source are codes; without an executor it is its author's own.

    `remind_minutes` is how long before it is due its people want to be reminded.
    """

    kind: str
    title: str
    content: str | None = None
    executor_id: int | None = None
    department: str | None = None
    priority: Priority = NORMAL
    percent: int = 0
    starts_at: datetime | None = None
    due_at: datetime | None = None
    planned_minutes: int | None = None
    remind_minutes: int | None = None
    party_id: int | None = None
    person_id: int | None = None
    project_id: int | None = None
    phase_id: int | None = None
    source: str | None = None
    co_executors: tuple[int, ...] = ()
    watchers: tuple[int, ...] = ()


class Task(Struct, frozen=True, kw_only=True):
    """A task as it is kept; its version grows with whatever changes about its own fields."""

    id: int
    kind: str
    state: str
    stage: Stage
    state_since: datetime
    title: str
    content: str | None
    author_id: int
    executor_id: int
    department: str | None
    priority: Priority
    percent: int
    starts_at: datetime | None
    due_at: datetime | None
    planned_minutes: int | None
    remind_minutes: int | None
    party_id: int | None
    person_id: int | None
    project_id: int | None
    phase_id: int | None
    source: str | None
    co_executors: tuple[int, ...]
    watchers: tuple[int, ...]
    version: int
    created_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    archived_at: datetime | None

    @property
    def details(self) -> TaskDetails:
        """What is said of it."""
        return TaskDetails(**{name: getattr(self, name) for name in TaskDetails.__struct_fields__})

    @property
    def people(self) -> frozenset[int]:
        """Everybody who has a part in it."""
        return frozenset({self.author_id, self.executor_id, *self.co_executors, *self.watchers})

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether it should have been closed by now."""
        return is_overdue(self.due_at, self.closed_at, now)

    def parts_of(self, user_id: int | None) -> frozenset[Part]:
        """Give the parts that somebody has in it."""
        parts: dict[Part, bool] = {
            "author": user_id == self.author_id,
            "executor": user_id == self.executor_id,
            "co_executor": user_id in self.co_executors,
            "watcher": user_id in self.watchers,
        }
        return frozenset(part for part, has in parts.items() if has)


class Kept(Struct, frozen=True):
    """What a task was before an act on many; `version` is the one that the act gave it."""

    task_id: int
    version: int
    executor_id: int
    state: str
    percent: int
    closed_at: datetime | None


class Bulk(Struct, frozen=True):
    """An act on many tasks: on how many it was done, with what they were before, and how many refused."""

    id: int
    act: BulkAct
    at: datetime
    refused: int
    kept: tuple[Kept, ...]
    undone_at: datetime | None


def is_overdue(due_at: datetime | None, closed_at: datetime | None, now: datetime) -> bool:
    """Tell whether something that is due at a moment, and perhaps closed, is late."""
    return due_at is not None and closed_at is None and due_at < now


def tab_of(task: Task, user_id: int) -> Tab | None:
    """Tell what a task is to somebody: assigned to them by others, by them to others, or by them to themselves."""
    match (task.executor_id == user_id, task.author_id == user_id):
        case (True, False):
            return "incoming"
        case (False, True):
            return "outgoing"
        case (True, True):
            return "personal"
        case _:
            return "watched" if user_id in {*task.co_executors, *task.watchers} else None


def is_closed(stage: Stage) -> bool:
    """Tell whether nothing is left to do in a stage."""
    assert stage in {*OPEN, *CLOSED}, "the stages are a closed set"
    return stage in CLOSED


def check_details(details: TaskDetails, *, is_request: bool) -> TaskDetails:
    """Give what is said of a task as it is kept. Raises TaskRefusedError."""
    title = " ".join(details.title.split())
    if not title or len(title) > MOST_TITLE or not title.isprintable():
        raise TaskRefusedError(f"a task has a title of 1 to {MOST_TITLE} characters that can be printed", field="title")
    content = check_text(details.content or "", "content", most=MOST_CONTENT) or None
    _check_amounts(details)
    if details.source is not None and not is_request:
        raise TaskRefusedError("only a customer's request has a source", field="source")
    if details.phase_id is not None and details.project_id is None:
        raise TaskRefusedError("a phase is a project's: say which", field="project_id")
    if details.person_id is not None and details.party_id is None:
        raise TaskRefusedError("a contact person speaks for a party: say which", field="party_id")
    co_executors = tuple(sorted({*details.co_executors} - {details.executor_id}))
    watchers = tuple(sorted({*details.watchers}))
    for name, people in (("co_executors", co_executors), ("watchers", watchers)):
        if len(people) > MOST_PEOPLE:
            raise TaskRefusedError(f"are at most {MOST_PEOPLE}", field=name)
    return structs.replace(details, title=title, content=content, co_executors=co_executors, watchers=watchers)


def _check_amounts(details: TaskDetails) -> None:
    """Refuse percents, times and spans of time that cannot be. Raises TaskRefusedError."""
    if not 0 <= details.percent <= WHOLE_PERCENT:
        raise TaskRefusedError("is 0 to 100", field="percent")
    if details.starts_at is not None and details.due_at is not None and details.due_at < details.starts_at:
        raise TaskRefusedError("lies before the beginning", field="due_at")
    for name in ("planned_minutes", "remind_minutes"):
        if not 0 <= (getattr(details, name) or 0) <= MOST_MINUTES:
            raise TaskRefusedError(f"is 0 to {MOST_MINUTES:,} minutes", field=name)


def check_text(text: str, field: str, *, most: int) -> str:
    """Give a text of several lines as it is kept. Raises TaskRefusedError."""
    clean = text.replace("\r\n", "\n").strip()
    if len(clean) > most or "\0" in clean:
        raise TaskRefusedError(f"has at most {most:,} characters", field=field)
    return clean
