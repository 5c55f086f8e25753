"""What fields, acts and states of projects are called."""

from collections.abc import Mapping

from api.pages.words import Word, mark
from crm.planning.work import Family
from crm.projects.listing import Shown

FIELDS: Mapping[str, str] = {
    "name": mark("Name"),
    "kind": mark("Kind"),
    "party_id": mark("Party"),
    "manager_id": mark("Manager"),
    "starts_on": mark("Begins on"),
    "due_on": mark("Due on"),
    "note": mark("Note"),
    "version": mark("Version"),
}
SHOWN: Mapping[Shown, str] = {
    "open": mark("Open"),
    "closed": mark("Closed"),
    "any": mark("Open and closed"),
    "archived": mark("Archived"),
}
FAMILIES: Mapping[Family, Word] = {
    "task": Word(mark("Tasks"), "ok"),
    "contact": Word(mark("Calls and other contacts"), "talk"),
    "event": Word(mark("Events"), "calendar"),
}
STATES: Mapping[str, Word] = {
    "open": Word(mark("Open"), "play", "frozen"),
    "overdue": Word(mark("Overdue"), "clock", "expired"),
    "closed": Word(mark("Closed"), "ok", "active"),
    "archived": Word(mark("Archived"), "box"),
}
ACTS: Mapping[str, str] = {
    "project.made": mark("Project made"),
    "project.changed": mark("Project changed"),
    "project.closed": mark("Project closed"),
    "project.reopened": mark("Project taken up again"),
    "project.archived": mark("Project archived"),
    "project.restored": mark("Project taken out of the archive"),
    "project.phase_added": mark("Phase added to a project"),
    "project.phase_changed": mark("Phase of a project changed"),
    "project.phase_moved": mark("Phases of a project put into order"),
    "project.phase_closed": mark("Phase of a project closed"),
    "project.phase_reopened": mark("Phase of a project taken up again"),
    "project.phase_removed": mark("Phase of a project removed"),
    "projects.exported": mark("List of projects taken along"),
    "workload.exported": mark("Workload taken along"),
}
"""Acts on projects as the journal shows them."""


def state_word(row: object, *, is_overdue: bool) -> Word:
    """Give the word for how a project or a phase stands."""
    if getattr(row, "archived_at", None) is not None:
        return STATES["archived"]
    if getattr(row, "closed_at", None) is not None:
        return STATES["closed"]
    return STATES["overdue" if is_overdue else "open"]
