"""The values of a receipt, and what its identity is.

A receipt is a fact that a till reports. Its identity is the caller's UUID; its meaning is kept as a fingerprint, so
that the same receipt may come any number of times and another under the same name is noticed.

Amounts are in minor units and carry their sign within the receipt's kind: in a return, positive means given back.
"""

import hashlib
from datetime import UTC, date, datetime
from typing import Literal, get_args
from uuid import UUID

import msgspec
from msgspec import Struct

from loyalty.cards.model import Refusal
from loyalty.numbering import canonical
from loyalty.pricing.model import Line

ReceiptKind = Literal["sale", "return"]
ReceiptState = Literal["posted", "parked", "suspended", "voided"]
PaymentKind = Literal["cash", "bank_card", "card", "points", "other"]
NaturalKey = tuple[str, str, str, int, str, str]

NO_DISCOUNT, GIFT, FIXED_PRICE, TOP_UP = 1, 2, 4, 8
TOP_UP_TAKEN_BACK = 16
"""The mark of a returned line whose sold line topped a card up; the till need not say it."""


class ReceiptLine(Struct, frozen=True, gc=False):
    """A line as it was sold: the goods, and what the till took off."""

    goods: Line
    discount: int
    net: int
    name: str | None
    original_line: int | None


class Payment(Struct, frozen=True, gc=False):
    """A payment; `card` is the number it was made with."""

    kind: PaymentKind
    amount: int
    card: str | None = None
    hold_uid: UUID | None = None


class Original(Struct, frozen=True, gc=False):
    """The sale that a return names: by its UUID, or by its till's key."""

    uid: UUID | None = None
    store: str | None = None
    till: str | None = None
    shift: int | None = None
    number: str | None = None


class Receipt(Struct, frozen=True, gc=False):
    """A closed receipt as a till reports it."""

    uid: UUID
    kind: ReceiptKind
    suspended: bool
    store: str
    till: str
    till_instance: str | None
    seq: int | None
    shift: int
    number: str
    business_date: date
    closed_at: datetime
    priced_at: datetime | None
    cashier: str
    offline: bool
    card: str | None
    entry: str | None
    lines: tuple[ReceiptLine, ...]
    payments: tuple[Payment, ...]
    total: int
    calculation_id: str | None
    original: Original | None

    @property
    def natural_key(self) -> NaturalKey:
        """The till's own key of the receipt."""
        return (self.store, self.till, self.till_instance or "", self.shift, self.number, self.kind)

    @property
    def sign(self) -> Literal[1, -1]:
        """What a positive amount means to a card's turnover."""
        return 1 if self.kind == "sale" else -1

    def numbers(self) -> list[str]:
        """List the kept numbers of all cards that the receipt speaks of."""
        found = [] if self.card is None else [canonical(self.card)]
        return found + [canonical(payment.card) for payment in self.payments if payment.card is not None]


_CANONICAL = msgspec.json.Encoder(order="deterministic")


def fingerprint(receipt: Receipt) -> bytes:
    """Give the SHA-256 of a receipt's meaning, as the till API defines it.

    Lines count by their number, payments in any order; decimals as numbers and closed_at as an instant. Neither the
    UUID nor anything about how and when it was sent belongs to it.
    """
    lines = sorted(
        (
            line.goods.line,
            line.goods.sku,
            line.goods.quantity,
            line.goods.price,
            line.discount,
            line.net,
            line.goods.top_up,
            line.original_line or 0,
        )
        for line in receipt.lines
    )
    payments = sorted(
        (payment.kind, payment.amount, canonical(payment.card) if payment.card else "") for payment in receipt.payments
    )
    meaning = (
        receipt.natural_key,
        receipt.business_date,
        receipt.closed_at.astimezone(UTC),
        receipt.cashier,
        canonical(receipt.card) if receipt.card else "",
        receipt.original,
        receipt.total,
        lines,
        payments,
    )
    return hashlib.sha256(_CANONICAL.encode(meaning)).digest()


FLAGS = frozenset(
    {
        *("discount_mismatch", "refund_mismatch", "no_original", "nothing_left"),
        *("offline_overdraft", "other_payment", "hold_mismatch", "day_limit", "points_not_whole", "points_cap"),
        *("card_unknown", "card_issued", "card_not_usable"),
        *(f"card_{refusal}" for refusal in get_args(Refusal)),
    }
)
"""All that a receipt may be flagged with."""

UNSEALED = bytes(32)
"""Kept as the fingerprint of a receipt that was voided while it was suspended: no content of it was final."""


class CardFigures(Struct, frozen=True, gc=False):
    """What a card stands at after a posting, in minor units; the percent in 1/10000 of a percent."""

    turnover: int
    balance: int
    points: int
    percent: int


class Answer(Struct, frozen=True, gc=False):
    """What became of a receipt; kept beside its key, so that a repeat is answered alike."""

    state: ReceiptState
    card: CardFigures | None
    flags: tuple[str, ...]
