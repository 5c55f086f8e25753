"""The refusals of mail, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    mail_not_found, mail_file_not_found
ConflictError    mail_changed, mail_state
RefusedError     mail_refused

No message holds an address or what was typed: it may speak of a person.
"""

from loyalty.errors import ConflictError, NotFoundError, RefusedError


class MailNotFoundError(NotFoundError):
    """No message has the identifier."""

    code = "mail_not_found"


class MailFileUnknownError(NotFoundError):
    """The message has no such file."""

    code = "mail_file_not_found"


class MailChangedError(ConflictError):
    """Somebody else changed the draft meanwhile."""

    code = "mail_changed"


class MailStateError(ConflictError):
    """The message's state does not allow the act: what was sent is not changed, what came is not sent."""

    code = "mail_state"


class MailRefusedError(RefusedError):
    """A message that cannot be kept or sent so; `field` says which part."""

    code = "mail_refused"
