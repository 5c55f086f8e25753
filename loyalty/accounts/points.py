"""Points outside the way of a receipt: corrections by hand, and the end of points that nobody spent in time.

Points expire by the day after their last one, whenever the worker looks: what has expired follows from what was earned
and spent on which day. Where something earlier becomes known afterwards, points that expired too soon come back.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activities
from loyalty.accounts import repository
from loyalty.accounts.model import PointsDay, may_spend, points_left
from loyalty.accounts.service import CardEntries, Entry, Source, enter_many
from loyalty.cards.model import Card, Series
from loyalty.cards.terms import last_day
from loyalty.errors import CardNotUsableError, InsufficientFundsError

EXPIRY = "expiry"
"""The source of entries of points that expired."""

CARDS_PER_PORTION = 1_000
"""So many cards whoever looks for what expired does at once: their locks last until all are done."""


async def adjust_points(connection: AsyncConnection, card: Card, series: Series, amount: int, *, day: date) -> None:
    """Note points given to a locked card by hand with a new term, or taken off it, the oldest first.

    The entry is the caller's. Raises CardNotUsableError, InsufficientFundsError.
    """
    rules = series.settings.points
    if series.settings.kind != "bonus" or rules is None:
        raise CardNotUsableError(f"cards of series {series.code} hold no points")
    days = await repository.load_points_days(connection, [card.card_id])
    if amount < 0 and not may_spend(days[card.card_id], -amount, on=day):
        raise InsufficientFundsError("the card has not so many points")
    until = None if rules.lifetime is None else last_day(day, rules.lifetime)
    moved = PointsDay(until, amount, 0) if amount > 0 else PointsDay(day, 0, -amount)
    await repository.add_points_days(connection, card.card_id, [moved])


async def expire_points(
    connection: AsyncConnection, card_ids: Sequence[int], *, today: date, uid: UUID, act: Act
) -> dict[int, int]:
    """Take what expired before today off cards, once; gives the entered points by card, positive where some come back.

    `uid` names the act in the ledgers.
    """
    cards = await repository.lock_cards(connection, card_ids)
    days = await repository.load_points_days(connection, list(cards))
    changes = {card_id: _expired(card, days[card_id], today=today) for card_id, card in cards.items()}
    amounts = {card_id: amount for card_id, amount in changes.items() if amount}
    if amounts:
        wanted = [CardEntries(card_id, [Entry("points", amount, today)]) for card_id, amount in amounts.items()]
        await enter_many(connection, wanted, source=Source(EXPIRY, uid, act.at))
        rows = [(card_id, {"points": -amount}) for card_id, amount in amounts.items()]
        await record_activities(connection, act=act, what="card.points_expired", cards=rows)
    await repository.settle_points_days(connection, list(cards), before=today)
    return amounts


def _expired(card: Card, days: Sequence[PointsDay], *, today: date) -> int:
    """Give what is to be entered, so that what expired before today is off the card."""
    expired_before = sum(one.earned - one.spent for one in days) - card.points
    return expired_before - points_left(days).expired(today)
