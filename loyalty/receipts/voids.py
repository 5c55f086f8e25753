"""Taking a receipt back, once, with its ledger entries.

A void is an act of its own with the caller's UUID. It may come before its receipt: then it waits, and the receipt is
voided as it arrives.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, cast, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from loyalty.accounts.service import EnteredRow, Entry, enter, list_entries
from loyalty.cards.tables import card, card_number
from loyalty.errors import AlreadyVoidedError, ReceiptHasReturnsError, ReceiptUnknownError
from loyalty.numbering import canonical
from loyalty.receipts.purchases import count_purchases_given_back
from loyalty.receipts.tables import awaited_original, receipt, receipt_key


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
        return await _await_receipt(connection, uid, void_uid=void_uid, reason=reason, act=act)
    if only_for is not None and only_for != (kept.store, kept.till):
        raise ReceiptUnknownError("no receipt of this till has this UUID")
    if kept.state == "voided":
        if kept.void_uid == void_uid:
            return Voided("voided")
        raise AlreadyVoidedError("the receipt was voided by another act")
    if kept.kind == "sale" and await _has_returns(connection, uid):
        raise ReceiptHasReturnsError("goods of this sale were returned: void the returns first")
    if kept.state == "posted":
        await _reverse(connection, kept, void_uid=void_uid, act=act)
    await _mark(connection, kept, void_uid)
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


async def _await_receipt(connection: AsyncConnection, uid: UUID, *, void_uid: UUID, reason: str, act: Act) -> Voided:
    """Keep a void whose receipt has not come; a second one for the same receipt must be the same."""
    data = {"void_uid": str(void_uid), "reason": reason}
    row = {"waiting_uid": uid, "act": "void", "original_uid": uid, "detail": data}
    made = await connection.execute(upsert(awaited_original).values(row).on_conflict_do_nothing())
    if made.rowcount:
        await record_activity(connection, act=act, what="receipt.void_parked", record=f"receipt:{uid}", data=data)
        return Voided("parked")
    first = select(awaited_original.c.detail["void_uid"].astext).where(awaited_original.c.waiting_uid == uid)
    if (await connection.execute(first)).scalar_one_or_none() != str(void_uid):
        raise AlreadyVoidedError("another act voids this receipt as soon as it comes")
    return Voided("parked")


async def _has_returns(connection: AsyncConnection, uid: UUID) -> bool:
    posted = exists().where(receipt.c.original_uid == uid, receipt.c.state == "posted")
    return bool((await connection.execute(select(posted))).scalar())


async def _reverse(connection: AsyncConnection, kept: _Kept, *, void_uid: UUID, act: Act) -> None:
    """Take back what the receipt entered, card by card in the order of their identifiers.

    Where a card was replaced since, the last of its chain bears the correction.
    """
    row = (await connection.execute(select(*_REVERSED).where(*_is(kept)))).one()
    purchases = -row.purchases
    if kept.kind == "return" and kept.card_id and row.original_uid is not None:
        purchases = await count_purchases_given_back(connection, kept.uid, row.original_uid)
    successors = await _chain(connection, kept, row.card_number, row.payments)
    entered: dict[int, list[EnteredRow]] = {kept.card_id: []} if kept.card_id else {}
    for entry in await list_entries(connection, kept.uid, list(successors)):
        entered.setdefault(entry.card_id, []).append(entry)
    for card_id, rows in sorted(entered.items()):
        bearer = successors[card_id]
        counter = [
            Entry(entry.ledger, -entry.amount, kept.business_date, entry.seq if bearer == card_id else None)
            for entry in rows
        ]
        await enter(
            connection,
            bearer,
            counter or [Entry("turnover", 0, kept.business_date)],
            source="void",
            source_uid=void_uid,
            now=act.at,
            purchases=purchases if card_id == kept.card_id else 0,
        )


_REVERSED = (receipt.c.purchases, receipt.c.original_uid, receipt.c.card_number, receipt.c.payments)


def _is(kept: _Kept) -> tuple[ColumnElement[bool], ...]:
    return (
        receipt.c.card_id == kept.card_id,
        receipt.c.business_date == kept.business_date,
        receipt.c.id == kept.receipt_id,
    )


async def _chain(
    connection: AsyncConnection, kept: _Kept, number: str | None, payments: Sequence[Mapping[str, object]]
) -> dict[int, int]:
    """Give the cards that the receipt may have moved, each with the last of its chain of replacements."""
    shown = [number, *(payment.get("card") for payment in payments)]
    numbers = [canonical(str(text)) for text in shown if text is not None]
    named = select(card_number.c.card_id).where(card_number.c.number.in_(numbers))
    query = select(card.c.card_id, func.coalesce(card.c.successor_id, card.c.card_id))
    found = (
        await connection.execute(query.where(or_(card.c.card_id.in_(named), card.c.card_id == kept.card_id)))
    ).all()
    chain: dict[int, int] = dict(tuple(row) for row in found)
    return chain | {last: last for last in chain.values()}


async def _mark(connection: AsyncConnection, kept: _Kept, void_uid: UUID) -> None:
    answer = receipt_key.c.answer.op("||")(cast({"state": "voided"}, JSONB))
    values = {"state": "voided", "void_uid": void_uid, "answer": answer}
    await connection.execute(update(receipt_key).where(receipt_key.c.uid == kept.uid).values(values))
    await connection.execute(update(receipt).where(*_is(kept)).values(state="voided"))
    await connection.execute(delete(awaited_original).where(awaited_original.c.waiting_uid == kept.uid))
