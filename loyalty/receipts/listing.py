"""Lists of receipts for people, and one receipt with all that belongs to it.

Lists are read by key, newest day first; card numbers in them are masked. It refuses to count receipts.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct, convert
from sqlalchemy import Select, column, func, literal_column, null, select, table, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from database.keyset import Page, Place, read_page
from loyalty.accounts.tables import ledger
from loyalty.numbering import mask
from loyalty.receipts.model import Original, Payment, ReceiptKind, ReceiptState
from loyalty.receipts.tables import document, receipt, receipt_key, receipt_line

PAGE_ROWS = 25
MOST_RETURNS = 50

_store = table("store", column("code"), column("name"), column("timezone"))
_till = table("till", column("store_code"), column("code"))


class ReceiptFilter(Struct, frozen=True):
    """Which receipts a list shows; days are business dates, both inclusive; None does not limit."""

    since: date | None = None
    until: date | None = None
    store: str | None = None
    till: str | None = None
    kind: ReceiptKind | None = None
    card_id: int | None = None
    is_flagged: bool = False
    flag: str | None = None


class ReceiptRow(Struct, frozen=True):
    """A receipt in a list, as the till reported it; `card_id` is 0 where no card counts."""

    uid: UUID
    kind: ReceiptKind
    state: ReceiptState
    store: str
    store_name: str
    timezone: str | None
    till: str
    number: str
    closed_at: datetime
    card_id: int
    card_number: str | None
    total: int
    payments: tuple[Payment, ...]
    flags: tuple[str, ...]

    @property
    def masked(self) -> str | None:
        """The number of the card that was shown, as it may be shown again."""
        return None if self.card_number is None else mask(self.card_number)


class StoreRow(Struct, frozen=True):
    """A shop as a list names it."""

    code: str
    name: str


class LineRow(Struct, frozen=True):
    """A line of a kept receipt: price in ten-thousandths, quantity in millionths, money in minor units."""

    line: int
    sku: str
    name: str | None
    quantity: int
    price: int
    discount: int
    net: int
    marks: int
    original_line: int | None
    manual_discount_percent: int | None

    @property
    def gross(self) -> int:
        """What the line costs before its discount."""
        return self.net + self.discount


class Detail(Struct, frozen=True):
    """What a receipt says beside its row in a list."""

    id: int
    business_date: date
    shift: int
    received_at: datetime
    cashier: str
    offline: bool
    entry: str | None
    original_uid: UUID | None
    original: Original | None


class LedgerEffect(Struct, frozen=True):
    """What a receipt moved on its card, and what the card stood at after it."""

    account: Literal["turnover", "money", "points"]
    amount: int
    after: int


class SourceName(Struct, frozen=True):
    """What a ledger entry came from, by the words a person knows it by; a document has no `receipt_uid`."""

    uid: UUID
    receipt_uid: UUID | None
    kind: str
    number: str
    store_name: str | None
    till: str | None


class FullReceipt(Struct, frozen=True):
    """A receipt with its lines, what it moved, the sale it takes back, and the returns of it."""

    row: ReceiptRow
    detail: Detail
    lines: tuple[LineRow, ...]
    effects: tuple[LedgerEffect, ...]
    original: SourceName | None
    returns: tuple[ReceiptRow, ...]


async def list_receipts(
    connection: AsyncConnection, limits: ReceiptFilter, *, place: Place | None = None
) -> Page[ReceiptRow]:
    """List receipts, the newest business date first."""
    query = _rows()
    if limits.since is not None:
        query = query.where(receipt.c.business_date >= limits.since)
    if limits.until is not None:
        query = query.where(receipt.c.business_date <= limits.until)
    if limits.store is not None:
        query = query.where(receipt.c.store == limits.store)
    if limits.till is not None:  # the shops that have such a till narrow it down to what an index knows
        shops = (await connection.execute(select(_till.c.store_code).where(_till.c.code == limits.till))).scalars()
        query = query.where(receipt.c.till == limits.till, receipt.c.store.in_(list(shops)))
    if limits.kind is not None:  # written out: a plan for any kind would not see the index of returns
        query = query.where(receipt.c.kind == literal_column(f"'{limits.kind}'"))
    if limits.card_id is not None:
        query = query.where(receipt.c.card_id == limits.card_id)
    if limits.flag is not None:
        query = query.where(receipt.c.flags.contains([limits.flag]))
    if limits.is_flagged or limits.flag is not None:
        query = query.where(func.cardinality(receipt.c.flags) > literal_column("0"))  # as the index of them says
    keys = [receipt.c.business_date, receipt.c.id]
    return await read_page(connection, query, keys=keys, place=place, size=PAGE_ROWS, row_type=ReceiptRow)


async def list_receipts_of(connection: AsyncConnection, card_ids: Iterable[int], *, most: int) -> list[ReceiptRow]:
    """List the receipts of some cards, the newest business date first."""
    newest = receipt.c.business_date.desc(), receipt.c.id.desc()
    query = _rows().where(receipt.c.card_id.in_(card_ids)).order_by(*newest).limit(most)
    return [convert(row, ReceiptRow, from_attributes=True) for row in await connection.execute(query)]


async def load_lines_of(connection: AsyncConnection, uids: Iterable[UUID]) -> dict[UUID, list[LineRow]]:
    """Load the lines of some receipts, of all of them at once."""
    key, line = receipt_key.c, receipt_line.c
    here = (line.receipt_id == key.receipt_id) & (line.business_date == key.business_date)
    query = select(key.uid, *(line[name] for name in LineRow.__struct_fields__))
    query = query.join_from(receipt_key, receipt_line, here).where(key.uid.in_(list(uids))).order_by(line.line)
    found: dict[UUID, list[LineRow]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.uid, []).append(convert(row, LineRow, from_attributes=True))
    return found


async def list_posted_of(
    connection: AsyncConnection, card_ids: Iterable[int], *, since: date, size: int, place: Place | None = None
) -> Page[ReceiptRow]:
    """List the posted receipts of some cards from a day on, the newest business date first, so many a page."""
    query = _rows().where(receipt.c.card_id.in_(card_ids), receipt.c.business_date >= since)
    keys = [receipt.c.business_date, receipt.c.id]
    posted = query.where(receipt.c.state == "posted")
    return await read_page(connection, posted, keys=keys, place=place, size=size, row_type=ReceiptRow)


async def list_stores(connection: AsyncConnection) -> list[StoreRow]:
    """List all shops by name."""
    rows = await connection.execute(select(_store.c.code, _store.c.name).order_by(func.sort_key(_store.c.name)))
    return [convert(row, StoreRow, from_attributes=True) for row in rows]


async def find_receipt(connection: AsyncConnection, uid: UUID) -> FullReceipt | None:
    """Find a receipt with all that belongs to it."""
    key = select(receipt_key.c.card_id, receipt_key.c.business_date, receipt_key.c.receipt_id)
    known = (await connection.execute(key.where(receipt_key.c.uid == uid))).one_or_none()
    if known is None:
        return None
    card_id, day, receipt_id = known
    query = _rows().add_columns(*(receipt.c[name] for name in Detail.__struct_fields__))
    here = (receipt.c.card_id == card_id, receipt.c.business_date == day, receipt.c.id == receipt_id)
    row = (await connection.execute(query.where(*here))).one()
    detail = convert(row, Detail, from_attributes=True)
    sources = {} if detail.original_uid is None else await name_sources(connection, [detail.original_uid])
    return FullReceipt(
        row=convert(row, ReceiptRow, from_attributes=True),
        detail=detail,
        lines=await _load_lines(connection, receipt_id, day),
        effects=await _load_effects(connection, uid, card_id=card_id, day=day),
        original=next(iter(sources.values()), None),
        returns=await _list_returns(connection, uid),
    )


async def name_sources(connection: AsyncConnection, uids: Iterable[UUID]) -> dict[UUID, SourceName]:
    """Name the receipts and documents that ledger entries came from; what is neither is left out."""
    wanted = list(uids)
    key, paper = receipt_key.c, document.c
    shop = func.coalesce(_store.c.name, key.store).label("store_name")
    receipts = select(key.uid, key.uid.label("receipt_uid"), key.kind, key.number, shop, key.till)
    receipts = receipts.select_from(receipt_key.outerjoin(_store, _store.c.code == key.store)).where(
        key.uid.in_(wanted)
    )
    documents = select(paper.uid, null(), paper.kind, paper.number, null(), null()).where(paper.uid.in_(wanted))
    names = [
        convert(row, SourceName, from_attributes=True)
        for row in await connection.execute(union_all(receipts, documents))
    ]
    return {name.uid: name for name in names}


async def _load_lines(connection: AsyncConnection, receipt_id: int, day: date) -> tuple[LineRow, ...]:
    line = receipt_line.c
    query = select(*(line[name] for name in LineRow.__struct_fields__))
    rows = await connection.execute(
        query.where(line.receipt_id == receipt_id, line.business_date == day).order_by(line.line)
    )
    return tuple(convert(row, LineRow, from_attributes=True) for row in rows)


async def _load_effects(connection: AsyncConnection, uid: UUID, *, card_id: int, day: date) -> tuple[LedgerEffect, ...]:
    entry = ledger.c
    query = select(entry.account, entry.amount, entry.after).order_by(entry.seq)
    here = (entry.card_id == card_id, entry.business_date == day, entry.source_uid == uid)
    return tuple(
        convert(row, LedgerEffect, from_attributes=True) for row in await connection.execute(query.where(*here))
    )


async def _list_returns(connection: AsyncConnection, uid: UUID) -> tuple[ReceiptRow, ...]:
    query = _rows().where(receipt.c.original_uid == uid).order_by(receipt.c.business_date, receipt.c.id)
    rows = await connection.execute(query.limit(MOST_RETURNS))
    return tuple(convert(row, ReceiptRow, from_attributes=True) for row in rows)


def _rows() -> Select[*tuple[object, ...]]:
    shop = (func.coalesce(_store.c.name, receipt.c.store).label("store_name"), _store.c.timezone)
    return select(*(receipt.c[name] for name in ReceiptRow.__struct_fields__ if name in receipt.c), *shop).select_from(
        receipt.outerjoin(_store, _store.c.code == receipt.c.store)
    )
