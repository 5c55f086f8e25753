"""The answers of the till API as they go over the wire; money, percents and quantities are decimal strings."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from loyalty.pricing.model import AppliedReason, PassedOverReason
from pos_adapter.protocol import CardKind, CardState, OriginalRef, Refusal


class SeriesName(Struct, frozen=True):
    """A series by code and name."""

    code: str
    name: str


class Masked(Struct, frozen=True):
    """A card number of which only the end is shown."""

    masked: str


class Holder(Struct, frozen=True):
    """Who holds a card."""

    name: str


class Message(Struct, frozen=True):
    """A text of the till agent, in the till's language: for the cashier's screen, and short words for the slip."""

    code: str
    cashier: str
    slip: str | None


class CardAnswer(Struct, frozen=True, omit_defaults=False):
    """All a till may know of a card. `card_id` stands for back-office roles only.

    Where it spends the money of another card, `account` is that one, and balance, limit and what is available are its.
    Neither that nor `day_limit` is there for a card without.
    """

    number: str
    masked: str
    series: SeriesName
    kind: CardKind
    status: CardState
    usable: bool
    refusal: str | None
    discount_percent: str
    price_lists: list[str]
    turnover: str
    purchases: int
    balance: str
    credit_limit: str
    available: str
    points: str
    expires_on: date | None
    holder: Holder | None
    replaced_by: Masked | None
    messages: list[Message]
    card_id: int | UnsetType = UNSET
    account: Masked | UnsetType = UNSET
    day_limit: str | UnsetType = UNSET


class CalculationCard(Struct, frozen=True, gc=False):
    """Whether the card shown was applied, and why not."""

    masked: str
    applied: bool
    refusal: Refusal | None


class AppliedAnswer(Struct, frozen=True, gc=False, omit_defaults=True):
    """One reason of a line's discount with its part of it; `rule` is the place of a receipt rule, from 1."""

    reason: AppliedReason
    source: str
    percent: str | None
    amount: str
    rule: int | None = None


class PassedOverAnswer(Struct, frozen=True, gc=False, omit_defaults=True):
    """A rule that lost on a line, and why; `rule` is the place of a receipt rule, from 1."""

    reason: PassedOverReason
    source: str
    rule: int | None = None


class CalculatedLine(Struct, frozen=True, gc=False):
    """A priced line: gross - discount = net, and the applied amounts sum to the discount."""

    line: int
    gross: str
    discount: str
    net: str
    unit_price: str
    applied: list[AppliedAnswer]
    passed_over: list[PassedOverAnswer]


class PaymentShare(Struct, frozen=True, gc=False):
    """What of a refund goes back by which means."""

    kind: str
    amount: str
    card: Masked | None = None


class CalculationAnswer(Struct, frozen=True, gc=False):
    """A priced receipt. Nothing was changed by it."""

    calculation_id: str
    expires_at: datetime
    mode: Literal["online", "offline"]
    card: CalculationCard | None
    lines: list[CalculatedLine]
    gross: str
    discount: str
    total: str
    available_credit: str | None
    payments: list[PaymentShare]
    messages: list[Message]
    warnings: list[str]


class PostedCardAnswer(Struct, frozen=True, gc=False):
    """What the receipt's card stands at after the posting."""

    turnover: str
    balance: str
    points: str
    discount_percent: str


class PostingAnswer(Struct, frozen=True, gc=False):
    """What became of a receipt."""

    receipt_uid: UUID
    state: Literal["posted", "parked", "suspended", "voided"]
    card: PostedCardAnswer | None
    flags: list[str]


class ReceiptLineAnswer(Struct, frozen=True, gc=False):
    """A line of a kept receipt."""

    line: int
    sku: str
    name: str | None
    group: str | None
    quantity: str
    price: str
    gross: str
    discount: str
    net: str
    original_line: int | None


class ReceiptPaymentAnswer(Struct, frozen=True, gc=False):
    """A payment of a kept receipt; the card masked."""

    kind: str
    amount: str
    card: Masked | None
    hold_uid: UUID | None


class ReceiptAnswer(Struct, frozen=True, gc=False):
    """A kept receipt as it was sent, with what became of it; `figures` are those of its posting."""

    receipt_uid: UUID
    state: Literal["posted", "parked", "suspended", "voided"]
    kind: Literal["sale", "return"]
    store: str
    till: str
    till_instance: str | None
    seq: int | None
    shift: int
    number: str
    business_date: date
    closed_at: datetime
    priced_at: datetime | None
    received_at: datetime
    cashier: str
    offline: bool
    card: Masked | None
    entry: str | None
    lines: list[ReceiptLineAnswer]
    payments: list[ReceiptPaymentAnswer]
    total: str
    original: OriginalRef | None
    calculation_id: str | None
    flags: list[str]
    figures: PostedCardAnswer | None


class CardMade(Struct, frozen=True):
    """A new card."""

    card_id: int
    number: str


class CardsMade(Struct, frozen=True):
    """New cards in the order of their identifiers."""

    cards: list[CardMade]


class JobStarted(Struct, frozen=True):
    """The job that does what was asked for; `GET /v1/jobs/{job_id}` tells how far it is."""

    job_id: int


class JobAnswer(Struct, frozen=True):
    """A job as it stands: so much done of a total, None where it is not known yet; a result or an error at its end."""

    job_id: int
    kind: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    done: int
    total: int | None
    created: datetime
    started: datetime | None
    finished: datetime | None
    result: dict[str, Any] | None  # Any: each kind of job has results of its own
    error: str | None


class JobPage(Struct, frozen=True):
    """Jobs, the newest first; `next` is asked for as `after`, None on the last page."""

    jobs: list[JobAnswer]
    next: str | None


class MovedAnswer(Struct, frozen=True):
    """What a card stands at after a move of money, turnover or points."""

    turnover: str
    balance: str
    points: str = "0"


class HoldAnswer(Struct, frozen=True):
    """A hold as it was placed, with what could be spent beside it then."""

    hold_uid: UUID
    amount: str
    available: str
    expires_at: datetime


class DocumentAnswer(Struct, frozen=True):
    """A document as it is kept, with the turnover that it carries for its card."""

    document_uid: UUID
    kind: str
    number: str
    date: date
    status: str
    total: str
    version: int | None
    card: Masked | None
    turnover: str


class SeriesAnswer(Struct, frozen=True):
    """A series as it stands: its version counts every change."""

    code: str
    version: int
    name: str
    kind: CardKind
    prefix: str | None
    capacity: int | None


class PriceListAnswer(Struct, frozen=True):
    """A price list as it stands."""

    code: str
    name: str
    rank: int
    quotations: int


class Health(Struct, frozen=True):
    """Whether the server can do its work, and which fields of the contract it knows.

    `epoch` names the life of its data: after a restore from a backup it is another one, and a till sends again what it
    sent before. It is null where the database cannot be asked.
    """

    status: Literal["ok", "degraded", "offline"]
    api_level: int
    version: str
    database: Literal["ok", "unreachable"]
    epoch: UUID | None = None


class VoidAnswer(Struct, frozen=True):
    """What became of a void: done, or parked until its receipt comes."""

    receipt_uid: UUID
    state: Literal["voided", "parked"]


class Problem(Struct, frozen=True, omit_defaults=True):
    """An RFC 9457 problem with a stable code; `errors` names the fields."""

    title: str
    status: int
    code: str
    detail: str
    type: str = "about:blank"
    errors: list[dict[str, str]] = []  # msgspec copies an empty list default


class BatchResult(Struct, frozen=True):
    """What became of one receipt of a batch."""

    receipt_uid: str | None
    status: int
    state: str | None
    problem: Problem | None


class BatchAnswer(Struct, frozen=True):
    """The results in the order of the receipts."""

    results: list[BatchResult]
