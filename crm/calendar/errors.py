"""The refusals of calendars, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    calendar_feed_unknown
RefusedError     calendar_refused, too_many_calendar_feeds
LoyaltyError     calendar_busy
"""

from loyalty.errors import LoyaltyError, NotFoundError, RefusedError


class CalendarFeedUnknownError(NotFoundError):
    """No feed that is good has the secret or the identifier."""

    code = "calendar_feed_unknown"


class CalendarRefusedError(RefusedError):
    """What is asked of a calendar cannot be shown."""

    code = "calendar_refused"


class TooManyFeedsError(RefusedError):
    """Somebody has as many feeds as may be good at once."""

    code = "too_many_calendar_feeds"


class CalendarBusyError(LoyaltyError):
    """A feed is read more often than a program needs, or more of them than the service has time for."""

    code = "calendar_busy"
    retry_after_seconds = 60
