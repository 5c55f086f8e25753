"""What is said of projects and their phases over the API, and what is answered."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct, structs

from api.rest.bodies import Identifier
from api.rest.task_bodies import Code, Content, Version
from crm.planning.work import Family, Figures, Progress, Work
from crm.projects.listing import ProjectRow
from crm.projects.model import MOST_PHASES, Phase, PhaseDetails, Project, ProjectDetails
from crm.tasks.cycles import Stage
from database.keyset import Place
from loyalty.money import QUANTITY
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Text, Wire

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
Step = Annotated[int, Meta(ge=-MOST_PHASES, le=MOST_PHASES)]


class ProjectBody(Wire, frozen=True, kw_only=True):
    """What is said of a project; its kind is a code of the directory `project_kind`."""

    name: Text
    kind: Code
    party_id: Identifier | None = None
    manager_id: Identifier | None = None
    starts_on: date | None = None
    due_on: date | None = None
    note: Content | None = None

    def read(self) -> ProjectDetails:
        """Give it as the use cases take it."""
        return ProjectDetails(**{name: getattr(self, name) for name in ProjectDetails.__struct_fields__})


class ProjectChange(ProjectBody, frozen=True, kw_only=True):
    """A project's fields as they are to be, from the version that the caller saw."""

    version: Version


class PhaseBody(Wire, frozen=True, kw_only=True):
    """What is said of a phase."""

    name: Text
    starts_on: date | None = None
    due_on: date | None = None

    def read(self) -> PhaseDetails:
        """Give it as the use cases take it."""
        return PhaseDetails(name=self.name, starts_on=self.starts_on, due_on=self.due_on)


class PhaseChange(PhaseBody, frozen=True, kw_only=True):
    """A phase as it is to be, from the version of the project that the caller saw."""

    version: Version


class PhaseMove(Wire, frozen=True):
    """How many places a phase goes down among the others, up if negative."""

    step: Step


class PhaseAnswer(Struct, frozen=True):
    """A phase in its place, with how far its tasks are."""

    phase_id: int
    name: str
    starts_on: date | None
    due_on: date | None
    closed_at: datetime | None
    overdue: bool
    progress: Progress


class ResourceAnswer(Struct, frozen=True):
    """What all tasks of a project take of something."""

    name: str
    unit: str
    planned: str
    actual: str


class ProjectAnswer(Struct, frozen=True):
    """A project with how far it is; `progress` counts its tasks without the dropped ones, minutes are of its tasks."""

    project_id: int
    name: str
    kind: str
    party_id: int | None
    manager_id: int | None
    starts_on: date | None
    due_on: date | None
    note: str | None
    overdue: bool
    progress: Progress
    planned_minutes: int
    spent_minutes: int
    resources: list[ResourceAnswer]
    phases: list[PhaseAnswer]
    version: int
    created_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    archived_at: datetime | None


class ProjectItem(Struct, frozen=True):
    """A project in a list."""

    project_id: int
    name: str
    kind: str
    party_id: int | None
    manager_id: int | None
    starts_on: date | None
    due_on: date | None
    overdue: bool
    progress: Progress
    changed_at: datetime
    closed_at: datetime | None
    archived_at: datetime | None


class ProjectsAnswer(Struct, frozen=True):
    """Projects; `next` is what to give as `after` for those behind, null at the end."""

    projects: list[ProjectItem]
    next: str | None


class WorkItem(Struct, frozen=True):
    """A task or an event of a project; `state` is one of the task's kind, or planned, held, completed, cancelled."""

    record: str
    family: Family
    at: datetime
    kind: str
    title: str
    party_id: int | None
    party: str | None
    person: str | None
    phase_id: int | None
    state: str
    state_names: Mapping[str, str] | None
    stage: Stage | None
    percent: int | None
    overdue: bool


class WorkAnswer(Struct, frozen=True):
    """Tasks, contacts and events, the latest first; `next` is what to give as `after` for those behind."""

    work: list[WorkItem]
    next: str | None


def render_project(project: Project, phases: list[Phase], figures: Figures, *, today: date) -> ProjectAnswer:
    """Render a project with its phases and figures."""
    return ProjectAnswer(
        **structs.asdict(project.details),
        project_id=project.id,
        overdue=project.is_overdue(today),
        progress=figures.whole,
        planned_minutes=figures.labour.planned,
        spent_minutes=figures.labour.spent,
        resources=[
            ResourceAnswer(one.name, one.unit, QUANTITY.format(one.planned), QUANTITY.format(one.actual))
            for one in figures.resources
        ],
        phases=[_render_phase(one, figures, today=today) for one in phases],
        version=project.version,
        created_at=project.created_at,
        changed_at=project.changed_at,
        closed_at=project.closed_at,
        archived_at=project.archived_at,
    )


def render_row(row: ProjectRow, progress: Progress, *, today: date) -> ProjectItem:
    """Render a project in a list."""
    own = {name: getattr(row, name) for name in ProjectItem.__struct_fields__ if hasattr(row, name)}
    return ProjectItem(project_id=row.id, overdue=row.is_overdue(today), progress=progress, **own)


def render_work(row: Work, *, now: datetime) -> WorkItem:
    """Render a task or an event of a project."""
    return WorkItem(
        record=f"{'task' if row.family == 'task' else 'event'}:{row.id}",
        family=row.family,
        at=row.at,
        kind=row.kind,
        title=row.title,
        party_id=row.party_id,
        party=row.party,
        person=row.person,
        phase_id=row.phase_id,
        state=row.state or row.event_state(now),
        state_names=row.state_names,
        stage=row.stage,
        percent=row.percent,
        overdue=row.is_overdue(now),
    )


def read_work_place(after: str | None) -> Place | None:
    """Read where a page of work begins. Raises BodyError for what no page gave."""
    if after is None:
        return None
    moment, _, rest = after.partition(".")
    try:
        source, number = rest.split(".")
        return Place((EPOCH + int(moment) * MICROSECOND, int(source), int(number)))
    except (ValueError, OverflowError):
        raise BodyError("after", "must be the `next` of the page before") from None


def write_work_place(place: Place | None) -> str | None:
    """Write where the page behind begins, as `read_work_place` reads it; None at the end."""
    if place is None:
        return None
    moment, source, number = place.key
    assert isinstance(moment, datetime), "work is ordered by moments"
    return f"{(moment - EPOCH) // MICROSECOND}.{source}.{number}"


def _render_phase(phase: Phase, figures: Figures, *, today: date) -> PhaseAnswer:
    return PhaseAnswer(
        phase.id,
        phase.name,
        phase.starts_on,
        phase.due_on,
        phase.closed_at,
        overdue=phase.is_overdue(today),
        progress=figures.phases.get(phase.id, Progress()),
    )
