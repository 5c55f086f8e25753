"""What is sent and answered about mailings."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

from api.rest.bodies import Identifier
from crm.mailings.model import (
    Audience,
    Letter,
    Mailing,
    MailingDetails,
    MailingState,
    Reason,
    Trigger,
    TriggerKind,
    Variant,
)
from crm.mailings.progress import Progress
from crm.mailings.repository.choosing import Count
from crm.mailings.repository.mailings import MailingRow
from crm.mailings.repository.recipients import RecipientRow
from crm.recipients.model import State
from pos_adapter.protocol import Text, Wire

Version = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Content = Annotated[str, Meta(max_length=500_000)]


class AudienceBody(Wire, frozen=True):
    """To whom: who is in groups and segments, and single parties."""

    groups: Annotated[tuple[Identifier, ...], Meta(max_length=100)] = ()
    parties: Annotated[tuple[Identifier, ...], Meta(max_length=1_000)] = ()
    segments: Annotated[tuple[Identifier, ...], Meta(max_length=20)] = ()


class VariantBody(Wire, frozen=True):
    """What a share of the recipients, in percent, is written; `{{ first_name }}` and its like are filled for each."""

    letter: Letter = "A"
    share: int = 100
    subject: Annotated[str, Meta(max_length=200)] = ""
    html: Content = ""
    text: Content = ""


class TriggerBody(Wire, frozen=True):
    """What sends a mailing by itself; `days` before a birthday or the end of points, or since the last receipt."""

    kind: TriggerKind
    days: Annotated[int, Meta(ge=0, le=730)] = 0


class MailingBody(Wire, frozen=True, kw_only=True):
    """A mailing; `version` is the one that was seen, where one is changed. The window is in each recipient's time."""

    name: Text
    kind_id: Identifier
    mailbox_id: Identifier | None = None
    priority: Literal[1, 2, 3] = 2
    audience: AudienceBody = AudienceBody()
    send_at: datetime | None = None
    window_from: time | None = None
    window_until: time | None = None
    rate_per_minute: int | None = None
    control_percent: int = 0
    is_tracked: bool = False
    trigger: TriggerBody | None = None
    variants: Annotated[tuple[VariantBody, ...], Meta(min_length=1, max_length=4)] = (VariantBody(),)
    version: Version | None = None


class SeenBody(Wire, frozen=True):
    """The version that was seen."""

    version: Version


class TestBody(Wire, frozen=True, kw_only=True):
    """To which address a message goes to be looked at, and as whom it is filled."""

    address: Text
    variant: Letter = "A"
    party_id: Identifier | None = None


class MailingAnswer(Struct, frozen=True):
    """A mailing as it stands."""

    mailing_id: int
    state: MailingState
    details: MailingDetails
    problem: str | None
    author_id: int | None
    version: int
    created_at: datetime
    changed_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class MailingsAnswer(Struct, frozen=True):
    """Mailings, the last changed first."""

    mailings: list[MailingRow]
    next: str | None


class CountAnswer(Struct, frozen=True):
    """What becomes of whom a mailing names."""

    named: int
    left_out: Mapping[Reason, int]
    control: int
    going: int


class PreviewAnswer(Struct, frozen=True):
    """A message as it is seen, and what is to be looked at."""

    subject: str
    html: str
    text: str
    hints: list[str]


class TestAnswer(Struct, frozen=True):
    """What the mail server said, in its own words."""

    is_well: bool
    code: int | None
    text: str


class ProgressAnswer(Struct, frozen=True):
    """How far a mailing is; `doubts` are messages that may have come before they were sent again."""

    state: MailingState
    problem: str | None
    all: int
    done: int
    states: Mapping[State, int]
    reasons: Mapping[str, int]
    doubts: int


class RecipientsAnswer(Struct, frozen=True):
    """Recipients, the last added first; `next` is what to give as `after`."""

    recipients: list[RecipientRow]
    next: int | None


def read_mailing(body: MailingBody) -> MailingDetails:
    """Read a mailing."""
    given = {name: getattr(body, name) for name in MailingDetails.__struct_fields__}
    variants = tuple(Variant(**structs.asdict(one)) for one in body.variants)
    trigger = None if body.trigger is None else Trigger(body.trigger.kind, body.trigger.days)
    own = {"audience": Audience(**structs.asdict(body.audience)), "trigger": trigger, "variants": variants}
    return MailingDetails(**given | own)


def render_mailing(mailing: Mailing) -> MailingAnswer:
    """Give a mailing as it is answered."""
    shared = {name: getattr(mailing, name) for name in MailingAnswer.__struct_fields__ if name != "mailing_id"}
    return MailingAnswer(mailing.id, **shared)


def render_count(count: Count) -> CountAnswer:
    """Give a count as it is answered."""
    return CountAnswer(count.named, count.left_out, count.control, count.going)


def render_progress(progress: Progress) -> ProgressAnswer:
    """Give progress as it is answered."""
    mailing = progress.mailing
    return ProgressAnswer(
        mailing.state, mailing.problem, progress.all, progress.done, progress.states, progress.reasons, progress.doubts
    )
