"""What a flight of receipts is decided on, and what it leaves to be written.

Facts are what was loaded under lock; accounts in them run on while receipts of the flight are decided one after the
other. Writes are plain rows. Both live for one flight only, which is why they alone may change.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct, field, structs

from loyalty.accounts.model import Hold, HoldState, PointsDay
from loyalty.cards.model import Card, CardState, Catalogue, Refusal, Series, refusal
from loyalty.cards.past import CardPast
from loyalty.pricing.refunds import SoldLine
from loyalty.pricing.resale import Resale
from loyalty.receipts.model import Answer, CardFigures, NaturalKey, Original, Receipt, ReceiptState
from loyalty.tiers.posting import Course, PostingRules
from loyalty.tiers.thresholds import Bought, Standing


class Rated(Struct, frozen=True, gc=False):
    """What a card was re-rated to, the percent that acts then, and why."""

    standing: Standing
    percent: int
    cause: str


class Ratings(Struct):
    """What the cards of a flight are re-rated by: their sums by day, or all that was posted on them."""

    rules: PostingRules
    days: dict[int, dict[date, Bought]] = field(default_factory=dict)
    courses: dict[int, Course] = field(default_factory=dict)


class Account(Struct):
    """A locked card with its running figures; `states` is its history, loaded only where the past is asked for.

    `main` is the card whose money it spends, where that is another's. `points_days` are loaded only where points pay.
    `rated` is what receipts of the flight made of its percent: the next ones are still priced by what the card has.
    """

    card: Card
    series: Series
    turnover: int
    purchases: int
    balance: int
    overdraft: int
    version: int
    chain: str | None
    held: int
    points: int
    spent_on: date | None
    spent: int
    states: Sequence[tuple[datetime, CardState]] = ()
    points_days: list[PointsDay] = field(default_factory=list)
    main: "Account | None" = None
    rated: Rated | None = None
    is_touched: bool = False

    @property
    def purse(self) -> "Account":
        """The account whose money the card spends."""
        return self if self.main is None else self.main

    @property
    def room(self) -> int:
        """What may still be spent: balance + limit - open holds."""
        return self.balance + self.card.credit_limit - self.held

    def spent_on_day(self, day: date) -> int | None:
        """Give what the card spent on a day, net of what came back; None for days before the last one it spent on."""
        if self.spent_on is not None and day < self.spent_on:
            return None
        return self.spent if day == self.spent_on else 0

    def needs_history(self, at: datetime) -> bool:
        """Tell whether the present state says nothing about a moment."""
        return not self.card.is_settled_at(at)

    def state_at(self, at: datetime) -> CardState:
        """Give the card's state as of a moment."""
        return CardPast(self.card, self.states).state_at(at)

    def refusal_at(self, at: datetime) -> Refusal | None:
        """Say why the card may not be used at a moment of local time."""
        return refusal(self.card, self.series, state=self.state_at(at), at=at)

    def payment_refusal(self, at: datetime, *, is_late: bool) -> Refusal | None:
        """Say why the card may not pay or be topped up at a moment of local time.

        Money moves now: unless it moved at the till and is only told late, a card that was taken out of use since then
        is refused as well.
        """
        state = self.card.state
        if not is_late and (state == "blocked" or state == "replaced" or state == "closed"):  # noqa: PLR1714 # mypy narrows no set
            return state
        return self.refusal_at(at)

    def figures(self) -> CardFigures:
        """Give what the card stands at now."""
        percent = self.card.percent(self.series) if self.rated is None else self.rated.percent
        return CardFigures(self.turnover, self.purse.balance, self.points, percent)

    @property
    def standing(self) -> Standing:
        """The series and own percent that the receipts so far left it with."""
        return Standing(self.card.series_id, self.card.own_percent) if self.rated is None else self.rated.standing


def open_account(card: Card, series: Series) -> Account:
    """Open the running account of a locked card."""
    return Account(
        card=card,
        series=series,
        turnover=card.turnover,
        purchases=card.purchases,
        balance=card.balance,
        overdraft=card.overdraft,
        version=card.version,
        chain=card.chain,
        held=card.held,
        points=card.points,
        spent_on=card.spent_on,
        spent=card.spent,
    )


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


class PointsMove(Struct, frozen=True, gc=False):
    """What a receipt does to a card's points by day: earned until that day (None is for ever), or spent on it."""

    card_id: int
    day: date | None
    earned: int
    spent: int


class ReceiptPoints(Struct, frozen=True, gc=False):
    """What is kept of a receipt's points: all its moves, and of a sale what its returns take back of them.

    `earned` until `day` with the `weights` of its lines, and what each payment by points, named by its place, cost.
    """

    moves: list[PointsMove]
    earned: int = 0
    day: date | None = None
    weights: dict[int, int] = {}  # msgspec copies an empty default
    paid: dict[int, int] = {}  # as above


class SoldReceipt(Struct):
    """The original of a return: its state, card, payments and lines with what was returned of them so far.

    `given_back` are the payments by points of its returns, by the card's number. `resale` prices what is left of it,
    where its returns are not given back in proportion.
    """

    uid: UUID
    state: ReceiptState
    card_id: int
    total: int
    payments: Sequence[tuple[str, int, str | None]]
    lines: list[SoldLine]
    top_up_lines: frozenset[int]
    business_date: date
    points: ReceiptPoints | None = None
    given_back: dict[str, int] = {}  # msgspec copies an empty default
    resale: Resale | None = None


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
    holds: dict[UUID, Hold] = field(default_factory=dict)
    ratings: Ratings | None = None

    def find_account(self, number: str) -> Account | None:
        """Find the card that a kept number names."""
        card_id = self.card_ids.get(number)
        return None if card_id is None else self.accounts[card_id]

    def bearer(self, account: Account) -> Account:
        """Give the account that bears a card's turnover and money: the last of its chain of replacements."""
        successor = account.card.successor_id
        return account if successor is None else self.accounts[successor]

    def end_hold(self, hold: Hold, state: HoldState, *, captured: int | None, writes: "Writes") -> None:
        """End a hold, and give what it held back to its account; later receipts of the flight see it ended."""
        self.holds[hold.uid] = structs.replace(hold, state=state)
        self.accounts[hold.account_id].held -= hold.amount
        writes.ended_holds.append(HoldEnd(hold.uid, hold.account_id, hold.amount, state, captured))

    def held_by(self, account: Account) -> int:
        """Sum the open holds by which a card pays, whosever money it is."""
        return sum(
            hold.amount for hold in self.holds.values() if (hold.card_id, hold.state) == (account.card.card_id, "open")
        )


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
    points: ReceiptPoints | None = None
    accounts: tuple[int, ...] = ()


class HoldEnd(Struct, frozen=True, gc=False):
    """How a hold ended; `captured` is what its payment debited, None where there was none."""

    uid: UUID
    account_id: int
    amount: int
    state: HoldState
    captured: int | None


class Writes(Struct):
    """Rows that a flight leaves: receipts, ledger entries, sums by day, activations, and what it takes the place of.

    `at` is the moment of the flight, which every entry bears. `spenders` are the cards whose spending by day moved.
    """

    at: datetime
    receipts: list[ReceiptRow] = field(default_factory=list)
    entries: list[EntryRow] = field(default_factory=list)
    days: dict[tuple[int, date], list[int]] = field(default_factory=dict)
    activations: list[tuple[int, date, date | None]] = field(default_factory=list)
    replaced: list[Known] = field(default_factory=list)
    parked: list[Receipt] = field(default_factory=list)
    voided: list[UUID] = field(default_factory=list)
    ended_holds: list[HoldEnd] = field(default_factory=list)
    spenders: dict[int, Account] = field(default_factory=dict)
    points: list[PointsMove] = field(default_factory=list)

    @property
    def has_means(self) -> bool:
        """Tell whether holds ended, points moved or a card spent under a daily limit."""
        return bool(self.ended_holds or self.spenders or self.points)
