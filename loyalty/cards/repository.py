"""All SQL of cards but the hot path's: how they are made, found and changed. The catalogue's stands with it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from io import BytesIO

import asyncpg
import msgspec
from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Text,
    and_,
    case,
    column,
    func,
    insert,
    literal,
    or_,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from database.identifiers import MOST_ID
from loyalty.cards.catalogue.repository import load_zone
from loyalty.cards.history import changes_to_keep
from loyalty.cards.model import Card, CardState, Series
from loyalty.cards.tables import card, card_number, card_setting_past, card_state_change, series
from loyalty.numbering import canonical

MOST_HELD = 1_000
MOST_LINES_READ = 200_000
MOST_SOLD_LISTED = 1_000

_receipt_line = table("receipt_line", column("sku", Text), column("receipt_id", BigInteger))
_CARD_COLUMNS = [card.c[name] for name in Card.__struct_fields__]


async def series_has_cards(connection: AsyncConnection, series_id: int) -> bool:
    """Tell whether a series has any card."""
    return bool((await connection.execute(select(select(card).where(card.c.series_id == series_id).exists()))).scalar())


async def set_inherited_limit(connection: AsyncConnection, series_id: int, limit: int) -> None:
    """Give a series' limit to its cards without one of their own; what they owe beyond it is kept as overdraft."""
    beyond = func.greatest(0, card.c.held - card.c.balance - limit)
    inherits = (card.c.series_id == series_id) & card.c.own_credit_limit.is_(None) & (card.c.credit_limit != limit)
    await connection.execute(update(card).where(inherits).values(credit_limit=limit, overdraft=beyond))


async def lock_counter(connection: AsyncConnection, series_id: int) -> int:
    """Lock a series for the making of cards; gives the counter of the last number made."""
    query = select(series.c.last_counter).where(series.c.id == series_id).with_for_update(key_share=True)
    return int((await connection.execute(query)).scalar_one())


async def load_counter(connection: AsyncConnection, series_id: int) -> int:
    """Load the counter of the last number made."""
    return int((await connection.execute(select(series.c.last_counter).where(series.c.id == series_id))).scalar_one())


async def save_counter(connection: AsyncConnection, series_id: int, last: int) -> None:
    """Remember the counter of the last number made."""
    await connection.execute(update(series).where(series.c.id == series_id).values(last_counter=last))


async def insert_cards(
    connection: AsyncConnection, numbers: Sequence[tuple[str, str]], *, of: Series, state: str, now: datetime
) -> dict[str, int]:
    """Make cards with given (kept, shown) numbers; numbers that exist are left out. Gives card_id by shown number."""
    if not numbers:
        return {}
    statement = text(_INSERT_CARDS)
    parameters = {
        "kept": [kept for kept, _ in numbers],
        "shown": [shown for _, shown in numbers],
        "series": of.id,
        "state": state,
        "credit_limit": of.settings.credit_limit,
        "now": now,
    }
    return {row.number: row.card_id for row in await connection.execute(statement, parameters)}


_INSERT_CARDS = """
    with directory as (
        insert into card_number (number, card_id)
        select kept, nextval('card_id_seq') from unnest(cast(:kept as text[])) as kept
        on conflict do nothing
        returning number, card_id)
    insert into card (card_id, number, series_id, state, credit_limit, created_at)
    select d.card_id, n.shown, :series, :state, :credit_limit, :now
    from unnest(cast(:kept as text[]), cast(:shown as text[])) as n(kept, shown)
    join directory d on d.number = n.kept
    returning number, card_id
"""


class Made(Struct, frozen=True):
    """How many cards were made at once, and the first and last of their identifiers (0 for none)."""

    count: int
    first: int
    last: int


async def insert_portion(
    connection: AsyncConnection, numbers: Sequence[str], *, of: Series, state: str, now: datetime
) -> Made:
    """Make cards of numbers of a template, as they are shown; those that exist are left out.

    Hardly ever does one exist: so they are copied in, and only where that fails, or crosses somebody else who makes
    such cards at this moment, is each of them looked for.
    """
    try:
        async with connection.begin_nested():
            return await _copy_portion(connection, numbers, of=of, state=state, now=now)
    except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError):
        parameters = {
            "kept": [canonical(number) for number in numbers],
            "length": len(numbers[0]),
            "series": of.id,
            "state": state,
            "credit_limit": of.settings.credit_limit,
            "now": now,
        }
        return Made(*(await connection.execute(text(_INSERT_PORTION), parameters)).one())


_INSERT_PORTION = """
    with directory as (
        insert into card_number (number, card_id)
        select kept, nextval('card_id_seq') from unnest(cast(:kept as text[])) as kept
        on conflict do nothing
        returning number, card_id),
    made as (
        insert into card (card_id, number, series_id, state, credit_limit, created_at)
        select card_id, right(number, :length), :series, :state, :credit_limit, :now from directory
        returning card_id)
    select count(*), coalesce(min(card_id), 0), coalesce(max(card_id), 0) from made
"""


async def _copy_portion(
    connection: AsyncConnection, numbers: Sequence[str], *, of: Series, state: str, now: datetime
) -> Made:
    """Copy cards into their tables; numbers of templates hold nothing that COPY would read otherwise."""
    query = text("select array_agg(nextval('card_id_seq')) from generate_series(1, :count)")
    card_ids: list[int] = (await connection.execute(query, {"count": len(numbers)})).scalar_one()
    raw = (await connection.get_raw_connection()).driver_connection
    assert raw is not None, "the identifiers were just taken on it"
    made = list(zip(numbers, card_ids, strict=True))
    directory = "".join([f"{canonical(number)}\t{card_id}\n" for number, card_id in made])
    end = f"\t{of.id}\t{state}\t{of.settings.credit_limit}\t{now.isoformat()}\n"
    cards = "".join([f"{card_id}\t{number}{end}" for number, card_id in made])
    columns = ("card_id", "number", "series_id", "state", "credit_limit", "created_at")
    await raw.copy_to_table("card_number", source=BytesIO(directory.encode()), columns=("number", "card_id"))
    await raw.copy_to_table("card", source=BytesIO(cards.encode()), columns=columns)
    return Made(len(card_ids), card_ids[0], card_ids[-1])


async def find_taken_numbers(connection: AsyncConnection, numbers: Sequence[str]) -> set[str]:
    """Find which of some kept numbers are cards' already."""
    query = select(card_number.c.number).where(card_number.c.number.in_(numbers))
    return set((await connection.execute(query)).scalars())


async def list_sold(connection: AsyncConnection, prefix: str, *, length: int) -> list[str]:
    """List the codes of articles in the newest lines of receipts that begin so and have that length.

    A leading 0 more or less counts for none: a UPC-A and its EAN-13 are one code.
    """
    newest = select(_receipt_line.c.sku).order_by(_receipt_line.c.receipt_id.desc()).limit(MOST_LINES_READ).subquery()
    sku = newest.c.sku
    longer, shorter = literal("0") + sku, case((sku.startswith("0"), func.substr(sku, 2)))
    alike = [and_(func.length(text) == length, text.startswith(prefix)) for text in (sku, longer, shorter)]
    return list((await connection.execute(select(sku).where(or_(*alike)).distinct().limit(MOST_SOLD_LISTED))).scalars())


async def find_card_id(connection: AsyncConnection, number: str) -> int | None:
    """Find a card by its kept number."""
    return (
        await connection.execute(select(card_number.c.card_id).where(card_number.c.number == number))
    ).scalar_one_or_none()


async def find_card(connection: AsyncConnection, card_id: int, *, lock: bool = False) -> Card | None:
    """Find a card, and lock it for a change if asked to. An identifier beyond its column's range names no card."""
    if abs(card_id) > MOST_ID:
        return None
    query = select(*_CARD_COLUMNS).where(card.c.card_id == card_id)
    row = (await connection.execute(query.with_for_update(key_share=True) if lock else query)).one_or_none()
    return None if row is None else Card(*row)


async def list_held_cards(connection: AsyncConnection, holder_ids: Iterable[int]) -> list[Card]:
    """List the cards of holders, oldest first, `MOST_HELD` at most."""
    query = select(*_CARD_COLUMNS).where(card.c.holder_id.in_(holder_ids)).order_by(card.c.card_id).limit(MOST_HELD)
    return [Card(*row) for row in await connection.execute(query)]


async def change_card(connection: AsyncConnection, card_id: int, values: dict[str, object]) -> None:
    """Change columns of a card."""
    await connection.execute(update(card).where(card.c.card_id == card_id).values(values))


async def keep_past(connection: AsyncConnection, before: Card, *, cause: str, now: datetime) -> None:
    """Keep the series, percent and last day that a locked card had until now: whoever changes one of them calls this.

    So a receipt can be priced again as of its own moment. Of several changes at one moment the first tells what was.
    """
    past = {
        "card_id": before.card_id,
        "until": now,
        "series_id": before.series_id,
        "own_percent": before.own_percent,
        "own_expires_on": before.own_expires_on,
        "cause": cause,
    }
    await connection.execute(upsert(card_setting_past).values(past).on_conflict_do_nothing())


async def change_state(
    connection: AsyncConnection, before: Card, state: CardState, *, reason: str | None, now: datetime
) -> None:
    """Move a locked card to a state and keep what it was before, so that its state at any moment can be told."""
    zone = UTC if before.frozen_from is None else await load_zone(connection)
    await change_states(connection, [before], state, reason=reason, zone=zone, now=now)


async def change_states(
    connection: AsyncConnection,
    cards: Sequence[Card],
    state: CardState,
    *,
    reason: str | None,
    zone: tzinfo,
    now: datetime,
) -> None:
    """Move locked cards to a state and keep what each was before; days of a freeze are those of a time zone."""
    changes = [(before, msgspec.structs.replace(before, state=state)) for before in cards]
    moments: dict[datetime, list[int]] = {}
    for card_id, since in (await _keep_states(connection, changes, reason=reason, zone=zone, now=now)).items():
        moments.setdefault(since, []).append(card_id)
    for since, card_ids in moments.items():
        moved = update(card).where(card.c.card_id.in_(card_ids))
        await connection.execute(moved.values(state=state, state_since=since))


async def change_freeze(connection: AsyncConnection, before: Card, after: Card, *, now: datetime) -> None:
    """Give a locked card the state, the days of a freeze and the last day of another value, and keep what it was."""
    zone = await load_zone(connection)
    kept = await _keep_states(connection, [(before, after)], reason=None, zone=zone, now=now)
    values: dict[str, object] = {
        "state": after.state,
        "state_since": kept[before.card_id],
        "frozen_from": after.frozen_from,
        "frozen_until": after.frozen_until,
        "own_expires_on": after.own_expires_on,
    }
    await change_card(connection, before.card_id, values)


async def _keep_states(
    connection: AsyncConnection,
    changes: Iterable[tuple[Card, Card]],
    *,
    reason: str | None,
    zone: tzinfo,
    now: datetime,
) -> dict[int, datetime]:
    """Keep how cards' states change; gives the moment from which each is what it is after."""
    kept = {
        before.card_id: changes_to_keep(before, after, reason=reason, zone=zone, now=now) for before, after in changes
    }
    rows = [
        {"card_id": card_id, "since": change.since, "state": change.state, "reason": change.reason}
        for card_id, found in kept.items()
        for change in found
    ]
    await connection.execute(insert(card_state_change), rows)
    return {card_id: found[-1].since for card_id, found in kept.items()}
