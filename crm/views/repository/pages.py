"""Pages of parties by key, in any order, in either direction, whatever the filters.

Key idea: an order is a key that an index gives and, behind it, the parties that have no such key at all, by identifier;
each half is read from just beyond a key, so the last page costs as much as the first. PostgreSQL cannot know whether
filters let many pass, nor where in the order those stand who pass. So it is asked for the next `WINDOW` parties of the
order first, and which of them pass: a list that many are in ends there. Where too few pass, those who do are gathered
by their own indexes and put into order. Neither way reads what it does not need, and neither is the planner's guess.

It refuses to count: it tells how many such a reading saw by itself, and looks for no more than `MOST_SEEN`.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias

from msgspec import Struct, structs
from sqlalchemy import ColumnElement, FromClause, Select, Subquery, case, false, func, not_, null, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes.filters import attribute_order, range_of_order
from crm.parties.tables import party
from crm.views.model import Filter, View
from crm.views.operands import read_attribute_operands
from crm.views.repository.asking import Condition, is_among
from crm.views.repository.card_conditions import IS_HELD
from crm.views.repository.conditions import base_of, condition_of
from crm.views.repository.context import Context
from loyalty.cards.tables import card

WINDOW = 2_000
MOST_SEEN = 200
_RANGES = ("created", "changed")
"""Filters that name a part of the order by the same key, which its index reads alone; ranges of attributes are too."""

KeyValue: TypeAlias = str | int | bool | Decimal | date | datetime
Row: TypeAlias = tuple[int, KeyValue | None]
Query: TypeAlias = Select[*tuple[Any, ...]]  # Any: a key is a text, number, day, moment or identifier
Keys: TypeAlias = Sequence[ColumnElement[Any]]  # Any: as above


class ListPlace(Struct, frozen=True):
    """Where a page begins: just beyond a party with its key in the list's order, None for one that has no such key."""

    party_id: int
    key: KeyValue | None
    is_back: bool = False


class Order(Struct, frozen=True):
    """How a list is ordered: the key of a party, what is joined for it, and which parties have none.

    `ranking` gives the `id` and `key` of all who have one, where no index does but reading them all.
    """

    key: ColumnElement[Any]  # Any: as above
    values: FromClause | None = None
    on: Condition | None = None
    is_empty: Condition | None = None
    ranking: Subquery | None = None


class Found(Struct, frozen=True):
    """The identifiers of a page's parties in its order, and the places of the neighbouring pages.

    On the first page, `seen` parties of the list were seen, and `is_all` says that there are no more.
    """

    ids: tuple[int, ...]
    back: ListPlace | None
    on: ListPlace | None
    seen: int = 0
    is_all: bool = False


class _Half(Struct, frozen=True):
    """The parties with a key or those without, from a place on.

    `ahead` gives the identifiers and keys of all of them in order, and `filters` are what each is still asked;
    `passing` gives at once, in no order, those whom the list holds.
    """

    ahead: Query
    filters: tuple[Condition, ...]
    passing: Query
    is_descending: bool


class _Part(Struct, frozen=True):
    """Rows of a half of the list: one more than the page if there are, and how many were seen, all of them or not."""

    rows: list[Row]
    seen: int
    is_all: bool


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
    rows: list[Row] = []
    seen, is_all = 0, True
    for half in _halves(view, context, place):
        if len(rows) > size:
            is_all = False
            break
        part = await _read(connection, half, wanted=size + 1 - len(rows), window=max(window, size + 1))
        rows += part.rows
        seen, is_all = seen + part.seen, is_all and part.is_all
    page = page_of(rows, size, place)
    return page if place is not None else structs.replace(page, seen=seen, is_all=is_all)


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
            return Order(party.c.sort_name.collate("C"))


def _by_turnover() -> Order:
    turnover, holder_id = func.sum(card.c.turnover), card.c.holder_id
    own = select(turnover).where(holder_id == party.c.id, *IS_HELD).scalar_subquery()
    ranking = select(holder_id.label("id"), turnover.label("key")).where(*IS_HELD).group_by(holder_id).subquery("sums")
    return Order(own, is_empty=not_(is_among(select(holder_id).where(*IS_HELD))), ranking=ranking)


def _halves(view: View, context: Context, place: ListPlace | None) -> Iterator[_Half]:
    """Give the halves of a list in the order of reading, the first of them from the place on."""
    order, is_back = order_of(view, context), place is not None and place.is_back
    ranges = {one: _range_of(one, view, order, context) for one in view.filters}
    base = [*base_of(view), *(condition for found in ranges.values() for condition in found)]
    filters = [condition_of(one, context) for one, found in ranges.items() if not found]
    make = partial(_half, order, base, filters, is_descending=view.is_descending != is_back)
    for is_keyed in (False, True) if is_back else (True, False):
        is_here = place is None or is_keyed == (place.key is not None)
        is_behind = not is_here and is_keyed != is_back
        is_there = is_keyed or (order.is_empty is not None and not any(ranges.values()))
        if is_there and not is_behind:
            yield make(place if is_here else None, is_keyed=is_keyed)


def _range_of(one: Filter, view: View, order: Order, context: Context) -> list[Condition]:
    """Give what a filter asks of the key of the order, nothing if it speaks of something else."""
    if one.field != view.sort:
        return []
    attribute = context.attributes.get(one.field)
    if attribute is not None:
        return range_of_order(attribute, one.operator, read_attribute_operands(one, attribute), order.key)  # type: ignore[arg-type] # it was read
    return [condition_of(one, context)] if one.field in _RANGES else []


def _half(
    order: Order,
    base: Sequence[Condition],
    filters: Sequence[Condition],
    place: ListPlace | None,
    *,
    is_keyed: bool,
    is_descending: bool,
) -> _Half:
    if not is_keyed:
        assert order.is_empty is not None, "else there is no such half"
        filters = (order.is_empty, *filters)
    there = None if place is None else (place.key, place.party_id) if is_keyed else (place.party_id,)
    key = order.key if is_keyed else null()
    keys = (order.key, party.c.id) if is_keyed else (party.c.id,)
    rows = _beyond(select(party.c.id, key.label("key")).where(*base), keys, there, is_descending=is_descending)
    if is_keyed and order.values is not None and order.on is not None:
        rows = rows.select_from(party.join(order.values, order.on))
    if not is_keyed or order.ranking is None:
        ahead = rows.order_by(*_in_order(keys, is_descending=is_descending))
        return _Half(ahead, tuple(filters), rows.where(*filters), is_descending)
    ranked = order.ranking.c
    ahead = _beyond(select(ranked.id, ranked.key), (ranked.key, ranked.id), there, is_descending=is_descending)
    ahead = ahead.order_by(*_in_order((ranked.key, ranked.id), is_descending=is_descending))
    return _Half(ahead, (*base, *filters), rows.where(order.key.is_not(None), *filters), is_descending)


def _beyond(query: Query, keys: Keys, there: tuple[object, ...] | None, *, is_descending: bool) -> Query:
    """Give what stands beyond a place."""
    if there is None:
        return query
    return query.where(tuple_(*keys) < tuple_(*there) if is_descending else tuple_(*keys) > tuple_(*there))


async def _read(connection: AsyncConnection, half: _Half, *, wanted: int, window: int) -> _Part:
    near = await _read_near(connection, half, wanted=wanted, window=window)
    return near if near.is_all or len(near.rows) == wanted else await _read_gathered(connection, half, wanted=wanted)


async def _read_near(connection: AsyncConnection, half: _Half, *, wanted: int, window: int) -> _Part:
    """Read those of the next parties of the order who pass the filters, asked one by one.

    `coalesce` keeps a filter from being joined, which would look at all parties for the sake of a few.
    """
    most = max(wanted, MOST_SEEN + 1)
    looked_at = window if half.filters else most
    ahead = half.ahead.limit(looked_at).cte("ahead")
    passing = select(ahead.c.id, ahead.c.key).join_from(ahead, party, party.c.id == ahead.c.id)
    passing = passing.where(*(func.coalesce(one, false()) for one in half.filters))
    in_order = _in_order((ahead.c.key, ahead.c.id), is_descending=half.is_descending)
    seen = passing.order_by(*in_order).limit(most).subquery("seen")
    count, reached = func.count().over(), select(func.count()).select_from(ahead).scalar_subquery()
    is_all = case((count < most, reached < looked_at), else_=false())
    found = (await connection.execute(_first(select(seen.c.id, seen.c.key, count, is_all), seen, half, wanted))).all()
    return _Part([(row[0], row[1]) for row in found], *(found[0][2:] if found else (0, False)))


async def _read_gathered(connection: AsyncConnection, half: _Half, *, wanted: int) -> _Part:
    """Gather all who pass the filters, and read the first of them in the order."""
    passing = half.passing.cte("passing").prefix_with("materialized")
    query = select(passing.c.id, passing.c.key, func.count().over())
    found = (await connection.execute(_first(query, passing, half, wanted))).all()
    return _Part([(row[0], row[1]) for row in found], found[0][2] if found else 0, is_all=True)


def _first(query: Query, rows: FromClause, half: _Half, wanted: int) -> Query:
    """Give the first rows in the order of a half."""
    return query.order_by(*_in_order((rows.c.key, rows.c.id), is_descending=half.is_descending)).limit(wanted)


def _in_order(keys: Keys, *, is_descending: bool) -> list[ColumnElement[Any]]:  # Any: as above
    return [key.desc() if is_descending else key.asc() for key in keys]


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
