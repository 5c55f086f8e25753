"""Single acts that move money or turnover, once per operation: top-ups and adjustments."""

import hashlib
from datetime import date
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from loyalty.accounts.service import Entry, LedgerName, enter
from loyalty.accounts.tables import operation
from loyalty.cards.model import refusal
from loyalty.cards.repository import find_card, load_catalogue
from loyalty.errors import CardNotUsableError, CardUnknownError, OperationConflictError


class Moved(Struct, frozen=True):
    """What a card stands at after a move, in minor units."""

    turnover: int
    balance: int


class Move(Struct, frozen=True):
    """An amount to be moved on a card, identified by the caller's UUID."""

    act: Literal["top_up", "adjust"]
    card_id: int
    ledger: LedgerName
    amount: int
    reason: str | None
    operation_uid: UUID


async def move(connection: AsyncConnection, asked: Move, *, act: Act) -> tuple[Moved, bool]:
    """Do a move once; tells what the card stands at after it, and whether it was done now.

    The same operation again answers alike. Raises CardUnknownError, CardNotUsableError, OperationConflictError,
    InsufficientFundsError, LimitExceededError.
    """
    print_of = hashlib.sha256(msgspec.json.encode(asked)).digest()
    known = await _find(connection, asked.operation_uid)
    if known is not None:
        if known[0] != print_of:
            raise OperationConflictError("an operation with this UUID was done with another content")
        return known[1], False
    day = await _check(connection, asked, act)
    entry = Entry(asked.ledger, asked.amount, day)
    await enter(connection, asked.card_id, [entry], source=asked.act, source_uid=asked.operation_uid, now=act.at)
    card = await find_card(connection, asked.card_id)
    assert card is not None, "the entry was just made on it"
    moved = Moved(card.turnover, card.balance)
    await _remember(connection, asked, print_of, moved, act=act)
    return moved, True


async def _find(connection: AsyncConnection, uid: UUID) -> tuple[bytes, Moved] | None:
    await connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:uid, 0))"), {"uid": str(uid)})
    query = select(operation.c.fingerprint, operation.c.answer).where(operation.c.uid == uid)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (row.fingerprint, msgspec.convert(row.answer, Moved))


async def _check(connection: AsyncConnection, asked: Move, act: Act) -> date:
    """Check that the card takes the move; gives the installation's day. Money is put on usable credit cards only."""
    card = await find_card(connection, asked.card_id, lock=True)
    if card is None:
        raise CardUnknownError("no card has this identifier")
    catalogue = await load_catalogue(connection)
    series = catalogue.series[card.series_id]
    local = act.at.astimezone(catalogue.zone(""))
    if asked.ledger == "money" and series.settings.kind != "credit":
        raise CardNotUsableError(f"cards of series {series.code} hold no money")
    if asked.act == "top_up" and refusal(card, series, state=card.state, at=local) not in {None, "outside_hours"}:
        raise CardNotUsableError(f"the card is {card.state} and cannot be topped up")
    if card.state == "replaced":
        raise CardNotUsableError("the card was replaced: use its successor")
    return local.date()


async def _remember(connection: AsyncConnection, asked: Move, print_of: bytes, moved: Moved, *, act: Act) -> None:
    row = {
        "uid": asked.operation_uid,
        "act": asked.act,
        "fingerprint": print_of,
        "record": f"card:{asked.card_id}",
        "answer": msgspec.to_builtins(moved),
        "at": act.at,
    }
    await connection.execute(insert(operation).values(row))
    data = {"ledger": asked.ledger, "amount": asked.amount, "reason": asked.reason}
    await record_activity(
        connection,
        act=act,
        what=f"card.{asked.act}",
        record=f"card:{asked.card_id}",
        card_id=asked.card_id,
        data=data,
    )
