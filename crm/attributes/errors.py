"""The refusals of attributes, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    attribute_unknown, record_unknown
ConflictError    attribute_taken, attribute_changed, values_changed
RefusedError     attribute_refused, attribute_value_refused, filter_refused
"""

from loyalty.errors import ConflictError, NotFoundError, RefusedError


class AttributeUnknownError(NotFoundError):
    """No attribute has the identifier or the code."""

    code = "attribute_unknown"


class RecordUnknownError(NotFoundError):
    """No record of the directory has the identifier, so nothing can be said of it."""

    code = "record_unknown"


class AttributeTakenError(ConflictError):
    """Another attribute of the set, or another of its choices, has the code or a name already."""

    code = "attribute_taken"


class AttributeChangedError(ConflictError):
    """Somebody else changed the definition meanwhile."""

    code = "attribute_changed"


class ValuesChangedError(ConflictError):
    """Somebody else changed a value meanwhile; `field` is the code of its attribute."""

    code = "values_changed"


class AttributeRefusedError(RefusedError):
    """A definition that contradicts itself or a limit."""

    code = "attribute_refused"


class AttributeValueRefusedError(RefusedError):
    """A value that is none of its attribute's kind; `field` is the code of the attribute."""

    code = "attribute_value_refused"


class FilterRefusedError(RefusedError):
    """An operator that a kind does not have, or operands that do not fit it."""

    code = "filter_refused"
