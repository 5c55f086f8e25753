"""What a void does beside counter-entries: points by day, and what a card spent under its daily limit.

The void of one of several returns does not simply take back what that return did: what all returns of a sale did to
points follows from what is left of the sale, and so it must after the void, whichever of them it was.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.accounts.model import PointsDay
from loyalty.accounts.repository import add_points_days
from loyalty.accounts.service import EnteredRow, Entry
from loyalty.cards.repository import change_card, find_card, find_card_id
from loyalty.numbering import canonical
from loyalty.pricing.points import taken_back
from loyalty.receipts.facts import PointsMove, ReceiptPoints, SoldReceipt
from loyalty.receipts.model import Payment
from loyalty.receipts.points import given_back, paid_by_card
from loyalty.receipts.repository import OriginalRow
from loyalty.receipts.sold import load_sold
from loyalty.receipts.tables import receipt_key


class Undone(Struct, frozen=True):
    """A receipt that is being voided: the card that it counted for, its payments, and what it did to points."""

    card_id: int
    sign: int
    payments: Sequence[Payment]
    points: ReceiptPoints | None


async def load_sale(connection: AsyncConnection, original_uid: UUID) -> SoldReceipt | None:
    """Lock and load the sale of a return, if points moved with it; None for any other."""
    columns = [receipt_key.c[name] for name in OriginalRow.__struct_fields__]
    lock = select(*columns).where(receipt_key.c.uid == original_uid).with_for_update(key_share=True)
    row = OriginalRow(*(await connection.execute(lock)).one())
    raw = (await connection.get_raw_connection()).driver_connection
    assert raw is not None, "the lock was just taken on it"
    sold = await load_sold(raw, row)
    return None if sold.points is None else sold


async def undo_points(
    connection: AsyncConnection,
    undone: Undone,
    *,
    before: SoldReceipt | None,
    after: SoldReceipt | None,
) -> list[PointsMove]:
    """Give the moves that undo a receipt's points; `before` and `after` are its sale with and without this return."""
    own = [] if undone.points is None else undone.points.moves
    if before is None or after is None or before.points is None:
        return [_turned(move) for move in own]
    known = before.points
    moves = [_turned(move) for move in own if move.earned > 0 or move.spent > 0]
    again = taken_back(known.earned, known.weights, before.lines) - taken_back(known.earned, known.weights, after.lines)
    moves.append(PointsMove(undone.card_id, known.day, again, 0))
    for number, paid in paid_by_card(before).items():
        back = given_back(paid, before.given_back.get(number, 0)) - given_back(paid, after.given_back.get(number, 0))
        card_id = await find_card_id(connection, number) if back else None
        if card_id is not None:
            moves.append(PointsMove(card_id, before.business_date, 0, back))
    return [move for move in moves if move.earned or move.spent]


def _turned(move: PointsMove) -> PointsMove:
    return msgspec.structs.replace(move, earned=-move.earned, spent=-move.spent)


async def note_points(connection: AsyncConnection, bearer_id: int, moves: Sequence[PointsMove]) -> None:
    """Note moves of points by day on the card that bears them."""
    await add_points_days(connection, bearer_id, [PointsDay(move.day, move.earned, move.spent) for move in moves])


def counter_entries(moves: Sequence[PointsMove], entered: Sequence[EnteredRow], *, business_date: date) -> list[Entry]:
    """Give the entries of moves of points; one that takes back an entry in full names it."""
    open_rows = [row for row in entered if row.ledger == "points"]
    entries = []
    for move in moves:
        amount = move.earned - move.spent
        taken = next((row for row in open_rows if row.amount == -amount), None)
        if taken is not None:
            open_rows.remove(taken)
        entries.append(Entry("points", amount, business_date, None if taken is None else taken.seq))
    return entries


async def undo_spending(connection: AsyncConnection, undone: Undone, *, business_date: date) -> None:
    """Take what a receipt spent off the day of each card that has a daily limit; its cards are locked."""
    for payment in undone.payments:
        if payment.kind != "card" or payment.card is None or not payment.amount:
            continue
        card_id = await find_card_id(connection, canonical(payment.card))
        payer = None if card_id is None else await find_card(connection, card_id)
        if payer is not None and payer.successor_id is not None:
            payer = await find_card(connection, payer.successor_id)
        if payer is not None and payer.day_limit is not None and payer.spent_on == business_date:
            await change_card(connection, payer.card_id, {"spent": payer.spent - undone.sign * payment.amount})
