"""Why a rule or a notice is refused."""

from loyalty.errors import ConflictError, NotFoundError, RefusedError


class RuleUnknownError(NotFoundError):
    """There is no such rule of notifications."""

    code = "notification_rule_not_found"


class RuleRefusedError(RefusedError):
    """A rule of notifications that says nothing that can be done."""

    code = "notification_rule_refused"


class RuleChangedError(ConflictError):
    """Somebody else changed the rule after it was read."""

    code = "notification_rule_changed"


class NoticeUnknownError(NotFoundError):
    """There is no such notice of the reader's."""

    code = "notice_not_found"
