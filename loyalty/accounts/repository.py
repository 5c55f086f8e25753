"""The SQL of holds and of points by day, but the hot path's. Every writer holds the lock of the card concerned."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.accounts.model import Hold, HoldState, PointsDay
from loyalty.accounts.tables import hold, points_term
from loyalty.cards.tables import card

_HOLD_COLUMNS = [hold.c[name] for name in Hold.__struct_fields__]


async def find_hold(connection: AsyncConnection, uid: UUID) -> tuple[Hold, int, tuple[str | None, str | None]] | None:
    """Find a hold, with what was available after it and the (store, till) that made it."""
    query = select(*_HOLD_COLUMNS, hold.c.available, hold.c.store, hold.c.till).where(hold.c.uid == uid)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    *fields, available, store, till = row
    return Hold(*fields), available, (store, till)


async def list_open_holds(connection: AsyncConnection, card_ids: Sequence[int]) -> list[Hold]:
    """List the open holds by which cards pay, or of whose money they are."""
    concerns = or_(hold.c.account_id.in_(card_ids), hold.c.card_id.in_(card_ids))
    query = select(*_HOLD_COLUMNS).where(hold.c.state == "open", concerns).order_by(hold.c.uid)
    return [Hold(*row) for row in await connection.execute(query)]


async def insert_hold(
    connection: AsyncConnection, made: Hold, *, available: int, till: tuple[str | None, str | None], now: datetime
) -> None:
    """Keep a hold and what it holds of its account."""
    values = {name: getattr(made, name) for name in Hold.__struct_fields__}
    values |= {"available": available, "store": till[0], "till": till[1], "created_at": now}
    await connection.execute(insert(hold).values(values))
    await _add_held(connection, made.account_id, made.amount)


async def end_hold(connection: AsyncConnection, ended: Hold, state: HoldState, *, now: datetime) -> None:
    """End an open hold, and give what it held back to its account."""
    await connection.execute(update(hold).where(hold.c.uid == ended.uid).values(state=state, ended_at=now))
    await _add_held(connection, ended.account_id, -ended.amount)


async def _add_held(connection: AsyncConnection, account_id: int, amount: int) -> None:
    await connection.execute(update(card).where(card.c.card_id == account_id).values(held=card.c.held + amount))


async def list_cards_with_due_holds(connection: AsyncConnection, *, now: datetime, limit: int) -> list[int]:
    """List accounts with holds whose time is over."""
    query = select(hold.c.account_id).where(hold.c.state == "open", hold.c.expires_at <= now)
    return list((await connection.execute(query.distinct().order_by(hold.c.account_id).limit(limit))).scalars())


async def move_holds(connection: AsyncConnection, old_id: int, new_id: int) -> int:
    """Let the open holds of a card go on with its successor; gives the sum that they hold of its money."""
    is_open = hold.c.state == "open"
    await connection.execute(update(hold).where(is_open, hold.c.card_id == old_id).values(card_id=new_id))
    moved = update(hold).where(is_open, hold.c.account_id == old_id).values(account_id=new_id).returning(hold.c.amount)
    return sum((await connection.execute(moved)).scalars())


async def load_points_days(connection: AsyncConnection, card_id: int) -> list[PointsDay]:
    """Load what a card earned and spent by day."""
    columns = (points_term.c.day, points_term.c.earned, points_term.c.spent)
    query = select(*columns).where(points_term.c.card_id == card_id)
    return [PointsDay(*row) for row in await connection.execute(query)]


async def add_points_days(connection: AsyncConnection, card_id: int, days: Iterable[PointsDay]) -> None:
    """Add to what a card earned and spent by day; a day that changes is looked at anew by the worker."""
    for one in days:
        row = {"card_id": card_id, "day": one.day, "earned": one.earned, "spent": one.spent, "settled": False}
        added = upsert(points_term).values(row)
        sums = {
            "earned": points_term.c.earned + added.excluded.earned,
            "spent": points_term.c.spent + added.excluded.spent,
            "settled": False,
        }
        await connection.execute(added.on_conflict_do_update(index_elements=["card_id", "day"], set_=sums))


async def take_points_days(connection: AsyncConnection, card_id: int) -> list[PointsDay]:
    """Take what a card earned and spent by day away from it."""
    columns = (points_term.c.day, points_term.c.earned, points_term.c.spent)
    gone = delete(points_term).where(points_term.c.card_id == card_id).returning(*columns)
    return [PointsDay(*row) for row in await connection.execute(gone)]


async def settle_points_days(connection: AsyncConnection, card_id: int, *, before: date) -> None:
    """Mark a card's days that have passed as looked at."""
    passed = (points_term.c.card_id == card_id) & (points_term.c.day < before) & ~points_term.c.settled
    await connection.execute(update(points_term).where(passed).values(settled=True))


async def list_cards_with_due_points(connection: AsyncConnection, *, before: date, limit: int) -> list[int]:
    """List cards of which a day has passed, or has changed after it passed."""
    due = ~points_term.c.settled & (points_term.c.day < before)
    query = select(points_term.c.card_id).where(due).distinct().order_by(points_term.c.card_id).limit(limit)
    return list((await connection.execute(query)).scalars())


async def find_purse_ids(connection: AsyncConnection, card_id: int) -> list[int]:
    """List a card and the cards behind it: its successor, the card whose money it spends, and that one's successor."""
    last = func.coalesce(card.c.successor_id, card.c.card_id)
    own = select(last).where(card.c.card_id == card_id).scalar_subquery()
    account = select(card.c.account_id).where(card.c.card_id == own).scalar_subquery()
    bearer = select(last).where(card.c.card_id == account).scalar_subquery()
    row = (await connection.execute(select(own, account, bearer))).one()
    return [card_id, *(found for found in row if found is not None)]


async def has_sharing_cards(connection: AsyncConnection, card_id: int) -> bool:
    """Tell whether any card spends a card's money."""
    return bool((await connection.execute(select(select(card).where(card.c.account_id == card_id).exists()))).scalar())
