"""Pages of parties by key, in any order, in either direction, whatever the filters.

Key idea: an order is a key that an index gives and, behind it, the parties that have no such key at all, by identifier;
each half is read from just beyond a key, so the last page costs as much as the first. PostgreSQL cannot know whether
filters let many pass, nor where in the order those stand who pass. So it is asked for the next `WINDOW` parties of the
order first, and which of them pass: a list that many are in ends there. Where too few pass, those who do are gathered
by their own indexes and put into order. Neither way reads what it does not need, and neither is the planner's guess.

Nothing is counted beyond what such a reading sees by itself.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from msgspec import Struct, structs
from sqlalchemy import ColumnElement, FromClause, Select, false, func, not_, null, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes.filters import attribute_order
from crm.parties.tables import party
from crm.views.model import View
from crm.views.repository.asking import Condition, is_among
from crm.views.repository.card_conditions import IS_HELD
from crm.views.repository.conditions import base_of, filters_of
from crm.views.repository.context import Context
from loyalty.cards.tables import card

WINDOW = 2_000

KeyValue: TypeAlias = str | int | bool | Decimal | date | datetime
Row: TypeAlias = tuple[int, KeyValue | None]
Query: TypeAlias = Select[*tuple[Any, ...]]  # Any: a key is a text, number, day, moment or identifier


class ListPlace(Struct, frozen=True):
    """Where a page begins: just beyond a party with its key in the list's order, None for one that has no such key."""

    party_id: int
    key: KeyValue | None
    is_back: bool = False


class Order(Struct, frozen=True):
    """How a list is ordered: the key, what is joined for it, which parties have none, and whether an index gives it."""

    key: ColumnElement[Any]  # Any: as above
    values: FromClause | None = None
    on: Condition | None = None
    is_empty: Condition | None = None
    is_indexed: bool = True


class Found(Struct, frozen=True):
    """The identifiers of a page's parties in its order, and the places of the neighbouring pages.

    `seen` parties of the list were seen from the page's begin on; `is_all` says that there are no more.
    """

    ids: tuple[int, ...]
    back: ListPlace | None
    on: ListPlace | None
    seen: int = 0
    is_all: bool = True


class _Part(Struct, frozen=True):
    """Rows of a half of the list: one more than the page if there are, and how many were seen, all of them or not."""

    rows: list[Row]
    seen: int
    is_all: bool


class _Half(Struct, frozen=True):
    """The parties with a key or those without: in what order they stand, and what the list asks of them."""

    query: Query
    keys: tuple[ColumnElement[Any], ...]  # Any: as above
    filters: tuple[Condition, ...]
    is_keyed: bool
    is_indexed: bool
    is_descending: bool


async def read_ids(
    connection: AsyncConnection,
    view: View,
    context: Context,
    *,
    place: ListPlace | None,
    size: int,
    window: int = WINDOW,
) -> Found:
    """Read one page of a view: the parties with a key first, then those without; backwards the other way round."""
    is_back = place is not None and place.is_back
    order, filters = order_of(view, context), tuple(filters_of(view, context))
    is_descending = view.is_descending != is_back
    rows: list[Row] = []
    seen, is_all = 0, True
    for is_keyed in (False, True) if is_back else (True, False):
        half = _half(order, base_of(view), filters, is_keyed=is_keyed, is_descending=is_descending)
        is_here = place is None or is_keyed == (place.key is not None)
        if half is None or (not is_here and is_keyed != is_back):
            continue
        if len(rows) > size:
            is_all = False
            continue
        begun = _from(half, place if is_here else None)
        part = await _read(connection, begun, wanted=size + 1 - len(rows), window=max(window, size + 1))
        rows += part.rows
        seen, is_all = seen + part.seen, is_all and part.is_all
    page = page_of(rows, size, place)
    return Found(page.ids, page.back, page.on, seen, is_all)


def order_of(view: View, context: Context) -> Order:
    """Give the order of a view."""
    attribute = context.attributes.get(view.sort)
    if attribute is not None:
        by_value = attribute_order(attribute, party.c.id)
        return Order(by_value.key, by_value.values, by_value.on, by_value.is_empty)
    match view.sort:
        case "created":
            return Order(party.c.created_at)
        case "changed":
            return Order(party.c.changed_at)
        case "turnover":
            return _by_turnover()
        case _:
            return Order(party.c.name.collate("C"))


def _by_turnover() -> Order:
    held = select(card.c.holder_id, func.sum(card.c.turnover).label("total")).where(*IS_HELD)
    sums = held.group_by(card.c.holder_id).subquery("sums")
    is_empty = not_(is_among(select(card.c.holder_id).where(*IS_HELD)))
    return Order(sums.c.total, sums, sums.c.holder_id == party.c.id, is_empty, is_indexed=False)


def _half(
    order: Order, base: Sequence[Condition], filters: tuple[Condition, ...], *, is_keyed: bool, is_descending: bool
) -> _Half | None:
    keys: tuple[ColumnElement[Any], ...]  # Any: as above
    if is_keyed:
        query = select(party.c.id, order.key.label("key")).where(*base)
        if order.values is not None and order.on is not None:
            query = query.select_from(party.join(order.values, order.on))
        keys, asked, is_indexed = (order.key, party.c.id), filters, order.is_indexed
    elif order.is_empty is not None:
        query = select(party.c.id, null().label("key")).where(*base)
        keys, asked, is_indexed = (party.c.id,), (order.is_empty, *filters), True
    else:
        return None
    return _Half(query, keys, asked, is_keyed=is_keyed, is_indexed=is_indexed, is_descending=is_descending)


def _from(half: _Half, place: ListPlace | None) -> _Half:
    """Give what stands in a half beyond a place."""
    if place is None:
        return half
    here = tuple_(*half.keys)
    there = tuple_(*((place.key, place.party_id) if half.is_keyed else (place.party_id,)))
    return structs.replace(half, query=half.query.where(here < there if half.is_descending else here > there))


async def _read(connection: AsyncConnection, half: _Half, *, wanted: int, window: int) -> _Part:
    if not half.is_indexed:
        query = half.query.where(*half.filters).order_by(*_in_order(half, *half.keys)).limit(wanted)
        found = (await connection.execute(query)).all()
        return _Part([(row[0], row[1]) for row in found], len(found), len(found) < wanted)
    near = await _read_near(connection, half, wanted=wanted, window=window)
    is_enough = near is not None and (near.is_all or len(near.rows) == wanted)
    return near if near is not None and is_enough else await _read_gathered(connection, half, wanted=wanted)


async def _read_near(connection: AsyncConnection, half: _Half, *, wanted: int, window: int) -> _Part | None:
    """Read those of the next parties of the order who pass the filters, asked one by one; None where nobody does.

    `coalesce` keeps a filter from being joined, which would look at all parties for the sake of a few.
    """
    ahead = half.query.order_by(*_in_order(half, *half.keys)).limit(window).cte("ahead")
    reached = select(func.count()).select_from(ahead).scalar_subquery()
    query = (
        select(ahead.c.id, ahead.c.key, func.count().over(), reached)
        .join_from(ahead, party, party.c.id == ahead.c.id)
        .where(*(func.coalesce(one, false()) for one in half.filters))
        .order_by(*_in_order(half, ahead.c.key, ahead.c.id))
    )
    found = (await connection.execute(query.limit(wanted))).all()
    if not found:
        return None
    return _Part([(row[0], row[1]) for row in found], found[0][2], is_all=found[0][3] < window)


async def _read_gathered(connection: AsyncConnection, half: _Half, *, wanted: int) -> _Part:
    """Gather all who pass the filters, and read the first of them in the order."""
    passing = half.query.where(*half.filters).cte("passing").prefix_with("materialized")
    query = select(passing.c.id, passing.c.key, func.count().over())
    query = query.order_by(*_in_order(half, passing.c.key, passing.c.id)).limit(wanted)
    found = (await connection.execute(query)).all()
    return _Part([(row[0], row[1]) for row in found], found[0][2] if found else 0, is_all=True)


def _in_order(half: _Half, *keys: ColumnElement[Any]) -> list[ColumnElement[Any]]:  # Any: as above
    return [key.desc() if half.is_descending else key.asc() for key in keys]


def page_of(rows: Sequence[Row], size: int, place: ListPlace | None) -> Found:
    """Make a page of what was read from a place on: identifiers with their keys, one more than is shown if there is."""
    is_back = place is not None and place.is_back
    shown = list(rows[:size])[::-1] if is_back else list(rows[:size])
    if not shown:
        return Found((), None, None)
    is_more = len(rows) > size
    has_before, has_after = (is_more, True) if is_back else (place is not None, is_more)
    return Found(
        tuple(party_id for party_id, _ in shown),
        back=ListPlace(*shown[0], is_back=True) if has_before else None,
        on=ListPlace(*shown[-1]) if has_after else None,
    )
