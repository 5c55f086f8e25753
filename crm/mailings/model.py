"""A mailing: to whom, what, from where, when and how fast; and what its state allows. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Final, Literal

from msgspec import Struct, structs

from crm.mailings.errors import MailingRefusedError

MailingState = Literal["draft", "scheduled", "preparing", "sending", "paused", "sent", "cancelled", "running"]
Letter = Literal["A", "B", "C", "D"]
TriggerKind = Literal["welcome", "birthday", "points", "absent"]
Reason = Literal[
    "no_address", "wrong_address", "archived", "suppressed", "unsubscribed", "no_consent", "same_address", "not_named"
]
"""Why somebody whom the audience names is left out; the first that holds is told."""

REASONS: Final[tuple[Reason, ...]] = (
    "archived",
    "no_address",
    "wrong_address",
    "suppressed",
    "unsubscribed",
    "no_consent",
    "same_address",
    "not_named",
)
EDITABLE: Final[frozenset[MailingState]] = frozenset({"draft"})
LETTERS: Final[tuple[Letter, ...]] = ("A", "B", "C", "D")
WHOLE: Final = 100
MOST_NAME: Final = 200
MOST_SUBJECT: Final = 200
MOST_TEXT: Final = 500_000
MOST_GROUPS: Final = 100
MOST_SEGMENTS: Final = 20
MOST_PARTIES: Final = 1_000
MOST_CONTROL: Final = 50
MOST_PER_MINUTE: Final = 1_000_000
LEAST_DAYS: Final[Mapping[TriggerKind, int]] = {"welcome": 0, "birthday": 0, "points": 1, "absent": 7}
MOST_DAYS: Final[Mapping[TriggerKind, int]] = {"welcome": 0, "birthday": 60, "points": 90, "absent": 730}


class Audience(Struct, frozen=True):
    """Whom a mailing names: who is in groups and segments, and single parties. They are looked up when it is sent."""

    groups: tuple[int, ...] = ()
    parties: tuple[int, ...] = ()
    segments: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether it names nobody."""
        return not (self.groups or self.parties or self.segments)


class Trigger(Struct, frozen=True):
    """What sends a mailing to a party by itself: a yes or its making, a birthday, points that expire, staying away.

    `days` are those before a birthday or the last day of points, or those since the last receipt; none for a welcome.
    """

    kind: TriggerKind
    days: int = 0


class Variant(Struct, frozen=True):
    """What a share of the recipients is written, in percent."""

    letter: Letter = "A"
    share: int = WHOLE
    subject: str = ""
    html: str = ""
    text: str = ""


class MailingDetails(Struct, frozen=True, kw_only=True):
    """What is said of a mailing. Wall times of the window are each recipient's own."""

    name: str
    kind_id: int
    mailbox_id: int | None = None
    priority: Literal[1, 2, 3] = 2
    audience: Audience = Audience()
    send_at: datetime | None = None
    window_from: time | None = None
    window_until: time | None = None
    rate_per_minute: int | None = None
    control_percent: int = 0
    is_tracked: bool = False
    trigger: Trigger | None = None
    variants: tuple[Variant, ...] = (Variant(),)


class Mailing(Struct, frozen=True, kw_only=True):
    """A mailing as it stands; recipients are chosen up to the party `prepared_to`, all of them at `prepared_at`."""

    id: int
    state: MailingState
    details: MailingDetails
    problem: str | None
    author_id: int | None
    version: int
    created_at: datetime
    changed_at: datetime
    started_at: datetime | None
    prepared_to: int
    prepared_at: datetime | None
    ended_at: datetime | None


def check_mailing(details: MailingDetails) -> MailingDetails:
    """Give a mailing as it is kept, finished or not. Raises MailingRefusedError, which names the field."""
    name = " ".join(details.name.split())
    if not 0 < len(name) <= MOST_NAME:
        raise MailingRefusedError(f"a mailing has a name of at most {MOST_NAME} characters", field="name")
    if not 0 <= details.control_percent <= MOST_CONTROL:
        raise MailingRefusedError(f"is from 0 to {MOST_CONTROL}", field="control_percent")
    if details.rate_per_minute is not None and not 0 < details.rate_per_minute <= MOST_PER_MINUTE:
        raise MailingRefusedError(f"is from 1 to {MOST_PER_MINUTE:,}", field="rate_per_minute")
    _check_trigger(details)
    _check_window(details)
    _check_audience(details.audience)
    _check_variants(details.variants)
    return structs.replace(details, name=name)


def _check_trigger(details: MailingDetails) -> None:
    trigger = details.trigger
    if trigger is None:
        return
    if not LEAST_DAYS[trigger.kind] <= trigger.days <= MOST_DAYS[trigger.kind]:
        least, most = LEAST_DAYS[trigger.kind], MOST_DAYS[trigger.kind]
        raise MailingRefusedError(f"is from {least} to {most} days", field="trigger_days")
    if details.send_at is not None:
        raise MailingRefusedError("has no time of its own: what happens sends it", field="send_at")


def _check_audience(audience: Audience) -> None:
    for what, most in (("groups", MOST_GROUPS), ("segments", MOST_SEGMENTS), ("parties", MOST_PARTIES)):
        if len(getattr(audience, what)) > most:
            raise MailingRefusedError(f"names at most {most:,} {what}", field="audience")


def _check_window(details: MailingDetails) -> None:
    since, until = details.window_from, details.window_until
    if (since is None) != (until is None):
        raise MailingRefusedError("a window has a beginning and an end", field="window_until")
    if since is not None and until is not None and since >= until:
        raise MailingRefusedError("a window ends on the day on which it begins", field="window_until")


def _check_variants(variants: Sequence[Variant]) -> None:
    if not 0 < len(variants) <= len(LETTERS) or [one.letter for one in variants] != list(LETTERS[: len(variants)]):
        raise MailingRefusedError("has variants A to D, in their order", field="variants")
    if any(one.share < 1 for one in variants) or sum(one.share for one in variants) != WHOLE:
        raise MailingRefusedError("shares are whole percents that make 100", field="share")
    for one in variants:
        if len(one.subject) > MOST_SUBJECT:
            raise MailingRefusedError(f"has at most {MOST_SUBJECT} characters", field="subject")
        if max(len(one.html), len(one.text)) > MOST_TEXT:
            raise MailingRefusedError(f"has at most {MOST_TEXT:,} characters", field="html")
