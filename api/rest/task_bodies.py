"""What is said of tasks over the API, and what is answered. Moments have their offset, people are ids of users."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, structs

from api.rest.bodies import Identifier
from crm.tasks.cycles import Part, Stage, State
from crm.tasks.listing import TaskRow
from crm.tasks.model import MOST_CONTENT, MOST_PEOPLE, NORMAL, Priority, Tab, Task, TaskDetails, tab_of
from pos_adapter.protocol import LongText, Moment, Text, Wire

Version = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Code = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,40}$")]
Percent = Annotated[int, Meta(ge=0, le=100)]
Minutes = Annotated[int, Meta(ge=0, le=525_600)]
People = Annotated[list[Identifier], Meta(max_length=MOST_PEOPLE)]
Content = Annotated[str, Meta(max_length=MOST_CONTENT)]


class TaskBody(Wire, frozen=True, kw_only=True):
    """What is said of a task; kind, department and source are codes. Without an executor it is its author's own."""

    kind: Code
    title: Text
    content: Content | None = None
    executor_id: Identifier | None = None
    department: Code | None = None
    priority: Priority | None = None
    percent: Percent | None = None
    starts_at: Moment | None = None
    due_at: Moment | None = None
    planned_minutes: Minutes | None = None
    remind_minutes: Minutes | None = None
    party_id: Identifier | None = None
    person_id: Identifier | None = None
    project_id: Identifier | None = None
    phase_id: Identifier | None = None
    source: Code | None = None
    co_executors: People | None = None
    watchers: People | None = None

    def read(self) -> TaskDetails:
        """Give it as the use cases take it."""
        given = {name: getattr(self, name) for name in TaskDetails.__struct_fields__}
        people = {name: tuple(given[name] or ()) for name in ("co_executors", "watchers")}
        return TaskDetails(**given | people | {"priority": self.priority or NORMAL, "percent": self.percent or 0})


class NewTask(TaskBody, frozen=True, kw_only=True):
    """A new task. A program says whose it is; `made_from` is a record that gave rise to it, such as `event:5`."""

    author_id: Identifier | None = None
    made_from: Annotated[str, Meta(pattern=r"^[a-z_]{1,40}:[0-9]{1,18}$")] | None = None


class TaskChange(TaskBody, frozen=True, kw_only=True):
    """A task's fields as they are to be, from the version that the caller saw."""

    version: Version


class StepBody(Wire, frozen=True):
    """The state that a task is taken to, by its code, and why."""

    state: Code
    comment: LongText | None = None


class StateAnswer(Struct, frozen=True):
    """A state of a business cycle."""

    state: str
    names: Mapping[str, str]
    stage: Stage


class TaskAnswer(Struct, frozen=True):
    """A task; `next` are the states into which the caller may take it, `tab` and `parts` what it is to them."""

    task_id: int
    kind: str
    state: str
    stage: Stage
    state_since: datetime
    next: list[StateAnswer]
    overdue: bool
    tab: Tab | None
    parts: list[Part]
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


class TaskItem(Struct, frozen=True):
    """A task in a list."""

    task_id: int
    title: str
    kind: str
    state: str
    stage: Stage
    overdue: bool
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


class TasksAnswer(Struct, frozen=True):
    """Tasks; `next` is what to give as `after` for those behind, null at the end."""

    tasks: list[TaskItem]
    next: str | None = None


def render_task(task: Task, steps: list[State], *, user_id: int | None, now: datetime) -> TaskAnswer:
    """Render a task for who asks, with the states into which they may take it."""
    own = {name: getattr(task, name) for name in TaskAnswer.__struct_fields__ if hasattr(task, name)}
    return TaskAnswer(
        **own,
        task_id=task.id,
        next=[render_state(one) for one in steps],
        overdue=task.is_overdue(now),
        tab=None if user_id is None else tab_of(task, user_id),
        parts=sorted(task.parts_of(user_id)),
    )


def render_state(state: State) -> StateAnswer:
    """Render a state."""
    return StateAnswer(state.code, state.names, state.stage)


def render_row(row: TaskRow, *, now: datetime) -> TaskItem:
    """Render a task in a list."""
    own = structs.asdict(row)
    return TaskItem(task_id=own.pop("id"), overdue=row.is_overdue(now), **own)
