"""The SQL of entries, holds and points by day, but the hot path's. Every writer has the lock of the card concerned."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, any_, bindparam, delete, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.accounts.model import Hold, HoldState, PointsDay
from loyalty.accounts.tables import hold, points_term
from loyalty.cards.model import Card
from loyalty.cards.tables import card

_CARD_COLUMNS = [card.c[name] for name in Card.__struct_fields__]
_HOLD_COLUMNS = [hold.c[name] for name in Hold.__struct_fields__]


async def lock_cards(connection: AsyncConnection, card_ids: Collection[int]) -> dict[int, Card]:
    """Lock cards in the order of their identifiers for a change; those that do not exist are left out."""
    ids = bindparam("ids", list(card_ids), ARRAY(BigInteger))
    query = select(*_CARD_COLUMNS).where(card.c.card_id == any_(ids)).order_by(card.c.card_id)
    rows = await connection.execute(query.with_for_update(key_share=True))
    return {found.card_id: found for found in (Card(*row) for row in rows)}


async def find_bearer_ids(connection: AsyncConnection, card_ids: Collection[int]) -> set[int]:
    """Find cards, and the last of their chains for those that were replaced."""
    return set((await connection.execute(text(_BEARER_IDS), {"cards": list(card_ids)})).scalars())


_BEARER_IDS = """
    select unnest(cast(:cards as bigint[]))
    union select successor_id from card where card_id = any(:cards) and successor_id is not null
"""


async def find_purse_ids(connection: AsyncConnection, card_ids: Collection[int]) -> set[int]:
    """Find cards and those behind them: their successors, the cards whose money they spend, and their successors."""
    return set((await connection.execute(text(_PURSE_IDS), {"cards": list(card_ids)})).scalars())


_PURSE_IDS = """
    with own as (
        select coalesce(successor_id, card_id) as card_id from card where card_id = any(cast(:cards as bigint[]))),
    account as (select account_id as card_id from own join card using (card_id) where account_id is not null)
    select unnest(cast(:cards as bigint[]))
    union select card_id from own
    union select card_id from account
    union select successor_id from account join card using (card_id) where successor_id is not null
"""


class EntryRow(NamedTuple):
    """An entry as the ledger keeps it, but for its source's name."""

    card_id: int
    business_date: date
    seq: int
    account: str
    amount: int
    after: int
    corrects: int | None
    hash: bytes
    source_uid: UUID


class FiguresRow(NamedTuple):
    """What a card stands at after its entries."""

    card_id: int
    turnover: int
    balance: int
    points: int
    overdraft: int
    purchases: int
    version: int
    chain: str | None


class DayRow(NamedTuple):
    """What entries add to the sums of a card's day."""

    card_id: int
    day: date
    turnover: int
    receipts: int


class TermRow(NamedTuple):
    """What is added to a card's points by day; None is for ever."""

    card_id: int
    day: date | None
    earned: int
    spent: int


async def save_entries(
    connection: AsyncConnection,
    entries: Sequence[EntryRow],
    *,
    figures: Sequence[FiguresRow],
    days: Sequence[DayRow],
    terms: Sequence[TermRow],
    source: str,
    now: datetime,
) -> None:
    """Write entries of locked cards, and what they make of the cards, their days and points, in one statement.

    A card has one row of figures, and one for each day.
    """
    parameters: dict[str, object] = {"source": source, "now": now}
    parameters |= _columns("e", EntryRow._fields, entries) | _columns("c", FiguresRow._fields, figures)
    parameters |= _columns("d", DayRow._fields, days) | _columns("t", TermRow._fields, terms)
    await connection.execute(text(_SAVE_ENTRIES), parameters)


def _columns(prefix: str, names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> dict[str, object]:
    """Give rows by column, for `unnest`."""
    by_column = zip(*rows, strict=True) if rows else ((),) * len(names)
    return {f"{prefix}_{name}": list(values) for name, values in zip(names, by_column, strict=True)}


_SAVE_ENTRIES = """
    with entries as (
        insert into ledger (card_id, business_date, seq, account, amount, after, corrects, hash, source_uid, source, at)
        select e.*, cast(:source as text), cast(:now as timestamptz)
        from unnest(cast(:e_card_id as bigint[]), cast(:e_business_date as date[]), cast(:e_seq as bigint[]),
            cast(:e_account as text[]), cast(:e_amount as bigint[]), cast(:e_after as bigint[]),
            cast(:e_corrects as bigint[]), cast(:e_hash as bytea[]), cast(:e_source_uid as uuid[])) as e),
    days as (
        insert into card_day as d (card_id, day, turnover, receipts)
        select * from unnest(cast(:d_card_id as bigint[]), cast(:d_day as date[]), cast(:d_turnover as bigint[]),
            cast(:d_receipts as int[]))
        on conflict (card_id, day) do update
            set turnover = d.turnover + excluded.turnover, receipts = d.receipts + excluded.receipts),
    terms as (
        insert into points_term as t (card_id, day, earned, spent)
        select * from unnest(cast(:t_card_id as bigint[]), cast(:t_day as date[]), cast(:t_earned as bigint[]),
            cast(:t_spent as bigint[]))
        on conflict (card_id, day) do update
            set earned = t.earned + excluded.earned, spent = t.spent + excluded.spent, settled = false)
    update card c
    set turnover = f.turnover, balance = f.balance, points = f.points, overdraft = f.overdraft, purchases = f.purchases,
        version = f.version, chain = f.chain
    from unnest(cast(:c_card_id as bigint[]), cast(:c_turnover as bigint[]), cast(:c_balance as bigint[]),
        cast(:c_points as bigint[]), cast(:c_overdraft as bigint[]), cast(:c_purchases as int[]),
        cast(:c_version as bigint[]), cast(:c_chain as text[]))
        as f(card_id, turnover, balance, points, overdraft, purchases, version, chain)
    where c.card_id = f.card_id
"""


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


async def load_points_days(connection: AsyncConnection, card_ids: Collection[int]) -> dict[int, list[PointsDay]]:
    """Load what cards earned and spent by day."""
    ids = bindparam("ids", list(card_ids), ARRAY(BigInteger))
    columns = (points_term.c.card_id, points_term.c.day, points_term.c.earned, points_term.c.spent)
    found: dict[int, list[PointsDay]] = {card_id: [] for card_id in card_ids}
    for row in await connection.execute(select(*columns).where(points_term.c.card_id == any_(ids))):
        found[row.card_id].append(PointsDay(*row[1:]))
    return found


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


async def settle_points_days(connection: AsyncConnection, card_ids: Collection[int], *, before: date) -> None:
    """Mark the days of cards that have passed as looked at."""
    ids = bindparam("ids", list(card_ids), ARRAY(BigInteger))
    passed = (points_term.c.card_id == any_(ids)) & (points_term.c.day < before) & ~points_term.c.settled
    await connection.execute(update(points_term).where(passed).values(settled=True))


async def list_cards_with_due_points(connection: AsyncConnection, *, before: date, limit: int) -> list[int]:
    """List cards of which a day has passed, or has changed after it passed."""
    due = ~points_term.c.settled & (points_term.c.day < before)
    query = select(points_term.c.card_id).where(due).distinct().order_by(points_term.c.card_id).limit(limit)
    return list((await connection.execute(query)).scalars())


async def has_sharing_cards(connection: AsyncConnection, card_id: int) -> bool:
    """Tell whether any card spends a card's money."""
    return bool((await connection.execute(select(select(card).where(card.c.account_id == card_id).exists()))).scalar())
