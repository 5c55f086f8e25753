"""The tree of errors of access: one class per reason, each with a stable code.

    AuthError
      NotSignedInError          not_signed_in       nobody, or a token or session that is no longer good (401)
        SignInOverError         sign_in_over        the password was given too long ago for a code to be taken (401)
      NotAllowedError           not_allowed         somebody, but the act is for other roles (403)
        ForgedRequestError      forged_request      a browser's call that does not come from our own page (403)
        SecondFactorWantedError second_factor_wanted  a second factor must be set up before anything else (403)
      TooManySignInsError       too_many_sign_ins   more passwords to check than is sound at once (503)
      TooManyGuessesError       too_many_refused_lookups  so many unknown cards that it looks like guessing (429)
      SecondFactorRefusedError  second_factor_refused  a second factor that cannot be as asked for (422)
      SessionUnknownError       session_unknown     no open session has this identifier (404)
      PolicyChangedError        policy_changed      somebody else changed of whom it is demanded (409)
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
    """A request that is refused for who makes it; `code` is stable, `field` names what is wrong where one is."""

    code: ClassVar[str] = "auth"

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


class NotSignedInError(AuthError):
    """The call shows no access token and no session that are good."""

    code = "not_signed_in"


class NotAllowedError(AuthError):
    """The act is for other roles."""

    code = "not_allowed"


class ForgedRequestError(NotAllowedError):
    """A change asked for by a browser without the proof that our own page asked for it."""

    code = "forged_request"


class SecondFactorWantedError(NotAllowedError):
    """A second factor is demanded of the person, who has none yet."""

    code = "second_factor_wanted"


class TooManySignInsError(AuthError):
    """More passwords wait to be checked than is sound; a later try may do."""

    code = "too_many_sign_ins"
    retry_after_seconds: ClassVar[int] = 5


class TooManyGuessesError(AuthError):
    """So many cards that do not exist were asked for by a till or a person that it looks like guessing."""

    code = "too_many_refused_lookups"

    def __init__(self, detail: str, *, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class SignInOverError(NotSignedInError):
    """The password was given too long ago, or not at all, for a code to be taken."""

    code = "sign_in_over"


class SecondFactorRefusedError(AuthError):
    """A second factor that cannot be set up, checked or taken away as asked for; `field` names what is wrong."""

    code = "second_factor_refused"


class SessionUnknownError(AuthError):
    """No open session of the person has this identifier."""

    code = "session_unknown"


class PolicyChangedError(AuthError):
    """The policy is no longer of the version that was changed; nothing was done."""

    code = "policy_changed"


class EnrolmentRefusedError(AuthError):
    """A code for a till that is wrong, was used, or is over; which of them is not told."""

    code = "enrolment_refused"


class UserRefusedError(AuthError):
    """A user that cannot be made or changed as asked for; `field` names what is wrong."""

    code = "user_refused"


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
