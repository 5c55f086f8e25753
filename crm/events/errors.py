"""The refusals of events, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    event_unknown, event_kind_unknown, event_file_unknown
ConflictError    event_changed, event_kind_changed, event_kind_taken
RefusedError     event_refused, event_step_refused, event_kind_refused, event_kind_not_yours, event_rule_refused
"""

from crm.changes import ChangedMeanwhileError
from loyalty.errors import ConflictError, NotFoundError, RefusedError


class EventUnknownError(NotFoundError):
    """No event has the identifier."""

    code = "event_unknown"


class EventKindUnknownError(NotFoundError):
    """No kind of events has the code."""

    code = "event_kind_unknown"


class EventFileUnknownError(NotFoundError):
    """The event has no such file."""

    code = "event_file_unknown"


class EventChangedError(ChangedMeanwhileError):
    """Somebody else changed the event meanwhile; `version` is the event's now."""

    code = "event_changed"


class EventKindChangedError(ConflictError):
    """Somebody else changed the kind meanwhile."""

    code = "event_kind_changed"


class EventKindTakenError(ConflictError):
    """Another kind has the code."""

    code = "event_kind_taken"


class EventRefusedError(RefusedError):
    """An event that contradicts its kind, its times or a limit; `field` says which part."""

    code = "event_refused"


class EventStepRefusedError(RefusedError):
    """An event in its state cannot take the step."""

    code = "event_step_refused"


class EventKindRefusedError(RefusedError):
    """A kind that cannot be kept so; `field` says which part."""

    code = "event_kind_refused"


class EventKindNotYoursError(RefusedError):
    """Events of the kind are added by other roles."""

    code = "event_kind_not_yours"


class EventRuleRefusedError(RefusedError):
    """A rule of repetition that is none of RFC 5545, or none that we keep."""

    code = "event_rule_refused"
