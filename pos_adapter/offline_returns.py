"""What a till says is given back for a sale when the server cannot be asked: as far as its own journal knows. Pure.

The key idea: the sale as it was posted, less what came back of it at this till, priced by the server's own functions.
What came back at another till is not known here; the server looks at that when the return comes to it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from loyalty import errors
from loyalty.cards.model import Catalogue
from loyalty.money import Currency
from loyalty.numbering import mask
from loyalty.pricing.giving_back import Paid, price_refund, share_refund
from loyalty.pricing.refunds import Remaining, SoldLine
from loyalty.receipts.model import Original, Receipt, ReceiptLine
from pos_adapter.answers import CalculationAnswer, CalculationCard, Masked, PaymentShare
from pos_adapter.errors import NothingLeftError
from pos_adapter.journal.model import Entry, KeptSale
from pos_adapter.offline import KnownCard, offline_answer, refuse_card
from pos_adapter.parsing import parse_lines, parse_moment, parse_posting
from pos_adapter.protocol import Calculation, Posting


class KnownSale(Struct, frozen=True):
    """A sale with what this till took back of it; `card` is the number that it counted for."""

    is_voided: bool
    card: str | None
    lines: list[SoldLine]
    paid: list[Paid]


def natural_key_of(original: Original, till_instance: str) -> str | None:
    """Give the key that the journal has for a sale which is named by its number; None where it is named by its UUID."""
    if original.uid is not None:
        return None
    key = (original.store, original.till, till_instance, original.shift, original.number, "sale")
    return msgspec.json.encode(key).decode()


def read_sale(kept: KeptSale, currency: Currency) -> KnownSale | None:
    """Read a sale of the journal and take off what came back of it; None for what is no sale."""
    sale = _read(kept.sale, currency)
    if sale.kind != "sale":
        return None
    remaining = Remaining([_sold_line(line) for line in sale.lines])
    for returned in _returns_of(sale, (_read(entry, currency) for entry in kept.returns)):
        for line in returned.lines:
            if line.goods.quantity > 0:
                remaining.take(
                    original_line=line.original_line,
                    sku=line.goods.sku,
                    price=line.goods.price,
                    quantity=line.goods.quantity,
                    refunded=line.net,
                )
    paid: list[Paid] = [(payment.kind, payment.amount, payment.card) for payment in sale.payments]
    return KnownSale(kept.is_voided, sale.card, remaining.lines, paid)


def price_return(
    asked: Calculation,
    sale: KnownSale,
    known: KnownCard | None,
    catalogue: Catalogue,
    *,
    calculation_id: str,
    now: datetime,
) -> CalculationAnswer:
    """Say what is given back for goods of a sale, in proportion. Raises BodyError, NothingLeftError."""
    if sale.is_voided:
        raise NothingLeftError("the sale was voided: nothing of it is left to be returned", field="original")
    currency = catalogue.currency
    lines, at = parse_lines(asked.lines, currency.places), parse_moment(asked.at, "at")
    try:
        priced = price_refund(lines, [line.original_line for line in asked.lines], sale.lines, None)
    except errors.NothingLeftError as error:
        raise NothingLeftError(error.detail, field=error.field) from error
    card = None
    if known is not None:
        reason = refuse_card(known, catalogue, at=at, store=asked.store)
        card = CalculationCard(mask(known.card.number), reason is None, reason)
    shares = [
        PaymentShare(kind, currency.scale.format(share), None if number is None else Masked(mask(number)))
        for kind, share, number in share_refund(sale.paid, sale.lines, priced.total)
    ]
    return offline_answer(priced, card, currency, calculation_id=calculation_id, now=now, payments=shares)


_POSTING: Final = msgspec.json.Decoder(Posting)


def _read(entry: Entry, currency: Currency) -> Receipt:
    """Read a receipt of the journal, whose shape was checked when it came."""
    return parse_posting(_POSTING.decode(entry.body), currency.places, currency.scale)


def _sold_line(line: ReceiptLine) -> SoldLine:
    goods = line.goods
    return SoldLine(goods.line, goods.sku, goods.quantity, goods.price, line.discount, line.net)


def _returns_of(sale: Receipt, returns: Iterable[Receipt]) -> list[Receipt]:
    names = (Original(uid=sale.uid), Original(None, sale.store, sale.till, sale.shift, sale.number))
    return [returned for returned in returns if returned.original in names]
