"""The structs of the till API as they go over the wire; the server's REST routes and the till agent share them.

The contract is version 1 and changes only by adding optional fields. Decimals are strings here; `pos_adapter.parsing`
turns them into whole numbers and says which field is wrong. Absent and null mean the default, unknown fields are
errors.
"""

from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

API_LEVEL = 1
MOST_BODY_BYTES = 4 * 1024 * 1024
MOST_BATCH = 1_000
JOURNAL_HEADER = "Tallycard-Journal"
"""In which an agent that asks for changes says what of its journal waits: `queued=3, rejected=0`."""

Text = Annotated[str, Meta(min_length=1, max_length=200)]
LongText = Annotated[str, Meta(max_length=2_000)]
Decimal = Annotated[str, Meta(min_length=1, max_length=32)]
Moment = Annotated[datetime, Meta(tz=True)]
LineNumber = Annotated[int, Meta(ge=1, le=1_000_000)]
Shift = Annotated[int, Meta(ge=0, le=2_147_483_647)]
Sequence = Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)]

CardKind = Literal["discount", "credit", "bonus"]
CardState = Literal["issued", "active", "blocked", "frozen", "expired", "replaced", "closed"]
Refusal = Literal["blocked", "expired", "outside_hours", "frozen", "not_activated", "replaced", "closed"]
ReceiptKind = Literal["sale", "return"]
PaymentKind = Literal["cash", "bank_card", "card", "points", "other"]
Entry = Literal["scanned", "swiped", "proximity", "keyed", "phone"]


class Wire(Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """What every request struct has in common: no unknown fields, no change after decoding."""


class CardRef(Wire, frozen=True):
    """A card by its number."""

    number: Text


class Lookup(Wire, frozen=True):
    """One of a number, what a wedge reader typed, or a phone."""

    number: Text | None = None
    raw: Annotated[str, Meta(min_length=1, max_length=1_000)] | None = None
    phone: Text | None = None


class OriginalRef(Wire, frozen=True):
    """The sale that a return takes back: by its UUID, or by its till's own key."""

    receipt_uid: UUID | None = None
    store: Text | None = None
    till: Text | None = None
    shift: Shift | None = None
    number: Text | None = None


class CalculationLine(Wire, frozen=True):
    """One line of an open receipt; quantity and price are decimal strings, the marks limit its discount."""

    line: LineNumber
    sku: Text
    quantity: Decimal
    price: Decimal
    name: LongText | None = None
    group: Text | None = None
    original_line: LineNumber | None = None
    no_discount: bool | None = None
    gift: bool | None = None
    fixed_price: bool | None = None
    top_up: bool | None = None
    min_price: Decimal | None = None
    max_discount_percent: Decimal | None = None
    manual_discount_percent: Decimal | None = None


class Calculation(Wire, frozen=True):
    """An open receipt to be priced; without any effect."""

    receipt_uid: UUID
    store: Text
    till: Text
    at: Moment
    lines: Annotated[list[CalculationLine], Meta(min_length=1)]
    kind: ReceiptKind | None = None
    original: OriginalRef | None = None
    cashier: Annotated[str, Meta(max_length=200)] | None = None
    card: CardRef | None = None


class PostedLine(CalculationLine, frozen=True, kw_only=True):
    """One line of a closed receipt: as in a calculation, with the discount given and the net."""

    net: Decimal
    discount: Decimal | None = None


class PostedPayment(Wire, frozen=True):
    """One payment of a closed receipt; a card stands only with kind `card` or `points`."""

    kind: PaymentKind
    amount: Decimal
    card: CardRef | None = None
    hold_uid: UUID | None = None


class PostedCard(Wire, frozen=True):
    """The card of a closed receipt and how it was read."""

    number: Text
    entry: Entry | None = None


class Posting(Wire, frozen=True):
    """A closed (fiscalised) receipt; only a suspended one may do without payments."""

    receipt_uid: UUID
    kind: ReceiptKind
    store: Text
    till: Text
    shift: Shift
    number: Text
    business_date: date
    closed_at: Moment
    cashier: Annotated[str, Meta(max_length=200)]
    lines: Annotated[list[PostedLine], Meta(min_length=1)]
    total: Decimal
    payments: list[PostedPayment] | None = None
    status: Literal["complete", "suspended"] | None = None
    till_instance: Text | None = None
    seq: Sequence | None = None
    priced_at: Moment | None = None
    offline: bool | None = None
    card: PostedCard | None = None
    calculation_id: Text | None = None
    original: OriginalRef | None = None


class RawBatch(Wire, frozen=True):
    """Up to a thousand receipts, each on its own: they are decoded one by one, so that a bad one hides no other."""

    receipts: Annotated[list[Raw], Meta(max_length=MOST_BATCH)]


class Batch(Wire, frozen=True):
    """What a batch holds; as it is described, not as it is decoded."""

    receipts: Annotated[list[Posting], Meta(max_length=MOST_BATCH)]


class VoidRequest(Wire, frozen=True):
    """Takes a posted receipt back, once."""

    void_uid: UUID
    reason: LongText


class EnrolmentRequest(Wire, frozen=True):
    """The till that a code is to be made for."""

    store: Text
    till: Text


class Redemption(Wire, frozen=True):
    """A code of the back office, with which a till gets its token."""

    code: Annotated[str, Meta(min_length=1, max_length=100)]


class HoldRequest(Wire, frozen=True):
    """Money of a card that is kept for one receipt, once per hold_uid."""

    hold_uid: UUID
    card: CardRef
    amount: Decimal
    receipt_uid: UUID


class DocumentLine(Wire, frozen=True):
    """One line of a document, kept as given."""

    sku: Text | None = None
    name: LongText | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    net: Decimal | None = None


class DocumentBody(Wire, frozen=True):
    """A document of sale, return or another kind; sale, return and adjustment carry turnover for their card."""

    kind: Text
    number: Text
    date: date
    total: Decimal
    status: Text | None = None
    party_id: Annotated[int, Meta(ge=1)] | None = None
    card: CardRef | None = None
    lines: list[DocumentLine] | None = None
    parent_uid: UUID | None = None
    version: Sequence | None = None


class Hours(Wire, frozen=True, rename={"since": "from", "until": "to"}):
    """A daily window of local time; both ends belong to it."""

    since: time
    until: time


class TotalRounding(Wire, frozen=True):
    """The step and direction to which a receipt's payable total is rounded."""

    step: Decimal
    mode: Literal["down", "up", "nearest"]


class PointsSettings(Wire, frozen=True):
    """How points are earned and spent."""

    per_money: Decimal | None = None
    per_unit: Decimal | None = None
    value: Decimal | None = None
    spend_percent_cap: Decimal | None = None
    lifetime: Text | None = None
    min_receipt: Decimal | None = None
    skip_skus: list[Text] | None = None


class SeriesBody(Wire, frozen=True):
    """A series of cards: what is left out takes its default."""

    name: Text
    kind: CardKind
    number_template: Text | None = None
    discount_percent: Decimal | None = None
    price_lists: list[Text] | None = None
    price_list_choice: Literal["rank", "lowest"] | None = None
    percent_without_quotation: bool | None = None
    dearer_quotations: bool | None = None
    credit_limit: Decimal | None = None
    allow_other_payment: bool | None = None
    return_policy: Literal["pro_rata", "reprice"] | None = None
    manual_with_percent: bool | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    hours: Hours | None = None
    activation: Literal["none", "manual", "first_use"] | None = None
    term: Text | None = None
    total_rounding: TotalRounding | None = None
    points: PointsSettings | None = None


class QuotationBody(Wire, frozen=True):
    """The fixed price of one article."""

    sku: Text
    price: Decimal


class PriceListBody(Wire, frozen=True):
    """A list of fixed prices with its rank and the times at which it applies."""

    name: Text
    quotations: list[QuotationBody]
    rank: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)] | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    weekdays: list[Annotated[int, Meta(ge=1, le=7)]] | None = None
    hours: Hours | None = None


class MakeCards(Wire, frozen=True):
    """How many cards to make from the template, or the one number to take."""

    count: Annotated[int, Meta(ge=1)] | None = None
    number: Text | None = None


class CardChange(Wire, frozen=True):
    """A card's own settings; a field left out stays, null goes back to the series. `series` moves it to another.

    `account` is the main card whose money it spends (null: its own), `day_limit` what it spends a day at most.
    """

    discount_percent: Decimal | UnsetType | None = UNSET
    credit_limit: Decimal | UnsetType | None = UNSET
    expires_on: date | UnsetType | None = UNSET
    holder_id: Annotated[int, Meta(ge=1)] | UnsetType | None = UNSET
    series: Text | UnsetType = UNSET
    account: CardRef | UnsetType | None = UNSET
    day_limit: Decimal | UnsetType | None = UNSET


class FreezeDays(Wire, frozen=True, rename={"first": "from", "last": "until"}):
    """The first and the last day of a freeze; both belong to it."""

    first: date
    last: date


class Replacement(Wire, frozen=True):
    """The card that takes another's place, once per operation."""

    by: CardRef
    operation_uid: UUID


class Reason(Wire, frozen=True):
    """Why an act is done."""

    reason: LongText


class Note(Wire, frozen=True):
    """Why an act is done, if it is said."""

    reason: LongText | None = None


class Amount(Wire, frozen=True):
    """Money put on a card, once per operation."""

    amount: Decimal
    operation_uid: UUID


class Adjustment(Wire, frozen=True):
    """A correction of a ledger with its reason, once per operation."""

    ledger: Literal["turnover", "money", "points"]
    amount: Decimal
    reason: LongText
    operation_uid: UUID
