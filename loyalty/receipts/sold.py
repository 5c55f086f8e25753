"""A sale as its returns find it: its lines and payments, with what earlier returns took and gave back of them."""

from uuid import UUID

import asyncpg
import msgspec

from loyalty.numbering import canonical
from loyalty.pricing.refunds import SoldLine
from loyalty.receipts import statements
from loyalty.receipts.facts import ReceiptPoints, SoldReceipt
from loyalty.receipts.model import TOP_UP, Payment
from loyalty.receipts.repository import OriginalRow

_payments = msgspec.json.Decoder(list[Payment])
_points = msgspec.json.Decoder(ReceiptPoints)


async def load_sold(connection: asyncpg.Connection, row: OriginalRow) -> SoldReceipt:
    """Load a sale with what was returned of it so far."""
    key = (row.card_id, row.business_date, row.receipt_id)
    total, payments, kept = await connection.fetchrow(statements.SOLD_RECEIPT, *key)
    points = None if kept is None else _points.decode(kept)
    given_back = await _load_given_back(connection, row.uid) if points is not None and points.paid else {}
    found = await connection.fetch(statements.SOLD_LINES, row.receipt_id, row.uid, row.business_date)
    return SoldReceipt(
        uid=row.uid,
        state=row.state,
        card_id=row.card_id,
        total=total,
        payments=[(payment.kind, payment.amount, payment.card) for payment in _payments.decode(payments)],
        lines=[
            SoldLine(
                line=line["line"],
                sku=line["sku"],
                quantity=line["quantity"],
                price=line["price"],
                discount=line["discount"],
                net=line["net"],
                returned=line["returned"],
                refunded=line["refunded"],
            )
            for line in found
        ],
        top_up_lines=frozenset(line["line"] for line in found if line["marks"] & TOP_UP),
        business_date=row.business_date,
        points=points,
        given_back=given_back,
    )


async def _load_given_back(connection: asyncpg.Connection, uid: UUID) -> dict[str, int]:
    """Sum what the posted returns of a sale gave back by points, by the card's kept number."""
    sums: dict[str, int] = {}
    for row in await connection.fetch(statements.RETURNED_PAYMENTS, uid):
        for payment in _payments.decode(row["payments"]):
            if payment.kind == "points" and payment.card is not None:
                number = canonical(payment.card)
                sums[number] = sums.get(number, 0) + payment.amount
    return sums
