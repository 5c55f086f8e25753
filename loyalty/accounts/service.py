"""Entries into the two ledgers outside the way of a receipt: documents, voids, top-ups, adjustments, bonuses, expiry.

An entry is never changed. A correction is a counter-entry that names what it corrects. The figures on the card are
caches that move in the same transaction, under the card's lock. The key idea: however many cards are concerned, they
are locked by one statement and written by another; what lies between, the chains of hashes too, is decided in memory.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct, structs
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.accounts import repository
from loyalty.accounts.chain import link
from loyalty.accounts.holds import expire_holds_of
from loyalty.accounts.model import PointsDay, short_of_funds
from loyalty.accounts.purses import MOST_TRIES, last_of
from loyalty.accounts.repository import DayRow, EntryRow, FiguresRow, TermRow
from loyalty.accounts.tables import ledger
from loyalty.cards.model import Card
from loyalty.errors import CardUnknownError

LedgerName = Literal["turnover", "money", "points"]


class Entry(Struct, frozen=True):
    """An amount to be entered, in minor units; `corrects` is the seq of the entry that it takes back.

    `purchases` moves the count of purchases on the entry's day; an entry may do that alone, with an amount of 0. `uid`
    names the act behind this entry, where it is another one than the source's.
    """

    ledger: LedgerName
    amount: int
    business_date: date
    corrects: int | None = None
    purchases: int = 0
    uid: UUID | None = None


class CardEntries(Struct, frozen=True):
    """What is entered into the ledgers of one card; `terms` are added to its points by day."""

    card_id: int
    entries: Sequence[Entry]
    terms: Sequence[PointsDay] = ()


class Source(Struct, frozen=True):
    """Where entries come from, and when they are entered."""

    name: str
    uid: UUID
    at: datetime


async def enter(
    connection: AsyncConnection,
    card_id: int,
    entries: Sequence[Entry],
    *,
    source: str,
    source_uid: UUID,
    now: datetime,
    may_owe: bool = False,
) -> None:
    """Enter amounts into a card's ledgers; of a replaced card into those of the last of its chain.

    Money never falls below what the card may owe, unless `may_owe`: then what is owed beyond it is kept as overdraft.
    Raises CardUnknownError, InsufficientFundsError, LimitExceededError.
    """
    wanted = [CardEntries(card_id, entries)]
    await enter_many(connection, wanted, source=Source(source, source_uid, now), may_owe=may_owe)


async def enter_many(
    connection: AsyncConnection, wanted: Sequence[CardEntries], *, source: Source, may_owe: bool = False
) -> None:
    """Enter amounts into the ledgers of many cards as `enter` does for one; all of them or, with its errors, none.

    Cards are locked in the order of their identifiers. What several of them mean for one card is entered in the order
    given.
    """
    cards = await _lock_bearers(connection, [one.card_id for one in wanted])
    gathered = _gather(wanted, cards)
    held = await expire_holds_of(connection, {card_id: cards[card_id] for card_id in gathered}, now=source.at)
    entered = [_decide(held[card_id], one, source=source, may_owe=may_owe) for card_id, one in gathered.items()]
    await repository.save_entries(
        connection,
        [row for one in entered for row in one.rows],
        figures=[one.figures for one in entered],
        days=[row for one in gathered.values() for row in _sum_days(one)],
        terms=[row for one in gathered.values() for row in _sum_terms(one)],
        source=source.name,
        now=source.at,
    )


async def _lock_bearers(connection: AsyncConnection, card_ids: Sequence[int]) -> dict[int, Card]:
    """Lock cards, and where they were replaced the last of their chains. Raises CardUnknownError."""
    for _ in range(MOST_TRIES):
        cards = await repository.lock_cards(connection, await repository.find_bearer_ids(connection, card_ids))
        if not cards.keys() >= set(card_ids):
            raise CardUnknownError("no card has this identifier")
        if all(one.successor_id is None or one.successor_id in cards for one in cards.values()):
            return cards
    raise AssertionError("a card is replaced with every look")


def _gather(wanted: Iterable[CardEntries], cards: Mapping[int, Card]) -> dict[int, CardEntries]:
    """Gather what is entered by the card that bears it, in the order of identifiers."""
    gathered: dict[int, CardEntries] = {}
    for one in wanted:
        card_id, entries = last_of(cards, one.card_id).card_id, one.entries
        if card_id != one.card_id:  # what is corrected stands in the ledger of the card that was replaced
            entries = [structs.replace(entry, corrects=None) for entry in entries]
        before = gathered.get(card_id, CardEntries(card_id, ()))
        gathered[card_id] = CardEntries(card_id, (*before.entries, *entries), (*before.terms, *one.terms))
    return dict(sorted(gathered.items()))


class _Entered(Struct, frozen=True):
    """The entries of a card, chained on to its last one, and what it stands at after them."""

    rows: Sequence[EntryRow]
    figures: FiguresRow


def _decide(held: Card, wanted: CardEntries, *, source: Source, may_owe: bool) -> _Entered:
    """Decide what is entered; amounts of nothing are left out. Raises InsufficientFundsError, LimitExceededError."""
    figures: dict[LedgerName, int] = {"turnover": held.turnover, "money": held.balance, "points": held.points}
    rows: list[EntryRow] = []
    for entry in wanted.entries:
        if entry.amount:
            figures[entry.ledger] += entry.amount
            before = rows[-1].hash.hex() if rows else held.chain
            seq = held.version + len(rows) + 1
            rows.append(_chain(before, entry, source, card_id=held.card_id, seq=seq, after=figures[entry.ledger]))
    owed = max(0, held.held - figures["money"] - held.credit_limit)
    if owed and figures["money"] < held.balance and not may_owe:
        raise short_of_funds(held.credit_limit)
    after = FiguresRow(
        held.card_id,
        turnover=figures["turnover"],
        balance=figures["money"],
        points=figures["points"],
        overdraft=owed if may_owe else min(held.overdraft, owed),
        purchases=held.purchases + sum(entry.purchases for entry in wanted.entries),
        version=held.version + len(rows),
        chain=rows[-1].hash.hex() if rows else held.chain,
    )
    return _Entered(rows, after)


def _chain(before: str | None, entry: Entry, source: Source, *, card_id: int, seq: int, after: int) -> EntryRow:
    source_uid = entry.uid or source.uid
    chain = link(
        before,
        card_id=card_id,
        seq=seq,
        business_date=entry.business_date,
        account=entry.ledger,
        amount=entry.amount,
        after=after,
        source=source.name,
        source_uid=source_uid,
        corrects=entry.corrects,
        at=source.at,
    )
    digest = bytes.fromhex(chain)
    row = (card_id, entry.business_date, seq, entry.ledger, entry.amount, after, entry.corrects)
    return EntryRow(*row, hash=digest, source_uid=source_uid)


def _sum_days(wanted: CardEntries) -> list[DayRow]:
    """Give what entries add to the days of a card, without days to which they add nothing."""
    days: dict[date, tuple[int, int]] = {}
    for entry in wanted.entries:
        turnover, receipts = days.get(entry.business_date, (0, 0))
        added = entry.amount if entry.ledger == "turnover" else 0
        days[entry.business_date] = (turnover + added, receipts + entry.purchases)
    return [DayRow(wanted.card_id, day, *sums) for day, sums in sorted(days.items()) if any(sums)]


def _sum_terms(wanted: CardEntries) -> list[TermRow]:
    """Give what is added to the points of a card, once for each day."""
    terms: dict[date | None, tuple[int, int]] = {}
    for one in wanted.terms:
        earned, spent = terms.get(one.day, (0, 0))
        terms[one.day] = (earned + one.earned, spent + one.spent)
    return [TermRow(wanted.card_id, day, *sums) for day, sums in terms.items()]


class EnteredRow(Struct, frozen=True):
    """An entry as it stands in the ledger."""

    card_id: int
    business_date: date
    seq: int
    ledger: LedgerName
    amount: int


async def list_entered(connection: AsyncConnection, source_uid: UUID, card_ids: Sequence[int]) -> list[EnteredRow]:
    """List what one source entered into cards' ledgers, oldest first."""
    columns = (ledger.c.card_id, ledger.c.business_date, ledger.c.seq, ledger.c.account, ledger.c.amount)
    query = select(*columns).where(ledger.c.card_id.in_(card_ids), ledger.c.source_uid == source_uid)
    return [EnteredRow(*row) for row in await connection.execute(query.order_by(ledger.c.card_id, ledger.c.seq))]
