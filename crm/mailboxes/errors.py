"""The refusals of mailboxes, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    mailbox_unknown
ConflictError    mailbox_changed, mailbox_name_taken
RefusedError     mailbox_refused, mail_key
"""

from loyalty.errors import ConflictError, NotFoundError, RefusedError


class MailboxUnknownError(NotFoundError):
    """No mailbox has the identifier."""

    code = "mailbox_unknown"


class MailboxChangedError(ConflictError):
    """Somebody else changed the mailbox meanwhile."""

    code = "mailbox_changed"


class MailboxNameTakenError(ConflictError):
    """Another mailbox has the name."""

    code = "mailbox_name_taken"


class MailboxRefusedError(RefusedError):
    """A mailbox that cannot be kept so; `field` says which part."""

    code = "mailbox_refused"


class MailKeyError(RefusedError):
    """There is no key for secrets, or it is another one than they were sealed with."""

    code = "mail_key"
