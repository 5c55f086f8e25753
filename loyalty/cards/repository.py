"""All SQL of series, price lists, stores and cards but the hot path's."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any  # rows of a table hold values of any column
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Row,
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

from loyalty.cards.history import changes_to_keep
from loyalty.cards.model import Card, CardState, Catalogue, PriceListSettings, Series, SeriesSettings, Store
from loyalty.cards.rules import SeriesRules
from loyalty.cards.tables import (
    card,
    card_number,
    card_setting_past,
    card_state_change,
    price_list,
    price_list_version,
    series,
    series_rules_version,
    series_version,
)
from loyalty.money import Currency
from loyalty.numbering import canonical

MOST_CARD_ID = 2**63 - 1
MOST_HELD = 1_000
MOST_LINES_READ = 200_000
MOST_SOLD_LISTED = 1_000

_installation = table("installation", *map(column, ("currency", "places", "timezone", "catalogue_version")))
_receipt_line = table("receipt_line", column("sku", Text), column("receipt_id", BigInteger))
_store = table("store", *map(column, ("code", "name", "timezone")))
_CARD_COLUMNS = [card.c[name] for name in Card.__struct_fields__]


async def load_catalogue(connection: AsyncConnection) -> Catalogue:
    """Load all series, price lists and stores as of one version."""
    installation = (await connection.execute(select(_installation))).one()
    lists = (await connection.execute(select(price_list.c.code, price_list.c.definition))).all()
    stores = (await connection.execute(select(_store.c.code, _store.c.timezone))).all()
    return Catalogue(
        version=installation.catalogue_version,
        currency=Currency(installation.currency, installation.places),
        timezone=installation.timezone,
        series=await load_all_series(connection),
        price_lists={row.code: msgspec.convert(row.definition, PriceListSettings).named(row.code) for row in lists},
        stores={row.code: Store(row.code, row.timezone) for row in stores},
    )


async def load_all_series(connection: AsyncConnection) -> dict[int, Series]:
    """Load all series by their identifiers."""
    return {row.id: _series(row) for row in await connection.execute(select(series))}


async def load_catalogue_version(connection: AsyncConnection) -> int:
    """Load the number that counts every change of the catalogue."""
    return int((await connection.execute(select(_installation.c.catalogue_version))).scalar_one())


def _series(row: Row[Any]) -> Series:
    rules = SeriesRules() if row.rules is None else msgspec.convert(row.rules, SeriesRules)
    settings = msgspec.convert(row.definition, SeriesSettings)
    return Series(row.id, row.code, row.version, settings, rules, row.rules_version)


async def bump_catalogue(connection: AsyncConnection) -> None:
    """Count the catalogue's version up, so that every process reads it again; serialises changes of the catalogue."""
    await connection.execute(text("update installation set catalogue_version = catalogue_version + 1"))


async def lock_series(connection: AsyncConnection, code: str) -> Series | None:
    """Find a series and lock it against changes."""
    row = (await connection.execute(select(series).where(series.c.code == code).with_for_update())).one_or_none()
    return None if row is None else _series(row)


async def save_series(connection: AsyncConnection, code: str, settings: SeriesSettings, *, now: datetime) -> Series:
    """Make a series or give it its next version."""
    definition = msgspec.to_builtins(settings)
    made = upsert(series).values(code=code, version=1, definition=definition, last_counter=0)
    changed = made.on_conflict_do_update(
        index_elements=[series.c.code], set_={"version": series.c.version + 1, "definition": definition}
    )
    row = (await connection.execute(changed.returning(*series.c))).one()
    version = {"series_id": row.id, "version": row.version, "since": now, "definition": definition}
    await connection.execute(insert(series_version).values(version))
    return _series(row)


async def save_rules(connection: AsyncConnection, before: Series, rules: SeriesRules, *, now: datetime) -> Series:
    """Give a locked series the next version of its rules."""
    plain = msgspec.to_builtins(rules)
    version = before.rules_version + 1
    await connection.execute(update(series).where(series.c.id == before.id).values(rules_version=version, rules=plain))
    row = {"series_id": before.id, "version": version, "since": now, "rules": plain}
    await connection.execute(insert(series_rules_version).values(row))
    return msgspec.structs.replace(before, rules=rules, rules_version=version)


async def save_price_list(
    connection: AsyncConnection, code: str, settings: PriceListSettings, *, now: datetime
) -> tuple[bool, int]:
    """Make a price list or give it its next version; tells whether it is new, and its version."""
    definition = msgspec.to_builtins(settings)
    made = upsert(price_list).values(code=code, version=1, definition=definition)
    changed = made.on_conflict_do_update(
        index_elements=[price_list.c.code], set_={"version": price_list.c.version + 1, "definition": definition}
    )
    row = (await connection.execute(changed.returning(price_list.c.id, price_list.c.version))).one()
    version = {"price_list_id": row.id, "version": row.version, "since": now, "definition": definition}
    await connection.execute(insert(price_list_version).values(version))
    return row.version == 1, row.version


async def find_price_list(connection: AsyncConnection, code: str) -> PriceListSettings | None:
    """Find a price list's current settings."""
    found = (await connection.execute(select(price_list.c.definition).where(price_list.c.code == code))).scalar()
    return None if found is None else msgspec.convert(found, PriceListSettings)


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
    query = select(series.c.last_counter).where(series.c.id == series_id).with_for_update()
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
    """Make cards of numbers of one length, as they are shown, in one statement; those that exist are left out."""
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
    if abs(card_id) > MOST_CARD_ID:
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


async def load_zone(connection: AsyncConnection, store: str = "") -> tzinfo:
    """Load a store's time zone, the installation's for one that is not known."""
    own = select(_store.c.timezone).where(_store.c.code == store).scalar_subquery()
    return ZoneInfo((await connection.execute(select(func.coalesce(own, _installation.c.timezone)))).scalar_one())


async def load_series(connection: AsyncConnection, series_id: int) -> Series:
    """Load the series of a card."""
    return _series((await connection.execute(select(series).where(series.c.id == series_id))).one())


async def find_series(connection: AsyncConnection, code: str) -> Series | None:
    """Find a series by its code."""
    row = (await connection.execute(select(series).where(series.c.code == code))).one_or_none()
    return None if row is None else _series(row)
