"""What is sent and answered about consent: what parties agreed to, who gets nothing more, kinds of mailings."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from api.rest.bodies import Identifier
from api.rest.directories import Names
from api.rest.task_bodies import Code, Version
from crm.consents.kinds import KindDraft
from crm.consents.model import MOST_KINDS, MOST_WORDING, Choice, Consent, Kind, Relief, State, Why
from pos_adapter.protocol import Text, Wire

Wording = Annotated[str, Meta(min_length=1, max_length=MOST_WORDING)]


class SubscriptionBody(Wire, frozen=True):
    """What a party says to a kind of mailings; a yes by which words."""

    state: Literal["subscribed", "unsubscribed"]
    wording: Wording | None = None


class AskBody(Wire, frozen=True):
    """Kinds of mailings about which a party is asked by one letter."""

    kind_ids: Annotated[list[Identifier], Meta(min_length=1, max_length=MOST_KINDS)]


class AddressBody(Wire, frozen=True):
    """An e-mail address: it stands in a body, for addresses of requests are written to logs."""

    address: Text


class SuppressBody(Wire, frozen=True):
    """An address that is to get nothing more, and why."""

    address: Text
    reason: Literal["by_hand", "complaint", "hard_bounce", "unsubscribed"] = "by_hand"


class ReleaseBody(Wire, frozen=True):
    """An address that may get letters again, and why."""

    address: Text
    reason: Relief


class KindBody(Wire, frozen=True, kw_only=True):
    """What is said of a kind of mailings: its names by language, and whether only who said yes gets it."""

    names: Names
    needs_consent: bool = True

    def read(self) -> KindDraft:
        """Give it as the use cases take it."""
        return KindDraft(names=self.names, needs_consent=self.needs_consent)


class NewKind(KindBody, frozen=True, kw_only=True):
    """A new kind, the last one."""

    code: Code


class KindChange(KindBody, frozen=True, kw_only=True):
    """A kind as it is to be; an archived one is offered no more."""

    version: Version
    archived: bool = False


class KindMove(Wire, frozen=True):
    """How many places a kind goes down, up if negative."""

    step: Annotated[int, Meta(ge=-MOST_KINDS, le=MOST_KINDS)]


class SettingBody(Wire, frozen=True, kw_only=True):
    """From which mailbox parties are asked, None for nobody is, and whether the public form is open."""

    mailbox_id: Identifier | None = None
    is_form_open: bool = False
    version: Version


class KindAnswer(Struct, frozen=True):
    """A kind of mailings."""

    kind_id: int
    code: str
    names: Mapping[str, str]
    needs_consent: bool
    version: int
    archived: bool


class KindsAnswer(Struct, frozen=True):
    """Kinds in their order, archived ones too."""

    kinds: list[KindAnswer]


class SubscriptionAnswer(Struct, frozen=True):
    """What a party said to a kind, None for nothing, and whether letters of it may be written."""

    kind_id: int
    code: str
    state: State | None
    gets: bool


class SubscriptionsAnswer(Struct, frozen=True):
    """What a party said to each kind of mailings."""

    subscriptions: list[SubscriptionAnswer]


class ConsentsAnswer(Struct, frozen=True):
    """Acts of a party and of those merged into it, the last first; `next` is what to give as `after`."""

    consents: list[Consent]
    next: int | None


class AskedAnswer(Struct, frozen=True):
    """The request that the letter belongs to."""

    request_id: int


class SuppressionAnswer(Struct, frozen=True):
    """Whether an address gets nothing more, why, and since when."""

    is_suppressed: bool
    reason: Why | None = None
    at: datetime | None = None


class SettingAnswer(Struct, frozen=True):
    """How consent is asked for."""

    mailbox_id: int | None
    is_form_open: bool
    version: int


def render_kind(kind: Kind) -> KindAnswer:
    """Give a kind as it is answered."""
    return KindAnswer(kind.id, kind.code, kind.names, kind.needs_consent, kind.version, kind.is_archived)


def render_choices(choices: list[Choice]) -> SubscriptionsAnswer:
    """Give what a party said as it is answered."""
    return SubscriptionsAnswer([SubscriptionAnswer(one.kind.id, one.kind.code, one.state, one.gets) for one in choices])
