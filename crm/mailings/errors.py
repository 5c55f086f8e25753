"""The refusals of mailings, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    mailing_unknown, mailing_kind_unknown
ConflictError    mailing_changed, mailing_state
RefusedError     mailing_refused, content_refused
"""

from loyalty.errors import ConflictError, NotFoundError, RefusedError


class MailingUnknownError(NotFoundError):
    """No mailing has the identifier."""

    code = "mailing_unknown"


class MailingKindUnknownError(NotFoundError):
    """No kind of mailing has the identifier."""

    code = "mailing_kind_unknown"


class MailingChangedError(ConflictError):
    """Somebody else changed the mailing meanwhile."""

    code = "mailing_changed"


class MailingStateError(ConflictError):
    """The mailing's state does not allow the act: what is being sent is not changed."""

    code = "mailing_state"


class MailingRefusedError(RefusedError):
    """A mailing that cannot be kept or sent so; `field` says which part."""

    code = "mailing_refused"


class ContentRefusedError(RefusedError):
    """A text that cannot be filled; `field` says which, the detail has the line."""

    code = "content_refused"
