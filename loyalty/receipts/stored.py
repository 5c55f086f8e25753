"""A receipt as it is kept, read back into the value that the till once sent."""

from datetime import date, datetime
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from loyalty.pricing.model import Line
from loyalty.receipts import statements
from loyalty.receipts.model import (
    FIXED_PRICE,
    GIFT,
    NO_DISCOUNT,
    TOP_UP,
    Answer,
    Original,
    Payment,
    Receipt,
    ReceiptKind,
    ReceiptLine,
    ReceiptState,
)


class Stored(Struct, frozen=True):
    """A kept receipt with what became of it; the answer's figures are those of the posting."""

    receipt: Receipt
    state: ReceiptState
    answer: Answer
    received_at: datetime
    card_id: int
    original_uid: UUID | None


class _ReceiptRow(Struct, frozen=True):
    card_id: int
    business_date: date
    uid: UUID
    kind: ReceiptKind
    store: str
    till: str
    till_instance: str | None
    seq: int | None
    shift: int
    number: str
    closed_at: datetime
    priced_at: datetime | None
    cashier: str
    offline: bool
    card_number: str | None
    entry: str | None
    calculation_id: str | None
    original_uid: UUID | None
    original: Original | None
    total: int
    payments: tuple[Payment, ...]


class _LineRow(Struct, frozen=True):
    line: int
    sku: str
    name: str | None
    quantity: int
    price: int
    discount: int
    net: int
    item_group: str | None
    marks: int
    original_line: int | None
    min_price: int | None
    max_discount_percent: int | None
    manual_discount_percent: int | None


_receipt = msgspec.json.Decoder(_ReceiptRow)
_lines = msgspec.json.Decoder(list[_LineRow])
_answer = msgspec.json.Decoder(Answer)


async def load_stored(pool: asyncpg.Pool | asyncpg.Connection, uid: UUID) -> Stored | None:
    """Load a receipt by its UUID, in whatever state it is; None if there is none."""
    row = await pool.fetchrow(statements.STORED, uid)
    if row is None:
        return None
    head = _receipt.decode(row["receipt"])
    return Stored(
        receipt=_receipt_value(head, _lines.decode(row["lines"]), state=row["state"]),
        state=row["state"],
        answer=_answer.decode(row["answer"]),
        received_at=row["received_at"],
        card_id=head.card_id,
        original_uid=head.original_uid,
    )


def _receipt_value(row: _ReceiptRow, lines: list[_LineRow], *, state: ReceiptState) -> Receipt:
    return Receipt(
        uid=row.uid,
        kind=row.kind,
        suspended=state == "suspended",
        store=row.store,
        till=row.till,
        till_instance=row.till_instance,
        seq=row.seq,
        shift=row.shift,
        number=row.number,
        business_date=row.business_date,
        closed_at=row.closed_at,
        priced_at=row.priced_at,
        cashier=row.cashier,
        offline=row.offline,
        card=row.card_number,
        entry=row.entry,
        lines=tuple(_line_value(line) for line in lines),
        payments=row.payments,
        total=row.total,
        calculation_id=row.calculation_id,
        original=row.original,
    )


def read_line(row: object) -> ReceiptLine:
    """Read a row of the table of lines; its columns are the row's attributes."""
    return _line_value(msgspec.convert(row, _LineRow, from_attributes=True))


def _line_value(row: _LineRow) -> ReceiptLine:
    goods = Line(
        line=row.line,
        sku=row.sku,
        quantity=row.quantity,
        price=row.price,
        gross=row.net + row.discount,
        no_discount=bool(row.marks & NO_DISCOUNT),
        gift=bool(row.marks & GIFT),
        fixed_price=bool(row.marks & FIXED_PRICE),
        top_up=bool(row.marks & TOP_UP),
        min_price=row.min_price,
        max_discount_percent=row.max_discount_percent,
        manual_discount_percent=row.manual_discount_percent,
        group=row.item_group,
    )
    return ReceiptLine(goods, row.discount, row.net, row.name, row.original_line)
