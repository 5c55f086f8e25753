"""Entries into the two ledgers outside the way of a receipt: documents, voids, top-ups, adjustments.

An entry is never changed. A correction is a counter-entry that names what it corrects. The figures on the card are
caches that move in the same transaction, under the card's lock.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal  # rows of a table hold values of any column
from uuid import UUID

from msgspec import Struct, structs
from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.accounts.chain import link
from loyalty.accounts.holds import expire_holds
from loyalty.accounts.model import short_of_funds
from loyalty.accounts.tables import card_day, ledger
from loyalty.cards.model import Card
from loyalty.cards.repository import find_card
from loyalty.cards.tables import card
from loyalty.errors import CardUnknownError

LedgerName = Literal["turnover", "money", "points"]


class Entry(Struct, frozen=True):
    """An amount to be entered, in minor units; `corrects` is the seq of the entry that it takes back.

    `purchases` moves the count of purchases on the entry's day; an entry may do that alone, with an amount of 0.
    """

    ledger: LedgerName
    amount: int
    business_date: date
    corrects: int | None = None
    purchases: int = 0


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
    held = await expire_holds(connection, await _lock_bearer(connection, card_id), now=now)
    if held.card_id != card_id:  # what is corrected stands in the ledger of the card that was replaced
        entries = [structs.replace(entry, corrects=None) for entry in entries]
    figures: dict[LedgerName, int] = {"turnover": held.turnover, "money": held.balance, "points": held.points}
    rows = _entry_rows(held, entries, figures, source={"source": source, "source_uid": source_uid, "at": now})
    owed = max(0, held.held - figures["money"] - held.credit_limit)
    if owed and figures["money"] < held.balance and not may_owe:
        raise short_of_funds(held.credit_limit)
    if rows:
        await connection.execute(insert(ledger), rows)
    values = {
        "turnover": figures["turnover"],
        "balance": figures["money"],
        "points": figures["points"],
        "overdraft": owed if may_owe else min(held.overdraft, owed),
        "purchases": held.purchases + sum(entry.purchases for entry in entries),
        "version": held.version + len(rows),
        "chain": rows[-1]["hash"].hex() if rows else held.chain,
    }
    await connection.execute(update(card).where(card.c.card_id == held.card_id).values(values))
    await _add_to_days(connection, held.card_id, entries)


async def _lock_bearer(connection: AsyncConnection, card_id: int) -> Card:
    """Lock a card, or where it was replaced the last of its chain. Raises CardUnknownError."""
    found = await find_card(connection, card_id, lock=True)
    if found is not None and found.successor_id is not None:
        found = await find_card(connection, found.successor_id, lock=True)
    if found is None:
        raise CardUnknownError("no card has this identifier")
    return found


def _entry_rows(
    held: Card, entries: Sequence[Entry], figures: dict[LedgerName, int], *, source: dict[str, Any]
) -> list[dict[str, Any]]:
    """Give the entries chained on to the card's last one, and move the figures; amounts of nothing are left out."""
    rows: list[dict[str, Any]] = []
    chain = held.chain
    for entry in entries:
        if entry.amount:
            figures[entry.ledger] += entry.amount
            row = source | {
                "card_id": held.card_id,
                "business_date": entry.business_date,
                "seq": held.version + len(rows) + 1,
                "account": entry.ledger,
                "amount": entry.amount,
                "after": figures[entry.ledger],
                "corrects": entry.corrects,
            }
            chain = link(chain, **row)
            rows.append(row | {"hash": bytes.fromhex(chain)})
    return rows


async def _add_to_days(connection: AsyncConnection, card_id: int, entries: Sequence[Entry]) -> None:
    days: dict[date, list[int]] = {}
    for entry in entries:
        sums = days.setdefault(entry.business_date, [0, 0])
        sums[0] += entry.amount if entry.ledger == "turnover" else 0
        sums[1] += entry.purchases
    rows = [
        {"card_id": card_id, "day": day, "turnover": turnover, "receipts": receipts}
        for day, (turnover, receipts) in sorted(days.items())
        if turnover or receipts
    ]
    if rows:
        added = upsert(card_day)
        sums_of = {
            "turnover": card_day.c.turnover + added.excluded.turnover,
            "receipts": card_day.c.receipts + added.excluded.receipts,
        }
        await connection.execute(added.on_conflict_do_update(index_elements=["card_id", "day"], set_=sums_of), rows)


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
