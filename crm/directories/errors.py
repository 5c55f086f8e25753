"""The refusals of directories, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    entry_unknown
ConflictError    entry_taken, entry_changed, entry_in_use
RefusedError     entry_refused
"""

from loyalty.errors import ConflictError, NotFoundError, RefusedError


class EntryUnknownError(NotFoundError):
    """The directory has no entry of this code."""

    code = "entry_unknown"


class EntryTakenError(ConflictError):
    """Another entry of the directory has the code or a name already."""

    code = "entry_taken"


class EntryChangedError(ConflictError):
    """Somebody else changed the entry meanwhile."""

    code = "entry_changed"


class EntryInUseError(ConflictError):
    """What a party has is archived and not deleted."""

    code = "entry_in_use"


class EntryRefusedError(RefusedError):
    """An entry that cannot be kept or chosen: without a name, archived, or none of its directory."""

    code = "entry_refused"
