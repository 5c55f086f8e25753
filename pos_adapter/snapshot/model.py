"""A till's snapshot as it goes over the wire, and how a card of it becomes a card again. Pure.

The key idea: of a card only what a price and a refusal need, under a keyed hash of its number; balances are not in it.
A card as it mostly is (nothing of its own) takes some 45 bytes on the wire and less on the disk.
"""

from datetime import date, datetime
from typing import Final

from msgspec import Struct

from loyalty.cards.model import Card, CardState, Catalogue
from loyalty.numbering import canonical

PAGE_CARDS: Final = 5_000
NOTHING_YET: Final = ""


class CardOwn(Struct, frozen=True, omit_defaults=True):
    """What differs from card to card: percent in 1/10000, last day, the days of a freeze, the state's beginning."""

    percent: int | None = None
    expires_on: date | None = None
    frozen_from: date | None = None
    frozen_until: date | None = None
    state_since: datetime | None = None


class SnapshotCard(Struct, frozen=True, array_like=True):
    """A card under the keyed hash of its number."""

    hash: bytes
    series_id: int
    state: CardState
    own: CardOwn | None = None


class SnapshotPage(Struct, frozen=True):
    """A part of a snapshot: the cards that changed since `since`, by identifier from behind `after`.

    `next` is the `after` of the next part, None on the last. `cursor` is the `since` of the next look; the one of the
    first part counts. `is_whole` says that all the till has is to be forgotten. `catalogue` stands on the first part of
    a look where it changed. `as_of` is the server's clock.
    """

    store: str
    till: str
    since: str
    after: int
    as_of: datetime
    cursor: str
    next: int | None
    is_whole: bool
    catalogue: Catalogue | None
    cards: list[SnapshotCard]


def to_card(kept: SnapshotCard, number: str) -> Card:
    """Give the card of a number as of the snapshot; its ledgers are empty, because nobody knows them here."""
    own = kept.own or CardOwn()
    return Card(
        card_id=0,
        number=canonical(number),
        series_id=kept.series_id,
        state=kept.state,
        state_since=own.state_since,
        own_percent=own.percent,
        own_credit_limit=None,
        own_expires_on=own.expires_on,
        activated_on=None,
        holder_id=None,
        successor_id=None,
        turnover=0,
        purchases=0,
        balance=0,
        points=0,
        credit_limit=0,
        held=0,
        overdraft=0,
        version=0,
        frozen_from=own.frozen_from,
        frozen_until=own.frozen_until,
    )
