"""The refusals of tasks, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    task_not_found, task_part_not_found, task_kind_not_found, task_bulk_not_found
ConflictError    task_bulk_over, task_changed, task_archived, task_kind_changed, task_kind_taken
RefusedError     task_refused, step_refused, cycle_refused, too_many_task_parts

No message holds what was typed: it may speak of a person.
"""

from crm.changes import ChangedMeanwhileError
from loyalty.errors import ConflictError, NotFoundError, RefusedError


class TaskNotFoundError(NotFoundError):
    """No task has the identifier."""

    code = "task_not_found"


class TaskPartNotFoundError(NotFoundError):
    """The task has no such comment, file, document, entry of time or resource."""

    code = "task_part_not_found"


class TaskKindNotFoundError(NotFoundError):
    """No kind of tasks has the code."""

    code = "task_kind_not_found"


class BulkNotFoundError(NotFoundError):
    """Whoever asks did no such act on many tasks."""

    code = "task_bulk_not_found"


class BulkOverError(ConflictError):
    """An act on many tasks that was taken back already, or whose time for that is over."""

    code = "task_bulk_over"


class TaskChangedError(ChangedMeanwhileError):
    """Somebody else changed the same fields meanwhile; `version` is the task's now."""

    code = "task_changed"


class TaskArchivedError(ConflictError):
    """An archived task is taken out of the archive before it is changed."""

    code = "task_archived"


class TaskKindChangedError(ConflictError):
    """Somebody else changed the kind meanwhile."""

    code = "task_kind_changed"


class TaskKindTakenError(ConflictError):
    """Another kind of tasks has the code or the name already."""

    code = "task_kind_taken"


class TaskRefusedError(RefusedError):
    """A field of a task that cannot be kept; `field` says which."""

    code = "task_refused"


class StepRefusedError(RefusedError):
    """The business cycle does not lead from the task's state to the other one, or not for who asks."""

    code = "step_refused"


class CycleRefusedError(RefusedError):
    """A business cycle that tasks could not go through."""

    code = "cycle_refused"


class TooManyTaskPartsError(RefusedError):
    """More comments, files, documents, entries of time or resources than a task has."""

    code = "too_many_task_parts"
