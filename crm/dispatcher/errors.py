"""The refusals of the feed, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    feed_row_not_found, feed_entry_not_found
ConflictError    feed_entry_conflict
RefusedError     feed_source_unknown, feed_source_refused, feed_entry_refused
"""

from loyalty.errors import ConflictError, NotFoundError, RefusedError


class FeedRowNotFoundError(NotFoundError):
    """The journal has no such row, or none that the reader may see."""

    code = "feed_row_not_found"


class FeedEntryNotFoundError(NotFoundError):
    """No program told anything under the UUID."""

    code = "feed_entry_not_found"


class FeedEntryConflictError(ConflictError):
    """Something else was told under the same UUID."""

    code = "feed_entry_conflict"


class FeedSourceUnknownError(RefusedError):
    """No such source was registered, or it is switched off."""

    code = "feed_source_unknown"


class FeedSourceRefusedError(RefusedError):
    """A source cannot be called so: its code is a module's of this service, or it has no name."""

    code = "feed_source_refused"


class FeedEntryRefusedError(RefusedError):
    """What was told is about a party or project that is not there, or has no title."""

    code = "feed_entry_refused"
