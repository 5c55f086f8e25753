"""What stands in the columns of a page of parties: one query for each kind of thing, whatever the number of rows.

A column is loaded only if it is shown. `_LOADERS` says which query serves which columns, so the number of queries of a
page is bounded by the number of loaders.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeAlias

from msgspec import Struct
from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes.model import Value
from crm.attributes.repository import load_values
from crm.directories.model import PartyKind
from crm.parties.tables import party, party_address, party_contact, party_group, party_relation
from crm.views.repository.card_conditions import IS_HELD, acting_percent
from crm.views.repository.context import Context
from loyalty.accounts.tables import card_day
from loyalty.cards.tables import card, series

Cells: TypeAlias = dict[int, dict[str, object]]
Loader: TypeAlias = Callable[[AsyncConnection, Sequence[int], Context], Awaitable[Cells]]


class PartyRow(Struct, frozen=True, kw_only=True):
    """A party in a list; what was not asked for is as if there were none. Amounts in minor units.

    `relations` are those of today; `percent` is the best that acts on a card, `attributes` by the attribute's id.
    """

    id: int
    name: str
    kind: PartyKind
    legal_status_id: int
    birth_date: date | None
    created_at: datetime
    changed_at: datetime
    archived_at: datetime | None
    phone: str | None = None
    email: str | None = None
    city: str | None = None
    postal_code: str | None = None
    country: str | None = None
    relations: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    cards: int = 0
    percent: int | None = None
    turnover: int | None = None
    balance: int | None = None
    last_purchase: date | None = None
    attributes: Mapping[int, Value] = {}


async def load_rows(
    connection: AsyncConnection, ids: Sequence[int], columns: Sequence[str], context: Context
) -> list[PartyRow]:
    """Load parties with these columns, in the order of their identifiers as given."""
    if not ids:
        return []
    cells = await _load_parties(connection, ids)
    for served, load in _LOADERS.items():
        if not served.isdisjoint(columns):
            _add(cells, await load(connection, ids, context))
    shown_attributes = [one for name, one in context.attributes.items() if name in columns]
    values = await load_values(connection, shown_attributes, ids)
    _add(cells, {party_id: {"attributes": found} for party_id, found in values.items()})
    return [PartyRow(**cells[party_id]) for party_id in ids if party_id in cells]  # type: ignore[arg-type] # by name


def _add(cells: Cells, more: Cells) -> None:
    for party_id, values in more.items():
        cells[party_id] |= values


async def _load_parties(connection: AsyncConnection, ids: Sequence[int]) -> Cells:
    names = ("id", "name", "kind", "legal_status_id", "birth_date", "created_at", "changed_at", "archived_at")
    rows = await connection.execute(select(*(party.c[name] for name in names)).where(party.c.id.in_(ids)))
    return {row["id"]: dict(row) for row in rows.mappings()}


async def load_contacts(connection: AsyncConnection, ids: Sequence[int], _: Context) -> Cells:
    """Load the first phone and e-mail of parties: a pinned one, else the most used."""
    contact = party_contact.c
    query = select(contact.party_id, contact.kind, contact.value).ext(distinct_on(contact.party_id, contact.kind))
    query = query.where(contact.party_id.in_(ids), contact.kind.in_(("phone", "email")))
    by_use = (contact.pinned.desc(), contact.uses.desc(), contact.position)
    cells: Cells = {}
    for row in await connection.execute(query.order_by(contact.party_id, contact.kind, *by_use)):
        cells.setdefault(row.party_id, {})[row.kind] = row.value
    return cells


async def _load_addresses(connection: AsyncConnection, ids: Sequence[int], _: Context) -> Cells:
    address = party_address.c
    query = select(address.party_id, address.city, address.postal_code, address.country)
    query = query.ext(distinct_on(address.party_id))
    rows = await connection.execute(query.where(address.party_id.in_(ids)).order_by(address.party_id, address.position))
    return {row.party_id: {"city": row.city, "postal_code": row.postal_code, "country": row.country} for row in rows}


async def _load_relations(connection: AsyncConnection, ids: Sequence[int], context: Context) -> Cells:
    relation = party_relation.c
    query = select(relation.party_id, func.array_agg(relation.relation_id.distinct())).where(
        relation.party_id.in_(ids),
        or_(relation.since.is_(None), relation.since <= context.today),
        or_(relation.until.is_(None), relation.until >= context.today),
    )
    rows = await connection.execute(query.group_by(relation.party_id))
    return {party_id: {"relations": tuple(found)} for party_id, found in rows}


async def _load_groups(connection: AsyncConnection, ids: Sequence[int], _: Context) -> Cells:
    group = party_group.c
    query = select(group.party_id, func.array_agg(group.group_id)).where(group.party_id.in_(ids))
    rows = await connection.execute(query.group_by(group.party_id))
    return {party_id: {"groups": tuple(found)} for party_id, found in rows}


async def _load_cards(connection: AsyncConnection, ids: Sequence[int], _: Context) -> Cells:
    query = (
        select(
            card.c.holder_id,
            func.count().label("cards"),
            func.max(acting_percent()).label("percent"),
            func.sum(card.c.turnover).label("turnover"),
            func.sum(card.c.balance).label("balance"),
        )
        .join_from(card, series, series.c.id == card.c.series_id)
        .where(card.c.holder_id.in_(ids), *IS_HELD)
    )
    rows = await connection.execute(query.group_by(card.c.holder_id))
    return {
        row.holder_id: {
            "cards": row.cards,
            "percent": row.percent,
            "turnover": int(row.turnover),
            "balance": int(row.balance),
        }
        for row in rows
    }


async def _load_last_purchases(connection: AsyncConnection, ids: Sequence[int], _: Context) -> Cells:
    query = (
        select(card.c.holder_id, func.max(card_day.c.day))
        .join_from(card, card_day, card_day.c.card_id == card.c.card_id)
        .where(card.c.holder_id.in_(ids), *IS_HELD, card_day.c.receipts > 0)
    )
    rows = await connection.execute(query.group_by(card.c.holder_id))
    return {party_id: {"last_purchase": day} for party_id, day in rows}


_LOADERS: Mapping[frozenset[str], Loader] = {
    frozenset({"phone", "email"}): load_contacts,
    frozenset({"city", "postal_code", "country"}): _load_addresses,
    frozenset({"relations"}): _load_relations,
    frozenset({"groups"}): _load_groups,
    frozenset({"cards", "percent", "turnover", "balance"}): _load_cards,
    frozenset({"last_purchase"}): _load_last_purchases,
}
"""Which query gives which columns."""
