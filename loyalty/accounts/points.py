"""Points outside the way of a receipt: corrections by hand, and the end of points that nobody spent in time.

Points expire by the day after their last one, whenever the worker looks: what has expired follows from what was earned
and spent on which day. Where something earlier becomes known afterwards, points that expired too soon come back.
"""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act
from loyalty.accounts import repository
from loyalty.accounts.model import PointsDay, may_spend, points_left
from loyalty.accounts.service import Entry, enter
from loyalty.cards.model import Card, Series
from loyalty.cards.service import load_card, record_act
from loyalty.cards.terms import last_day
from loyalty.errors import CardNotUsableError, InsufficientFundsError

EXPIRY = "expiry"
"""The source of entries of points that expired."""


async def adjust_points(connection: AsyncConnection, card: Card, series: Series, amount: int, *, day: date) -> None:
    """Note points given to a locked card by hand with a new term, or taken off it, the oldest first.

    The entry is the caller's. Raises CardNotUsableError, InsufficientFundsError.
    """
    rules = series.settings.points
    if series.settings.kind != "bonus" or rules is None:
        raise CardNotUsableError(f"cards of series {series.code} hold no points")
    if amount < 0 and not may_spend(await repository.load_points_days(connection, card.card_id), -amount, on=day):
        raise InsufficientFundsError("the card has not so many points")
    until = None if rules.lifetime is None else last_day(day, rules.lifetime)
    moved = PointsDay(until, amount, 0) if amount > 0 else PointsDay(day, 0, -amount)
    await repository.add_points_days(connection, card.card_id, [moved])


async def expire_points(connection: AsyncConnection, card_id: int, *, today: date, uid: UUID, act: Act) -> int:
    """Take what expired before today off a card, once; gives the entered points, positive where some come back.

    `uid` names the act in the ledger.
    """
    card = await load_card(connection, card_id, lock=True)
    days = await repository.load_points_days(connection, card_id)
    expired_before = sum(one.earned - one.spent for one in days) - card.points
    amount = expired_before - points_left(days).expired(today)
    if amount:
        await enter(connection, card_id, [Entry("points", amount, today)], source=EXPIRY, source_uid=uid, now=act.at)
        await record_act(connection, card_id, "card.points_expired", {"points": -amount}, act=act)
    await repository.settle_points_days(connection, card_id, before=today)
    return amount
