"""What is known of a project from its tasks and events: progress, sums, one list, documents. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, Literal, get_args

from msgspec import Struct

from crm.events.model import State, state_at
from crm.events.repository.kin import Kin
from crm.tasks.cycles import Stage
from crm.tasks.model import is_overdue

Family = Literal["task", "contact", "event"]

FAMILIES: Final[tuple[Family, ...]] = get_args(Family)


class Progress(Struct, frozen=True):
    """How many tasks there are without the dropped ones, how many are done, how many late."""

    total: int = 0
    done: int = 0
    overdue: int = 0


class Labour(Struct, frozen=True):
    """Time of the tasks of a project, planned and spent, in minutes."""

    planned: int = 0
    spent: int = 0


class ResourceSum(Struct, frozen=True):
    """What all tasks of a project take of something, in millionths of its unit."""

    name: str
    unit: str
    planned: int
    actual: int

    @property
    def difference(self) -> int:
        """How much more was taken than was planned; negative where it was less."""
        return self.actual - self.planned


class Work(Struct, frozen=True, kw_only=True):
    """A task or an event of a project: `at` is when a task is due and an event begins, else what else is known of when.

    A task has a state of its kind with a stage; an event is completed, cancelled, or what the clock says.
    """

    family: Family
    id: int
    at: datetime
    kind: str
    kind_names: Mapping[str, str]
    title: str
    party_id: int | None
    party: str | None
    person: str | None
    phase_id: int | None
    percent: int | None
    due_at: datetime | None
    ends_at: datetime | None
    closed_at: datetime | None
    cancelled_at: datetime | None
    state: str | None
    state_names: Mapping[str, str] | None
    stage: Stage | None

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether a task should have been closed by now."""
        return is_overdue(self.due_at, self.closed_at, now)

    def event_state(self, now: datetime) -> State:
        """Tell the state an event stands in at a moment."""
        return state_at(
            now,
            is_contact=self.family == "contact",
            is_completed=self.closed_at is not None,
            is_cancelled=self.cancelled_at is not None,
            over_at=self.ends_at,
        )


class Figures(Struct, frozen=True):
    """What a project comes to; `phases` by identifier, None being what is in no phase."""

    whole: Progress
    phases: Mapping[int | None, Progress]
    labour: Labour
    resources: Sequence[ResourceSum]


class ProjectDocument(Struct, frozen=True):
    """A document of a project: what is known of it, and its first task or event by name in the journal."""

    kin: Kin
    of: str

    @property
    def on(self) -> date | None:
        """The day it bears."""
        return self.kin.on
