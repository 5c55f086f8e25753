"""The refusals of projects, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    project_not_found, phase_not_found
ConflictError    project_changed, project_archived, phase_in_use
RefusedError     project_refused, too_many_phases

No message holds what was typed: it may speak of a person.
"""

from crm.changes import ChangedMeanwhileError
from loyalty.errors import ConflictError, NotFoundError, RefusedError


class ProjectNotFoundError(NotFoundError):
    """No project has the identifier."""

    code = "project_not_found"


class PhaseNotFoundError(NotFoundError):
    """The project has no such phase."""

    code = "phase_not_found"


class ProjectChangedError(ChangedMeanwhileError):
    """Somebody else changed the same fields meanwhile; `version` is the project's now."""

    code = "project_changed"


class ProjectArchivedError(ConflictError):
    """An archived project is taken out of the archive before it is changed."""

    code = "project_archived"


class PhaseInUseError(ConflictError):
    """A phase that has tasks or events is closed, never removed."""

    code = "phase_in_use"


class ProjectRefusedError(RefusedError):
    """A field of a project or a phase that cannot be kept; `field` says which."""

    code = "project_refused"


class TooManyPhasesError(RefusedError):
    """More phases than a project has."""

    code = "too_many_phases"
