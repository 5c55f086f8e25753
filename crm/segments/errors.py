"""The refusals of segments, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    segment_not_found
ConflictError    segment_changed, segment_name_taken, segment_archived
RefusedError     segment_refused

No message holds what was typed: it may speak of a person.
"""

from loyalty.errors import ConflictError, NotFoundError, RefusedError


class SegmentNotFoundError(NotFoundError):
    """No segment has the identifier."""

    code = "segment_not_found"


class SegmentChangedError(ConflictError):
    """Somebody else changed the segment meanwhile."""

    code = "segment_changed"


class SegmentNameTakenError(ConflictError):
    """Another segment has the name, perhaps an archived one."""

    code = "segment_name_taken"


class SegmentArchivedError(ConflictError):
    """An archived segment is taken out of the archive before it is changed."""

    code = "segment_archived"


class SegmentRefusedError(RefusedError):
    """A name, a note or conditions that cannot be kept; `field` says which."""

    code = "segment_refused"
