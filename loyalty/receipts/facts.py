"""What a flight of receipts is decided on, and what it leaves to be written.

Facts are what was loaded under lock; accounts in them run on while receipts of the flight are decided one after the
other. Writes are plain rows. Both live for one flight only, which is why they alone may change.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct, field

from loyalty.cards.model import Card, CardState, Catalogue, Refusal, Series, refusal
from loyalty.pricing.refunds import SoldLine
from loyalty.receipts.model import Answer, CardFigures, NaturalKey, Original, Receipt, ReceiptState


class Account(Struct):
    """A locked card with its running figures; `states` is its history, loaded only where the past is asked for."""

    card: Card
    series: Series
    turnover: int
    purchases: int
    balance: int
    overdraft: int
    version: int
    chain: str | None
    states: Sequence[tuple[datetime, CardState]] = ()
    is_touched: bool = False

    @property
    def room(self) -> int:
        """What may still be spent: balance + limit - open holds."""
        return self.balance + self.card.credit_limit - self.card.held

    def needs_history(self, at: datetime) -> bool:
        """Tell whether the present state says nothing about a moment."""
        return self.card.state_since is not None and at < self.card.state_since

    def state_at(self, at: datetime) -> CardState:
        """Give the card's state as of a moment; before its creation it is what it was created in."""
        if not self.needs_history(at) or not self.states:
            return self.card.state
        return next((state for since, state in reversed(self.states) if since <= at), self.states[0][1])

    def refusal_at(self, at: datetime) -> Refusal | None:
        """Say why the card may not be used at a moment of local time."""
        return refusal(self.card, self.series, state=self.state_at(at), at=at)

    def figures(self) -> CardFigures:
        """Give what the card stands at now."""
        return CardFigures(self.turnover, self.balance, self.card.points, self.card.percent(self.series))


def open_account(card: Card, series: Series) -> Account:
    """Open the running account of a locked card."""
    return Account(card, series, card.turnover, card.purchases, card.balance, card.overdraft, card.version, card.chain)


class Known(Struct, frozen=True, gc=False):
    """A receipt that is kept under a UUID or a natural key already."""

    uid: UUID
    receipt_id: int
    card_id: int
    business_date: date
    state: ReceiptState
    fingerprint: bytes
    answer: Answer
    natural_key: NaturalKey


class SoldReceipt(Struct):
    """The original of a return: its state, card, payments and lines with what was returned of them so far."""

    uid: UUID
    state: ReceiptState
    card_id: int
    total: int
    payments: Sequence[tuple[str, int, str | None]]
    lines: list[SoldLine]
    top_up_lines: frozenset[int]


class AwaitedVoid(Struct, frozen=True, gc=False):
    """A void that came before its receipt."""

    void_uid: UUID
    reason: str


class Facts(Struct):
    """All that a flight is decided on."""

    catalogue: Catalogue
    now: datetime
    card_ids: dict[str, int]
    accounts: dict[int, Account]
    known: dict[UUID, Known] = field(default_factory=dict)
    known_natural: dict[NaturalKey, Known] = field(default_factory=dict)
    sold: dict[Original, SoldReceipt] = field(default_factory=dict)
    voids: dict[UUID, AwaitedVoid] = field(default_factory=dict)

    def find_account(self, number: str) -> Account | None:
        """Find the card that a kept number names."""
        card_id = self.card_ids.get(number)
        return None if card_id is None else self.accounts[card_id]

    def bearer(self, account: Account) -> Account:
        """Give the account that bears a card's turnover and money: the last of its chain of replacements."""
        successor = account.card.successor_id
        return account if successor is None else self.accounts[successor]


class EntryRow(Struct, frozen=True, gc=False):
    """One entry of a ledger; `hash` in hexadecimal."""

    card_id: int
    business_date: date
    seq: int
    account: str
    amount: int
    after: int
    source: str
    source_uid: UUID
    hash: str


class ReceiptRow(Struct, frozen=True, gc=False):
    """A receipt to be kept, with what was decided about it; `purchases` is what it did to the count of its card."""

    receipt: Receipt
    fingerprint: bytes
    card_id: int
    answer: Answer
    purchases: int = 0
    original_uid: UUID | None = None
    original_lines: dict[int, int] | None = None
    top_up_lines: frozenset[int] = frozenset()


class Writes(Struct):
    """Rows that a flight leaves: receipts, ledger entries, sums by day, activations, and what it takes the place of.

    `at` is the moment of the flight, which every entry bears.
    """

    at: datetime
    receipts: list[ReceiptRow] = field(default_factory=list)
    entries: list[EntryRow] = field(default_factory=list)
    days: dict[tuple[int, date], list[int]] = field(default_factory=dict)
    activations: list[tuple[int, date, date | None]] = field(default_factory=list)
    replaced: list[Known] = field(default_factory=list)
    parked: list[Receipt] = field(default_factory=list)
    voided: list[UUID] = field(default_factory=list)
