"""What the rules are judged on: counts and pairs of receipts as the repository finds them. Pure values."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct


class Meeting(Struct, frozen=True):
    """A card's sales at one cashier: `of_card` are all of its sales in the store.

    `expected` is how many would be this cashier's by his share of the store's sales in the hours of the card's.
    """

    card_id: int
    store: str
    cashier: str
    receipts: int
    of_card: int
    expected: Decimal


class EntryCount(Struct, frozen=True):
    """How often cards were shown to a cashier at a till, and how often of it their number was keyed."""

    store: str
    till: str
    cashier: str
    shown: int
    keyed: int


class Hop(Struct, frozen=True):
    """Two receipts of a card in a row, closed in different stores."""

    card_id: int
    store: str
    uid: UUID
    business_date: date
    store_before: str
    uid_before: UUID
    seconds: int


class Climb(Struct, frozen=True):
    """A sale most of which was returned soon; `entry` and `last_entry` are seqs of the sale and of its last return.

    `usual` is the mean of the card's other sales, None where there are none. Amounts in minor units.
    """

    card_id: int
    series_id: int
    uid: UUID
    store: str
    cashier: str
    business_date: date
    closed_at: datetime
    total: int
    returned: int
    returned_at: datetime
    returned_on: date
    returns: tuple[UUID, ...]
    entry: int
    last_entry: int
    usual: int | None


class Standing(Struct, frozen=True):
    """A card's turnover, in the period of its series' table, before the sale, after it and after its return."""

    before: int
    after: int
    at_last: int
