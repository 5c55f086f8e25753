"""Lists of cards for people: by series and state, by digits of the number, by holder, and counted by turnover.

A list shows numbers `masked`. Long lists are read by key, what is searched for is bounded, so an answer takes a time
that does not grow with the number of cards. The count by turnover reads all of them. A list by turnover looks at
`MOST_LOOKED_AT` cards for a page, full or not: an index on what every receipt moves would cost more than it gives.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any  # keys of groups are whatever their caller groups by

from msgspec import Struct, convert, structs
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    alias,
    and_,
    cast,
    column,
    func,
    literal,
    select,
    table,
    text,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from database.keyset import Page, Place, read_page
from loyalty.cards.model import Card, CardKind, CardState, Series
from loyalty.cards.selection import Selection, conditions, state_on
from loyalty.cards.tables import card, card_number, series
from loyalty.numbering import mask

PAGE_ROWS = 25
MOST_FOUND = 50
MOST_COUNTED_AT_ONCE = 100_000
MOST_LOOKED_AT = 50_000
LEAST_DIGITS = 3
"""Fewer digits than this find too much to be of use."""

_NEVER_PRINTED = ("replaced", "closed")
_relation = table("pg_class", column("oid"), column("reltuples"))
_LAST_CHARACTER = "\U0010ffff"


class CardRow(Struct, frozen=True):
    """A card in a list, in its state of today; amounts in minor units. `own_percent` None is the series' percent."""

    card_id: int
    number: str
    series_id: int
    state: CardState
    holder_id: int | None
    own_percent: int | None
    turnover: int
    purchases: int
    balance: int

    @property
    def masked(self) -> str:
        """The number as it may be shown."""
        return mask(self.number)


class PrintableCard(Struct, frozen=True):
    """A card as it goes to the printer, with its whole number."""

    card_id: int
    number: str
    state: CardState

    @property
    def is_printed(self) -> bool:
        """Whether it may be printed: what was replaced or closed is not printed again."""
        return self.state not in _NEVER_PRINTED

    def __repr__(self) -> str:
        return f"PrintableCard({self.card_id}, {self.state})"


class SeriesRow(Struct, frozen=True):
    """What a list says of a series."""

    id: int
    code: str
    name: str
    kind: CardKind
    percent: int


class FullCard(Struct, frozen=True):
    """A card with its series and the card that took its place."""

    card: Card
    series: Series
    created_at: datetime
    successor_masked: str | None

    @property
    def masked(self) -> str:
        """The number as it may be shown."""
        return mask(self.card.number)


class Band(Struct, frozen=True):
    """The cards whose turnover is at least `lower` and under `upper`, None where the band is open, and their sum."""

    lower: int | None
    upper: int | None
    cards: int
    turnover: int


async def list_cards(
    connection: AsyncConnection, selection: Selection, *, today: date, place: Place | None = None
) -> Page[CardRow]:
    """List the cards that are meant, the youngest first; by turnover a page may be short though another one follows."""
    query = _rows(today).where(*conditions(selection, today))
    if selection.turnover_from is None and selection.turnover_to is None:
        return await _read(connection, query, place)
    newest = (await connection.execute(select(func.coalesce(func.max(card.c.card_id), 0)))).scalar_one()
    start = newest + 1 if place is None else int(str(place.key[0]))
    if place is not None and place.is_towards_newer:
        end = start + MOST_LOOKED_AT
        found = await _read(connection, query.where(card.c.card_id <= end), place)
        newer = Place((end,), is_towards_newer=True) if end < newest else None
        return structs.replace(found, newer=found.newer or newer, older=found.older or Place((start + 1,)))
    end = start - MOST_LOOKED_AT
    found = await _read(connection, query.where(card.c.card_id >= end), place)
    newer = None if place is None else Place((start - 1,), is_towards_newer=True)
    return structs.replace(found, newer=found.newer or newer, older=found.older or (Place((end,)) if end > 1 else None))


async def _read(connection: AsyncConnection, query: Select[*tuple[object, ...]], place: Place | None) -> Page[CardRow]:
    return await read_page(connection, query, keys=[card.c.card_id], place=place, size=PAGE_ROWS, row_type=CardRow)


async def list_printable(connection: AsyncConnection, series_id: int, *, first: int, most: int) -> list[PrintableCard]:
    """List cards of a series that may be printed, from an identifier on, the oldest first."""
    query = _printable(series_id).where(card.c.card_id >= first, card.c.state.not_in(_NEVER_PRINTED))
    rows = await connection.execute(query.order_by(card.c.card_id).limit(most))
    return [convert(row, PrintableCard, from_attributes=True) for row in rows]


async def find_printable(connection: AsyncConnection, series_id: int, card_ids: Iterable[int]) -> list[PrintableCard]:
    """Find cards of a series by identifiers, whatever their state."""
    rows = await connection.execute(_printable(series_id).where(card.c.card_id.in_(card_ids)))
    return [convert(row, PrintableCard, from_attributes=True) for row in rows]


def _printable(series_id: int) -> Select[*tuple[object, ...]]:
    return select(*(card.c[name] for name in PrintableCard.__struct_fields__)).where(card.c.series_id == series_id)


async def find_cards_by_digits(connection: AsyncConnection, digits: str, *, today: date) -> list[CardRow]:
    """Find cards whose number begins or ends with some characters, on either side one more than `MOST_FOUND` at most.

    So the caller knows when there are too many to show.
    """
    if len(digits) < LEAST_DIGITS:
        return []
    other = alias(card)
    leading = select(card_number.c.card_id).where(_begins_with(card_number.c.number, digits)).limit(MOST_FOUND + 1)
    backwards = func.reverse(other.c.number).collate("C")
    trailing = select(other.c.card_id).where(_begins_with(backwards, digits[::-1])).limit(MOST_FOUND + 1)
    found = union_all(leading.subquery().select(), trailing.subquery().select())
    rows = await connection.execute(_rows(today).where(card.c.card_id.in_(found)).order_by(card.c.card_id.desc()))
    return [convert(row, CardRow, from_attributes=True) for row in rows]


async def find_cards_of_holders(
    connection: AsyncConnection, holder_ids: Iterable[int], *, today: date
) -> list[CardRow]:
    """Find the cards of holders, the youngest first, one more than `MOST_FOUND` at most."""
    query = _rows(today).where(card.c.holder_id.in_(holder_ids)).order_by(card.c.card_id.desc())
    rows = await connection.execute(query.limit(MOST_FOUND + 1))
    return [convert(row, CardRow, from_attributes=True) for row in rows]


async def find_full_card(connection: AsyncConnection, card_id: int) -> FullCard | None:
    """Find a card with what its page says of it."""
    successor = alias(card)
    settings = (series.c.id, series.c.code, series.c.version, series.c.definition.label("settings"))
    own = [card.c[name] for name in Card.__struct_fields__]
    query = (
        select(*settings, card.c.created_at, successor.c.number.label("successor"), *own)
        .select_from(card.join(series).outerjoin(successor, card.c.successor_id == successor.c.card_id))
        .where(card.c.card_id == card_id)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return FullCard(
        card=convert(row, Card, from_attributes=True),
        series=convert(row, Series, from_attributes=True),
        created_at=row.created_at,
        successor_masked=None if row.successor is None else mask(row.successor),
    )


async def list_series(connection: AsyncConnection) -> list[SeriesRow]:
    """List all series by name."""
    definition = series.c.definition
    query = select(
        series.c.id,
        series.c.code,
        definition["name"].astext.label("name"),
        definition["kind"].astext.label("kind"),
        definition["percent"].as_integer().label("percent"),
    )
    return [
        convert(row, SeriesRow, from_attributes=True)
        for row in await connection.execute(query.order_by(func.sort_key(definition["name"].astext)))
    ]


async def load_counters(connection: AsyncConnection) -> dict[int, int]:
    """Give the counter of the last number that each series' template made, by the series' identifier; 0 is none."""
    return {row.id: row.last_counter for row in await connection.execute(select(series.c.id, series.c.last_counter))}


async def is_quick_to_count(connection: AsyncConnection) -> bool:
    """Tell whether all cards can be counted while somebody waits for a list; by the database's own estimate."""
    estimate = select(_relation.c.reltuples).where(_relation.c.oid == func.to_regclass(card.name))
    return bool((await connection.execute(estimate)).scalar_one() <= MOST_COUNTED_AT_ONCE)


async def count_turnover_bands(
    connection: AsyncConnection, cuts: Sequence[int], *, meant: Sequence[ColumnElement[bool]] = ()
) -> list[Band]:
    """Count cards by turnover between cuts, in minor units and rising; the first band is open below, the last above.

    A replaced card counts nowhere: its turnover stands on its successor. `meant` says what else must hold of a card.
    """
    found = await _count_bands(connection, cuts, literal(0), card, meant)
    return _bands(cuts, found.get(0, {}))


async def count_grouped_bands(
    connection: AsyncConnection,
    cuts: Sequence[int],
    *,
    key: ColumnElement[Any],  # Any: whatever the caller groups by
    source: FromClause,
    meant: Sequence[ColumnElement[bool]] = (),
) -> dict[Any, list[Band]]:  # Any: as above
    """Count cards by turnover within each group of a key; `source` joins to the cards whatever the key needs."""
    found = await _count_bands(connection, cuts, key, source, meant)
    return {one: _bands(cuts, counted) for one, counted in found.items()}


async def _count_bands(
    connection: AsyncConnection,
    cuts: Sequence[int],
    key: ColumnElement[Any],  # Any: as above
    source: FromClause,
    meant: Sequence[ColumnElement[bool]],
) -> dict[Any, dict[int, tuple[int, int]]]:  # Any: as above
    """Count cards and sum their turnover, by key and by the place of a band."""
    assert all(one < after for one, after in pairwise(cuts)), "the edge looked"
    index = func.width_bucket(card.c.turnover, cast(list(cuts), ARRAY(BigInteger)))
    query = select(key.label("key"), index, func.count(), func.sum(card.c.turnover)).select_from(source)
    found: dict[Any, dict[int, tuple[int, int]]] = {}  # Any: as above
    for one, place, cards, turnover in await connection.execute(
        query.where(card.c.state != "replaced", *meant).group_by(text("1"), text("2"))
    ):
        found.setdefault(one, {})[int(place)] = (int(cards), int(turnover))
    return found


def _bands(cuts: Sequence[int], counted: Mapping[int, tuple[int, int]]) -> list[Band]:
    bounds = pairwise([None, *cuts, None])
    return [Band(lower, upper, *counted.get(place, (0, 0))) for place, (lower, upper) in enumerate(bounds)]


def _rows(today: date) -> Select[*tuple[object, ...]]:
    columns = [card.c[name] for name in CardRow.__struct_fields__ if name != "state"]
    return select(*columns, state_on(today).label("state"))


def _begins_with(text: ColumnElement[str], head: str) -> ColumnElement[bool]:
    """Compare as a range, which an index in the order of code points answers; LIKE would need its wildcards escaped."""
    return and_(text >= head, text < head + _LAST_CHARACTER)
