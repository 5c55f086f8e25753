"""The refusals of views, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    view_unknown
ConflictError    view_taken
RefusedError     view_refused
"""

from loyalty.errors import ConflictError, NotFoundError, RefusedError


class ViewUnknownError(NotFoundError):
    """No saved view of this person has the identifier."""

    code = "view_unknown"


class ViewTakenError(ConflictError):
    """The person has a view of this name already."""

    code = "view_taken"


class ViewRefusedError(RefusedError):
    """A view that cannot be kept or changed by: its name, or its filters."""

    code = "view_refused"
