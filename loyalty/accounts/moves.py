"""Single acts that move money, turnover or points, once per operation: top-ups and adjustments."""

from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from loyalty.accounts.operations import find_answer, keep_answer
from loyalty.accounts.points import adjust_points
from loyalty.accounts.purses import lock_purse
from loyalty.accounts.service import Entry, LedgerName, enter
from loyalty.cards.catalogue.repository import load_series, load_zone
from loyalty.cards.model import Card, refusal
from loyalty.cards.service import load_card
from loyalty.errors import CardNotUsableError


class Moved(Struct, frozen=True):
    """What a card, and the account whose money it spends, stands at after a move: money in minor units, and points."""

    turnover: int
    balance: int
    points: int = 0


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
    known = await find_answer(connection, asked.operation_uid, asked, answer_type=Moved)
    if known is not None:
        return known, False
    own, account = await lock_purse(connection, asked.card_id)
    day = await _check(connection, asked, own, act)
    bearer = account if asked.ledger == "money" else own
    entry = Entry(asked.ledger, asked.amount, day)
    await enter(connection, bearer.card_id, [entry], source=asked.act, source_uid=asked.operation_uid, now=act.at)
    card, account = await load_card(connection, own.card_id), await load_card(connection, account.card_id)
    moved = Moved(card.turnover, account.balance, card.points)
    await keep_answer(connection, asked.operation_uid, asked, moved, act=asked.act, card_id=asked.card_id, now=act.at)
    await _record(connection, asked, act=act)
    return moved, True


async def _check(connection: AsyncConnection, asked: Move, card: Card, act: Act) -> date:
    """Check that the card takes the move; gives the installation's day. Money is put on usable credit cards only."""
    if card.card_id != asked.card_id:
        raise CardNotUsableError("the card was replaced: use its successor")
    series = await load_series(connection, card.series_id)
    local = act.at.astimezone(await load_zone(connection))
    if asked.ledger == "money" and series.settings.kind != "credit":
        raise CardNotUsableError(f"cards of series {series.code} hold no money")
    refused = refusal(card, series, state=card.state, at=local)
    if asked.act == "top_up" and refused not in {None, "outside_hours"}:
        raise CardNotUsableError(f"the card is {refused} and cannot be topped up")
    if asked.ledger == "points":
        await adjust_points(connection, card, series, asked.amount, day=local.date())
    return local.date()


async def _record(connection: AsyncConnection, asked: Move, *, act: Act) -> None:
    data = {"ledger": asked.ledger, "amount": asked.amount, "reason": asked.reason}
    await record_activity(
        connection,
        act=act,
        what=f"card.{asked.act}",
        record=f"card:{asked.card_id}",
        card_id=asked.card_id,
        data=data,
    )
