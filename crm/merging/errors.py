"""Why parties cannot be merged, or a merge not be taken back."""

from collections.abc import Sequence

from loyalty.errors import ConflictError, NotFoundError, RefusedError


class MergeUnknownError(NotFoundError):
    """No merge has the identifier."""

    code = "merge_unknown"


class DuplicateUnknownError(NotFoundError):
    """No such pair was found."""

    code = "duplicate_unknown"


class MergeRefusedError(RefusedError):
    """Two parties that cannot become one: the same one, of two kinds, merged already, archived or erased."""

    code = "merge_refused"


class MergeOutdatedError(ConflictError):
    """One of the two parties is not what was looked at any more."""

    code = "merge_outdated"


class MergeUndoneError(ConflictError):
    """The merge was taken back already."""

    code = "merge_undone"


class MergeNotUndoableError(ConflictError):
    """Later changes stand in the way; `obstacles` says what and where, a text for each."""

    code = "merge_not_undoable"

    def __init__(self, obstacles: Sequence[str]) -> None:
        super().__init__(f"the merge cannot be taken back as a whole: {'; '.join(obstacles)}")
        self.obstacles = tuple(obstacles)
