"""The refusals of surveys, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    survey_unknown, survey_call_unknown
ConflictError    survey_changed, survey_begun, survey_closed
RefusedError     survey_refused
"""

from loyalty.errors import ConflictError, NotFoundError, RefusedError


class SurveyUnknownError(NotFoundError):
    """No project of the identifier is a survey."""

    code = "survey_unknown"


class SurveyCallUnknownError(NotFoundError):
    """The survey has no such call."""

    code = "survey_call_unknown"


class SurveyChangedError(ConflictError):
    """Somebody else changed the survey meanwhile."""

    code = "survey_changed"


class SurveyBegunError(ConflictError):
    """Questions that somebody answered stay as they were asked."""

    code = "survey_begun"


class SurveyClosedError(ConflictError):
    """The survey's project is closed or archived: nobody is called any more."""

    code = "survey_closed"


class SurveyRefusedError(RefusedError):
    """Questions, a list or answers that cannot be kept so; `field` says which part."""

    code = "survey_refused"
