"""The refusals of letters and their kinds, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    letter_not_found, letter_file_not_found, letter_kind_not_found
ConflictError    letter_changed, letter_archived, letter_number_taken, letter_kind_taken, letter_kind_changed
RefusedError     letter_refused, letter_date_refused, letter_kind_refused

No message holds what was typed: it may speak of a person.
"""

from crm.changes import ChangedMeanwhileError
from loyalty.errors import ConflictError, NotFoundError, RefusedError


class LetterNotFoundError(NotFoundError):
    """No letter has the identifier."""

    code = "letter_not_found"


class LetterFileUnknownError(NotFoundError):
    """The letter has no such file."""

    code = "letter_file_not_found"


class LetterKindUnknownError(NotFoundError):
    """There is no kind of letters of this code."""

    code = "letter_kind_not_found"


class LetterChangedError(ChangedMeanwhileError):
    """Somebody else changed the same fields meanwhile; `version` is the letter's now."""

    code = "letter_changed"


class LetterArchivedError(ConflictError):
    """An archived letter is taken out of the archive before it is changed."""

    code = "letter_archived"


class LetterNumberTakenError(ConflictError):
    """Another letter of the same flow has the number."""

    code = "letter_number_taken"


class LetterKindTakenError(ConflictError):
    """Another kind of letters has the code."""

    code = "letter_kind_taken"


class LetterKindChangedError(ConflictError):
    """Somebody else changed the kind meanwhile."""

    code = "letter_kind_changed"


class LetterRefusedError(RefusedError):
    """A field of a letter that cannot be kept; `field` says which."""

    code = "letter_refused"


class LetterDateRefusedError(RefusedError):
    """A letter is registered today; another day is for those who may say so."""

    code = "letter_date_refused"


class LetterKindRefusedError(RefusedError):
    """A kind that cannot be kept or chosen: archived, too deep in the tree, or below itself."""

    code = "letter_kind_refused"
