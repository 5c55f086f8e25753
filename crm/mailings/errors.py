"""The refusals of mailings, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    mailing_unknown, template_unknown
ConflictError    mailing_changed, mailing_state, template_changed, template_name_taken
RefusedError     mailing_refused, content_refused, template_refused
"""

from loyalty.errors import ConflictError, NotFoundError, RefusedError


class MailingUnknownError(NotFoundError):
    """No mailing has the identifier."""

    code = "mailing_unknown"


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


class TemplateUnknownError(NotFoundError):
    """No template has the identifier."""

    code = "template_unknown"


class TemplateChangedError(ConflictError):
    """Somebody else changed the template meanwhile."""

    code = "template_changed"


class TemplateNameTakenError(ConflictError):
    """Another template has the name, perhaps one in the archive."""

    code = "template_name_taken"


class TemplateRefusedError(RefusedError):
    """A template that cannot be kept so; `field` says which part."""

    code = "template_refused"
