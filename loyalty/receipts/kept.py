"""Kept receipts as a stream, oldest business date first, each with its lines and the card that it showed.

A page is bounded and the next one begins behind it by key, so that months of receipts need the memory of one page.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct, convert
from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.cards.model import Card, CardState
from loyalty.cards.past import CardPast, FormerSettings
from loyalty.cards.tables import card, card_number, card_setting_past, card_state_change
from loyalty.numbering import canonical
from loyalty.receipts.model import ReceiptKind, ReceiptLine, ReceiptState
from loyalty.receipts.stored import read_line
from loyalty.receipts.tables import receipt, receipt_key, receipt_line

_FINAL = receipt.c.state.in_(["posted", "voided"])


class After(NamedTuple):
    """The last receipt of a page, by key."""

    business_date: date
    id: int


class Head(Struct, frozen=True):
    """A kept receipt without its lines."""

    id: int
    uid: UUID
    kind: ReceiptKind
    state: ReceiptState
    store: str
    till: str
    number: str
    business_date: date
    closed_at: datetime
    priced_at: datetime | None
    received_at: datetime
    offline: bool
    card_number: str | None
    flags: tuple[str, ...]

    @property
    def moment(self) -> datetime:
        """When it was priced: when its till says so, else when it was closed."""
        return self.closed_at if self.priced_at is None else self.priced_at


class KeptReceipt(Struct, frozen=True):
    """A kept receipt with its lines and the card that it showed, None where there was none or it is not known."""

    head: Head
    lines: tuple[ReceiptLine, ...]
    shown: CardPast | None


async def count_kept(connection: AsyncConnection, since: date, until: date) -> int:
    """Count the receipts of days of business, both ends inclusive, that were posted or voided."""
    query = select(func.count()).select_from(receipt).where(_FINAL, receipt.c.business_date.between(since, until))
    return int((await connection.execute(query)).scalar_one())


async def load_kept_page(
    connection: AsyncConnection, since: date, until: date, *, after: After | None, size: int
) -> list[KeptReceipt]:
    """Load the next receipts of days of business, so many at most; none is the end."""
    limits: list[ColumnElement[bool]] = [_FINAL, receipt.c.business_date.between(since, until)]
    if after is not None:
        limits.append(tuple_(receipt.c.business_date, receipt.c.id) > tuple_(*map(literal, after)))
    return await _load(connection, limits, size=size)


async def find_kept(connection: AsyncConnection, uid: UUID) -> KeptReceipt | None:
    """Find one receipt, in whatever state it is."""
    key = receipt_key.c
    place = select(key.card_id, key.business_date, key.receipt_id).where(key.uid == uid)
    row = (await connection.execute(place)).one_or_none()
    if row is None:
        return None
    here = [receipt.c.card_id == row[0], receipt.c.business_date == row[1], receipt.c.id == row[2]]
    return (await _load(connection, here, size=1))[0]


async def _load(connection: AsyncConnection, limits: Sequence[ColumnElement[bool]], *, size: int) -> list[KeptReceipt]:
    query = select(*(receipt.c[name] for name in Head.__struct_fields__)).where(*limits)
    rows = await connection.execute(query.order_by(receipt.c.business_date, receipt.c.id).limit(size))
    heads = [convert(row, Head, from_attributes=True) for row in rows]
    lines = await _load_lines(connection, heads)
    numbers = {canonical(head.card_number) for head in heads if head.card_number is not None}
    cards = await _load_cards(connection, numbers)
    return [
        KeptReceipt(
            head,
            tuple(lines.get(head.id, ())),
            None if head.card_number is None else cards.get(canonical(head.card_number)),
        )
        for head in heads
    ]


async def _load_lines(connection: AsyncConnection, heads: Sequence[Head]) -> dict[int, list[ReceiptLine]]:
    line = receipt_line.c
    days = {head.business_date for head in heads}
    query = select(receipt_line).where(line.receipt_id.in_([head.id for head in heads]), line.business_date.in_(days))
    found: dict[int, list[ReceiptLine]] = {}
    for row in await connection.execute(query.order_by(line.receipt_id, line.line)):
        found.setdefault(row.receipt_id, []).append(read_line(row))
    return found


async def _load_cards(connection: AsyncConnection, numbers: Iterable[str]) -> dict[str, CardPast]:
    """Load cards with their histories, by kept number."""
    named = select(card_number.c.number, card_number.c.card_id).where(card_number.c.number.in_(numbers))
    card_ids = {row.number: row.card_id for row in await connection.execute(named)}
    wanted = list(card_ids.values())
    states = await _load_states(connection, wanted)
    settings = await _load_settings(connection, wanted)
    columns = [card.c[name] for name in Card.__struct_fields__]
    rows = await connection.execute(select(*columns).where(card.c.card_id.in_(wanted)))
    pasts = {
        row.card_id: CardPast(Card(*row), states.get(row.card_id, ()), settings.get(row.card_id, ())) for row in rows
    }
    return {number: pasts[card_id] for number, card_id in card_ids.items()}


async def _load_states(
    connection: AsyncConnection, card_ids: Sequence[int]
) -> dict[int, list[tuple[datetime, CardState]]]:
    change = card_state_change.c
    query = select(change.card_id, change.since, change.state).where(change.card_id.in_(card_ids))
    found: dict[int, list[tuple[datetime, CardState]]] = {}
    for card_id, since, state in await connection.execute(query.order_by(change.card_id, change.since)):
        found.setdefault(card_id, []).append((since, state))
    return found


async def _load_settings(connection: AsyncConnection, card_ids: Sequence[int]) -> dict[int, list[FormerSettings]]:
    past = card_setting_past.c
    query = select(card_setting_past).where(past.card_id.in_(card_ids)).order_by(past.card_id, past.until)
    found: dict[int, list[FormerSettings]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.card_id, []).append(convert(row, FormerSettings, from_attributes=True))
    return found
