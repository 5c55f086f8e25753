"""Taking a receipt back, once, with its ledger entries.

A void is an act of its own with the caller's UUID. It may come before its receipt: then it waits, and the receipt is
voided as it arrives.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal  # Any: rows of a table hold values of any column
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Row, cast, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from loyalty.accounts.service import EnteredRow, Entry, enter, list_entered
from loyalty.cards.repository import find_card
from loyalty.cards.tables import card, card_number
from loyalty.errors import AlreadyVoidedError, ReceiptHasReturnsError, ReceiptUnknownError
from loyalty.numbering import canonical
from loyalty.receipts.facts import ReceiptPoints
from loyalty.receipts.model import UNSEALED, Payment
from loyalty.receipts.purchases import count_purchases_given_back
from loyalty.receipts.tables import awaited_original, receipt, receipt_key
from loyalty.receipts.void_effects import Undone, counter_entries, load_sale, note_points, undo_points, undo_spending
from loyalty.tiers.rating import rerate_card


class Voided(Struct, frozen=True):
    """What became of a void."""

    state: Literal["voided", "parked"]


class _Kept(Struct, frozen=True):
    uid: UUID
    store: str
    till: str
    kind: str
    state: str
    receipt_id: int
    card_id: int
    business_date: date
    void_uid: UUID | None


async def void_receipt(
    connection: AsyncConnection,
    uid: UUID,
    *,
    void_uid: UUID,
    reason: str,
    only_for: tuple[str, str] | None,
    act: Act,
) -> Voided:
    """Void a receipt; `only_for` is the (store, till) that alone may be spoken of, None for all.

    The same void again answers alike. Raises AlreadyVoidedError, ReceiptHasReturnsError, InsufficientFundsError,
    LimitExceededError, and ReceiptUnknownError for a receipt of another till.
    """
    kept = await _lock(connection, uid)
    if kept is None:  # gone perhaps while its lock was waited for, to make room for its own completion
        kept = await _lock(connection, uid)
    if kept is None:
        parked = await _await_receipt(connection, uid, void_uid=void_uid, reason=reason, act=act)
        if parked is not None:
            return parked
        kept = await _lock(connection, uid)
        assert kept is not None, "it was just seen to have come"
    if only_for is not None and only_for != (kept.store, kept.till):
        raise ReceiptUnknownError("no receipt of this till has this UUID")
    if kept.state == "voided":
        if kept.void_uid == void_uid:
            return Voided("voided")
        raise AlreadyVoidedError("the receipt was voided by another act")
    if kept.kind == "sale" and await _has_returns(connection, uid):
        raise ReceiptHasReturnsError("goods of this sale were returned: void the returns first")
    if kept.state == "posted":
        await _void_posted(connection, kept, void_uid=void_uid, act=act)
    else:
        await _mark(connection, kept, void_uid, purchases=0)
    data = {"void_uid": str(void_uid), "reason": reason}
    await record_activity(
        connection, act=act, what="receipt.voided", record=f"receipt:{uid}", card_id=kept.card_id or None, data=data
    )
    return Voided("voided")


async def _lock(connection: AsyncConnection, uid: UUID) -> _Kept | None:
    columns = [receipt_key.c[name] for name in _Kept.__struct_fields__]
    query = select(*columns).where(receipt_key.c.uid == uid).with_for_update(key_share=True)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _Kept(*row)


async def _await_receipt(
    connection: AsyncConnection, uid: UUID, *, void_uid: UUID, reason: str, act: Act
) -> Voided | None:
    """Keep a void whose receipt has not come; a second one for the same receipt must be the same.

    None where the receipt has come in this very moment: a return that waits for its sale.
    """
    data = {"void_uid": str(void_uid), "reason": reason}
    row = {"waiting_uid": uid, "act": "void", "original_uid": uid, "detail": data}
    made = await connection.execute(upsert(awaited_original).values(row).on_conflict_do_nothing())
    if made.rowcount:
        await record_activity(connection, act=act, what="receipt.void_parked", record=f"receipt:{uid}", data=data)
        return Voided("parked")
    waits = select(awaited_original.c.act, awaited_original.c.detail["void_uid"].astext)
    found = (await connection.execute(waits.where(awaited_original.c.waiting_uid == uid))).one_or_none()
    if found is None or found[0] != "void":
        return None
    if found[1] != str(void_uid):
        raise AlreadyVoidedError("another act voids this receipt as soon as it comes")
    return Voided("parked")


async def _has_returns(connection: AsyncConnection, uid: UUID) -> bool:
    posted = exists().where(receipt.c.original_uid == uid, receipt.c.state == "posted")
    return bool((await connection.execute(select(posted))).scalar())


async def _void_posted(connection: AsyncConnection, kept: _Kept, *, void_uid: UUID, act: Act) -> None:
    """Take back what the receipt did, and mark it; its sale's points are judged with it and without it."""
    row = (await connection.execute(select(*_REVERSED).where(*_is(kept)))).one()
    sale = None if row.original_uid is None else await load_sale(connection, row.original_uid)
    successors = await _chain(connection, kept, row)
    for card_id in sorted(set(successors.values())):
        await find_card(connection, card_id, lock=True)
    entered = await list_entered(connection, kept.uid, list(successors))
    purchases = await _reverse(connection, kept, row, successors, entered, source=(void_uid, act.at))
    await _mark(connection, kept, void_uid, purchases=purchases)
    if kept.state == "posted" and kept.card_id:
        await rerate_card(connection, kept.card_id, source_uid=void_uid, act=act)
    after = None if sale is None else await load_sale(connection, sale.uid)
    undone = Undone(
        card_id=kept.card_id,
        sign=1 if kept.kind == "sale" else -1,
        payments=msgspec.convert(row.payments, list[Payment]),
        points=None if row.points is None else msgspec.convert(row.points, ReceiptPoints, str_keys=True),
    )
    moves = await undo_points(connection, undone, before=sale, after=after)
    for bearer in sorted({successors.get(move.card_id, move.card_id) for move in moves}):
        mine = [move for move in moves if successors.get(move.card_id, move.card_id) == bearer]
        own = [entry for entry in entered if entry.card_id == bearer]
        counter = counter_entries(mine, own, business_date=kept.business_date)
        await enter(connection, bearer, counter, source="void", source_uid=void_uid, now=act.at)
        await note_points(connection, bearer, mine)
    await undo_spending(connection, undone, business_date=kept.business_date)


async def _reverse(
    connection: AsyncConnection,
    kept: _Kept,
    row: Row[Any],
    successors: dict[int, int],
    entries: Sequence[EnteredRow],
    *,
    source: tuple[UUID, datetime],
) -> int:
    """Take back the money and turnover that the receipt entered, card by card in the order of their identifiers.

    Where a card was replaced since, the last of its chain bears the correction. Gives what the receipt and its void
    together did to the count of purchases on its day.
    """
    purchases = -row.purchases
    if kept.kind == "return" and kept.card_id and row.original_uid is not None:
        purchases = await count_purchases_given_back(connection, kept.uid, row.original_uid)
    entered: dict[int, list[EnteredRow]] = {kept.card_id: []} if kept.card_id else {}
    for entry in entries:
        if entry.ledger != "points":
            entered.setdefault(entry.card_id, []).append(entry)
    for card_id, rows in sorted(entered.items()):
        bearer = successors[card_id]
        counter = [
            Entry(entry.ledger, -entry.amount, kept.business_date, entry.seq if bearer == card_id else None)
            for entry in rows
        ]
        if card_id == kept.card_id:
            counter.append(Entry("turnover", 0, kept.business_date, purchases=purchases))
        await enter(connection, bearer, counter, source="void", source_uid=source[0], now=source[1])
    return int(row.purchases + purchases)


_REVERSED = tuple(
    receipt.c[name] for name in ("purchases", "original_uid", "card_number", "payments", "points", "accounts")
)


def _is(kept: _Kept) -> tuple[ColumnElement[bool], ...]:
    return (
        receipt.c.card_id == kept.card_id,
        receipt.c.business_date == kept.business_date,
        receipt.c.id == kept.receipt_id,
    )


async def _chain(connection: AsyncConnection, kept: _Kept, row: Row[Any]) -> dict[int, int]:
    """Give the cards that the receipt may have moved, each with the last of its chain of replacements."""
    shown = [row.card_number, *(payment.get("card") for payment in row.payments)]
    numbers = [canonical(str(text)) for text in shown if text is not None]
    named = select(card_number.c.card_id).where(card_number.c.number.in_(numbers))
    known = [kept.card_id, *(row.accounts or ())]
    query = select(card.c.card_id, func.coalesce(card.c.successor_id, card.c.card_id))
    found = (await connection.execute(query.where(or_(card.c.card_id.in_(named), card.c.card_id.in_(known))))).all()
    chain: dict[int, int] = dict(tuple(pair) for pair in found)
    return chain | {last: last for last in chain.values()}


async def _mark(connection: AsyncConnection, kept: _Kept, void_uid: UUID, *, purchases: int) -> None:
    answer = receipt_key.c.answer.op("||")(cast({"state": "voided"}, JSONB))
    values: dict[str, object] = {"state": "voided", "void_uid": void_uid, "answer": answer}
    if kept.state == "suspended":
        values["fingerprint"] = UNSEALED
    await connection.execute(update(receipt_key).where(receipt_key.c.uid == kept.uid).values(values))
    await connection.execute(update(receipt).where(*_is(kept)).values(state="voided", purchases=purchases))
    await connection.execute(delete(awaited_original).where(awaited_original.c.waiting_uid == kept.uid))
