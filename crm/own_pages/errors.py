"""The refusals of own pages, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    own_page_unknown
RefusedError     own_page_refused, own_page_asked_enough
"""

from loyalty.errors import NotFoundError, RefusedError


class OwnPageUnknownError(NotFoundError):
    """A party has no link to a page of its own, or a token opens none: why is told to nobody."""

    code = "own_page_unknown"


class OwnPageRefusedError(RefusedError):
    """A link cannot be sent, or what was written on a page cannot be kept."""

    code = "own_page_refused"


class AskedEnoughError(RefusedError):
    """A page has asked for as many corrections as a day may bring."""

    code = "own_page_asked_enough"
