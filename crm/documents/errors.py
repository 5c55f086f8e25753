"""The refusals of business documents, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    business_document_unknown
ConflictError    business_document_changed, business_number_taken
RefusedError     business_document_refused, business_step_refused, business_parent_refused
"""

from loyalty.errors import ConflictError, NotFoundError, RefusedError


class BusinessDocumentUnknownError(NotFoundError):
    """No business document has the identifier."""

    code = "business_document_unknown"


class BusinessDocumentChangedError(ConflictError):
    """Somebody else changed the document meanwhile."""

    code = "business_document_changed"


class BusinessNumberTakenError(ConflictError):
    """Another document of the kind has the number."""

    code = "business_number_taken"


class BusinessDocumentRefusedError(RefusedError):
    """A document that contradicts its kind or a limit; `field` says which part."""

    code = "business_document_refused"


class BusinessStepRefusedError(RefusedError):
    """A document in its status cannot be changed so, or take the step."""

    code = "business_step_refused"


class BusinessParentRefusedError(RefusedError):
    """A document that cannot stand under another: of another party, cancelled, or under itself."""

    code = "business_parent_refused"
