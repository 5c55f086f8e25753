"""The refusals of reports, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    report_unknown, report_letter_unknown
RefusedError     report_refused, too_many_report_letters
"""

from loyalty.errors import NotFoundError, RefusedError


class ReportUnknownError(NotFoundError):
    """No report has the name."""

    code = "report_unknown"


class ReportLetterUnknownError(NotFoundError):
    """Nobody, or somebody else, is sent the report."""

    code = "report_letter_unknown"


class ReportRefusedError(RefusedError):
    """A period, a grouping or a condition that cannot be counted; `field` says which, and nothing of what was typed."""

    code = "report_refused"


class TooManyLettersError(RefusedError):
    """Somebody has as many reports sent as one may have."""

    code = "too_many_report_letters"
