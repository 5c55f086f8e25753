"""What a project and its phases are, and what is said of them. Pure.

Key idea: a project knows its own words and dates, and nothing of the work in it: tasks and events name their project
and phase. So progress and sums are computed from them (`crm.planning`) and never kept. It is open until it is closed,
and closing it closes nothing in it.
"""

from datetime import date, datetime
from typing import Final

from msgspec import Struct, structs

from crm.projects.errors import ProjectRefusedError

MOST_NAME: Final = 200
MOST_NOTE: Final = 10_000
MOST_PHASES: Final = 100


class ProjectDetails(Struct, frozen=True, kw_only=True):
    """What is said of a project; its kind is a code of the directory `project_kind`."""

    name: str
    kind: str
    party_id: int | None = None
    manager_id: int | None = None
    starts_on: date | None = None
    due_on: date | None = None
    note: str | None = None


class Project(Struct, frozen=True, kw_only=True):
    """A project as it is kept; its version grows with whatever changes about its own fields or its phases."""

    id: int
    name: str
    kind: str
    party_id: int | None
    manager_id: int | None
    starts_on: date | None
    due_on: date | None
    note: str | None
    version: int
    created_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    archived_at: datetime | None

    @property
    def details(self) -> ProjectDetails:
        """What is said of it."""
        return ProjectDetails(**{name: getattr(self, name) for name in ProjectDetails.__struct_fields__})

    def is_overdue(self, today: date) -> bool:
        """Tell whether it should have been closed by now."""
        return is_overdue(self.due_on, self.closed_at, today)


class PhaseDetails(Struct, frozen=True, kw_only=True):
    """What is said of a phase."""

    name: str
    starts_on: date | None = None
    due_on: date | None = None


class Phase(Struct, frozen=True, kw_only=True):
    """A phase of a project as it is kept, in its place among the others."""

    id: int
    project_id: int
    name: str
    position: int
    starts_on: date | None
    due_on: date | None
    closed_at: datetime | None

    @property
    def details(self) -> PhaseDetails:
        """What is said of it."""
        return PhaseDetails(name=self.name, starts_on=self.starts_on, due_on=self.due_on)

    def is_overdue(self, today: date) -> bool:
        """Tell whether it should have been closed by now."""
        return is_overdue(self.due_on, self.closed_at, today)


def is_overdue(due_on: date | None, closed_at: datetime | None, today: date) -> bool:
    """Tell whether something that is due on a day, that day included, and perhaps closed, is late."""
    return due_on is not None and closed_at is None and due_on < today


def check_project(details: ProjectDetails) -> ProjectDetails:
    """Give what is said of a project as it is kept. Raises ProjectRefusedError."""
    note = (details.note or "").replace("\r\n", "\n").strip()
    if len(note) > MOST_NOTE or "\0" in note:
        raise ProjectRefusedError(f"has at most {MOST_NOTE:,} characters", field="note")
    _check_days(details.starts_on, details.due_on)
    return structs.replace(details, name=_check_name(details.name), note=note or None)


def check_phase(details: PhaseDetails) -> PhaseDetails:
    """Give what is said of a phase as it is kept. Raises ProjectRefusedError."""
    _check_days(details.starts_on, details.due_on)
    return structs.replace(details, name=_check_name(details.name))


def _check_name(name: str) -> str:
    clean = " ".join(name.split())
    if not 0 < len(clean) <= MOST_NAME or not clean.isprintable():
        raise ProjectRefusedError(f"has 1 to {MOST_NAME} characters that can be printed", field="name")
    return clean


def _check_days(starts_on: date | None, due_on: date | None) -> None:
    if starts_on is not None and due_on is not None and due_on < starts_on:
        raise ProjectRefusedError("lies before the beginning", field="due_on")
