"""Pages of parties by key, in any order, in either direction.

Key idea: an order is a key that an index gives and, behind it, the parties that have no such key at all, by identifier.
So an order by an attribute or by turnover shows everybody, and each half is read from just beyond a key: the last page
costs as much as the first, and rows that come meanwhile move nothing. It never counts further than `MOST_COUNTED`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from msgspec import Struct
from sqlalchemy import ColumnElement, FromClause, Select, func, not_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes.filters import attribute_order
from crm.parties.tables import party
from crm.views.model import View
from crm.views.repository.asking import Condition, is_among
from crm.views.repository.card_conditions import IS_HELD
from crm.views.repository.conditions import conditions_of
from crm.views.repository.context import Context
from loyalty.cards.tables import card

MOST_COUNTED = 1_000

KeyValue: TypeAlias = str | int | bool | Decimal | date | datetime


class ListPlace(Struct, frozen=True):
    """Where a page begins: just beyond a party with its key in the list's order, None for one that has no such key."""

    party_id: int
    key: KeyValue | None
    is_back: bool = False


class Order(Struct, frozen=True):
    """How a list is ordered: the key, what is joined for it, and which parties have none."""

    key: ColumnElement[Any]  # Any: a text, number, day, moment or identifier, by the order
    values: FromClause | None = None
    on: Condition | None = None
    is_empty: Condition | None = None


class Found(Struct, frozen=True):
    """The identifiers of a page's parties in its order, and the places of the neighbouring pages."""

    ids: tuple[int, ...]
    back: ListPlace | None
    on: ListPlace | None


async def count_parties(connection: AsyncConnection, view: View, context: Context) -> int:
    """Count the parties that a view means, no further than one more than `MOST_COUNTED`."""
    some = select(party.c.id).where(*conditions_of(view, context)).limit(MOST_COUNTED + 1).subquery()
    return int((await connection.execute(select(func.count()).select_from(some))).scalar_one())


async def read_ids(
    connection: AsyncConnection, view: View, context: Context, *, place: ListPlace | None, size: int
) -> Found:
    """Read one page of a view: the parties with a key first, then those without; backwards the other way round."""
    is_back = place is not None and place.is_back
    order, conditions = order_of(view, context), conditions_of(view, context)
    rows: list[tuple[int, KeyValue | None]] = []
    for is_keyed in (False, True) if is_back else (True, False):
        half = _half(order, conditions, is_keyed=is_keyed)
        is_here = place is None or is_keyed == (place.key is not None)
        if half is None or len(rows) > size or (not is_here and is_keyed != is_back):
            continue
        beyond = place if place is not None and is_here else None
        query = _from(half, beyond, is_descending=view.is_descending != is_back).limit(size + 1 - len(rows))
        rows += [(row[0], row[1] if is_keyed else None) for row in await connection.execute(query)]
    return page_of(rows, size, place)


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
    return Order(sums.c.total, sums, sums.c.holder_id == party.c.id, is_empty)


def _half(order: Order, conditions: Sequence[Condition], *, is_keyed: bool) -> "_Half | None":
    if not is_keyed:
        if order.is_empty is None:
            return None
        return _Half(select(party.c.id).where(*conditions, order.is_empty), (party.c.id,))
    query = select(party.c.id, order.key.label("key")).where(*conditions)
    if order.values is not None and order.on is not None:
        query = query.select_from(party.join(order.values, order.on))
    return _Half(query, (order.key, party.c.id))


class _Half(Struct, frozen=True):
    """The parties with a key or those without, and by what they are ordered."""

    query: Select[*tuple[Any, ...]]  # Any: as above
    keys: tuple[ColumnElement[Any], ...]  # Any: as above


def _from(half: _Half, beyond: ListPlace | None, *, is_descending: bool) -> Select[*tuple[Any, ...]]:  # Any: as above
    query = half.query.order_by(*(key.desc() if is_descending else key.asc() for key in half.keys))
    if beyond is None:
        return query
    here = tuple_(*half.keys)
    there = tuple_(*((beyond.party_id,) if beyond.key is None else (beyond.key, beyond.party_id)))
    return query.where(here < there if is_descending else here > there)


def page_of(rows: Sequence[tuple[int, KeyValue | None]], size: int, place: ListPlace | None) -> Found:
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
