"""The refusals of consent, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    mailing_kind_unknown, link_unknown
ConflictError    mailing_kind_changed, mailing_kind_taken, consent_setting_changed
RefusedError     mailing_kind_refused, consent_refused, link_expired, too_many_requests
"""

from loyalty.errors import ConflictError, NotFoundError, RefusedError


class MailingKindUnknownError(NotFoundError):
    """No kind of mailings has the identifier."""

    code = "mailing_kind_unknown"


class MailingKindChangedError(ConflictError):
    """Somebody else changed the kind of mailings meanwhile."""

    code = "mailing_kind_changed"


class MailingKindTakenError(ConflictError):
    """Another kind of mailings has the code."""

    code = "mailing_kind_taken"


class MailingKindRefusedError(RefusedError):
    """A kind of mailings that cannot be kept so."""

    code = "mailing_kind_refused"


class LinkUnknownError(NotFoundError):
    """A link from a letter is not whole, or was never given out."""

    code = "link_unknown"


class LinkExpiredError(RefusedError):
    """A link to confirm by was not followed in time."""

    code = "link_expired"


class ConsentRefusedError(RefusedError):
    """Somebody cannot be asked, or an act of consent is not whole."""

    code = "consent_refused"


class ConsentSettingChangedError(ConflictError):
    """Somebody else changed how consent is asked for."""

    code = "consent_setting_changed"


class TooManyRequestsError(RefusedError):
    """One sender asks for more letters than a person would."""

    code = "too_many_requests"
