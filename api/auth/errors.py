"""The tree of errors of access: one class per reason, each with a stable code.

    AuthError
      NotSignedInError          not_signed_in       nobody, or a token or session that is no longer good (401)
      NotAllowedError           not_allowed         somebody, but the act is for other roles (403)
        ForgedRequestError      forged_request      a browser's call that does not come from our own page (403)
      TooManySignInsError       too_many_sign_ins   more passwords to check than is sound at once (503)
      EnrolmentRefusedError     enrolment_refused   a code for a till that is wrong, used or over (422)
      UserRefusedError          user_refused        a user that cannot be made or changed as asked for (422)
      UserUnknownError          user_unknown        no user has this identifier (404)
      UserChangedError          user_changed        somebody else changed the user meanwhile (409)
      TokenRefusedError         token_refused       an access token that cannot be made as asked for (422)
      TokenUnknownError         token_unknown       no access token or code has this identifier, or it is over (404)

No message tells whether a login exists, and none holds a token or a password.
"""

from typing import ClassVar


class AuthError(Exception):
    """A request that is refused for who makes it; `code` is stable."""

    code: ClassVar[str] = "auth"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotSignedInError(AuthError):
    """The call shows no access token and no session that are good."""

    code = "not_signed_in"


class NotAllowedError(AuthError):
    """The act is for other roles."""

    code = "not_allowed"


class ForgedRequestError(NotAllowedError):
    """A change asked for by a browser without the proof that our own page asked for it."""

    code = "forged_request"


class TooManySignInsError(AuthError):
    """More passwords wait to be checked than is sound; a later try may do."""

    code = "too_many_sign_ins"
    retry_after_seconds: ClassVar[int] = 5


class EnrolmentRefusedError(AuthError):
    """A code for a till that is wrong, was used, or is over; which of them is not told."""

    code = "enrolment_refused"


class UserRefusedError(AuthError):
    """A user that cannot be made or changed as asked for; `field` names what is wrong."""

    code = "user_refused"

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field


class UserUnknownError(AuthError):
    """No user has this identifier."""

    code = "user_unknown"


class UserChangedError(AuthError):
    """The user is no longer of the version that was changed; nothing was done."""

    code = "user_changed"


class TokenRefusedError(AuthError):
    """An access token that cannot be made as asked for."""

    code = "token_refused"


class TokenUnknownError(AuthError):
    """No access token or code for a till has this identifier, or it is over already."""

    code = "token_unknown"
