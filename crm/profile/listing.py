"""The timeline of a party: what happened to it, to the cards it holds, and to the events of those who speak for it.

Key idea: it is the activity journal over every module, read by party, by card and by event, newest first; nothing is
copied for it, so a card that changes hands takes its history along, and a merged party's history stands with the one
that was kept. Each of them is read by itself as far as one page goes, so a page costs the same for a party with ten
rows and for one with a million.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Literal

from msgspec import Struct, convert
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Select,
    cast,
    func,
    not_,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.events.repository.listing import list_around
from crm.parties.tables import party
from database.activity import activity
from database.journal import OF_PEOPLE, JournalRow
from loyalty.cards.tables import card

PAGE_ROWS = 20
MOST_SOURCES = 60
"""So many cards, merged parties and events of others, the newest ones, have their history shown."""

_OF_PEOPLE: ColumnElement[bool] = OF_PEOPLE  # type: ignore[assignment] # a condition as text

Module = Literal["party", "card", "receipt", "document", "call", "event", "task"]
_ACTS: Mapping[Module, tuple[str, ...]] = {
    "card": ("card.%",),
    "receipt": ("receipt.%",),
    "document": ("business_document.%",),
    "call": ("call.%", "contact.used"),
    "event": ("event.%",),
    "task": ("task.%", "project.%"),
}
"""How the acts of modules are named; whatever is of none of these is of the party itself."""


class TimelineFilter(Struct, frozen=True):
    """Which acts a timeline shows; None does not limit."""

    module: Module | None = None
    actor: str | None = None


class Moment(Struct, frozen=True):
    """Where a page of a timeline begins: just before a row."""

    at: datetime
    id: int


class Timeline(Struct, frozen=True):
    """A page of a timeline, and where the next older one begins; None at its end."""

    rows: tuple[JournalRow, ...]
    older: Moment | None


async def list_timeline(
    connection: AsyncConnection,
    party_id: int,
    wanted: TimelineFilter,
    *,
    before: Moment | None = None,
    size: int = PAGE_ROWS,
) -> Timeline:
    """List what happened to a party, its cards and the events that concern it, the newest first."""
    conditions = _conditions(wanted, before)
    query = await select_acts_of(
        connection, party_id, columns=JournalRow.__struct_fields__, conditions=conditions, limit=size + 1
    )
    rows = [convert(row, JournalRow, from_attributes=True) for row in await connection.execute(query)]
    shown = tuple(rows[:size])
    return Timeline(shown, Moment(shown[-1].at, shown[-1].id) if len(rows) > size else None)


async def select_acts_of(
    connection: AsyncConnection,
    party_id: int,
    *,
    columns: Sequence[str],
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
) -> Select[*tuple[object, ...]]:
    """Give the query of the newest acts on a party and what is of it, with some columns of the journal."""
    parties, cards = await _list_sources(connection, party_id)
    events = [f"event:{one}" for one in await list_around(connection, party_id, most=MOST_SOURCES)]
    of_each = [(activity.c.party_id, parties), (activity.c.card_id, cards)]
    shown = [activity.c[name] for name in columns]
    parts = [_newest_of_each(column, ids, shown, conditions, limit=limit) for column, ids in of_each if ids]
    if events:
        parts.append(_newest_of_each(activity.c.record, events, shown, [_OF_PEOPLE, *conditions], limit=limit))
    found = union_all(*parts).subquery()
    return select(found).distinct().order_by(found.c.at.desc(), found.c.id.desc()).limit(limit)


async def _list_sources(connection: AsyncConnection, party_id: int) -> tuple[list[int], list[int]]:
    """Give the parties whose history it is, the party itself first, and the cards."""
    merged = select(party.c.id).where(party.c.merged_into == party_id)
    held = select(card.c.card_id).where(card.c.holder_id == party_id)
    parties = (await connection.execute(_newest(merged, party.c.id))).scalars()
    cards = (await connection.execute(_newest(held, card.c.card_id))).scalars()
    return [party_id, *parties], list(cards)


def _newest_of_each(
    column: Column[int] | Column[str],
    ids: Sequence[int] | Sequence[str],
    columns: Sequence[Column[object]],
    conditions: Sequence[ColumnElement[bool]],
    *,
    limit: int,
) -> Select[*tuple[object, ...]]:
    """Select the newest acts of each of some parties, cards or records, in a statement that does not grow with them."""
    source = func.unnest(cast(ids, ARRAY(column.type))).table_valued("id", name="source").render_derived()
    acts = select(*columns).where(column == source.c.id, *conditions)
    newest = acts.order_by(activity.c.at.desc(), activity.c.id.desc()).limit(limit).lateral()
    return select(newest).select_from(source).join(newest, true())


def _newest(query: Select[*tuple[int]], key: ColumnElement[int]) -> Select[*tuple[int]]:
    return query.order_by(key.desc()).limit(MOST_SOURCES)


def _conditions(wanted: TimelineFilter, before: Moment | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.module == "party":
        conditions.append(not_(_is_of(*chain.from_iterable(_ACTS.values()))))
    elif wanted.module is not None:
        conditions.append(_is_of(*_ACTS[wanted.module]))
    if wanted.actor is not None:
        conditions.append(activity.c.actor == wanted.actor)
    if before is not None:
        conditions.append(tuple_(activity.c.at, activity.c.id) < tuple_(before.at, before.id))
    return conditions


def _is_of(*patterns: str) -> ColumnElement[bool]:
    return or_(*(activity.c.act.like(pattern) for pattern in patterns))
