"""Pricing an open receipt, and saying what a return gives back. Without any effect."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
from msgspec import Struct

from loyalty.cards.catalogue.cache import CatalogueCache
from loyalty.cards.lookup import Shown, find_shown
from loyalty.cards.model import Catalogue, price_rules
from loyalty.errors import CardUnknownError, NothingLeftError, ReceiptUnknownError
from loyalty.pricing.calculate import calculate
from loyalty.pricing.model import Applied, Line, Priced, PricedLine
from loyalty.pricing.refunds import Remaining, refund_payments
from loyalty.pricing.resale import spread
from loyalty.receipts import repository
from loyalty.receipts.facts import SoldReceipt
from loyalty.receipts.model import Original
from loyalty.receipts.resale import load_resale
from loyalty.receipts.returns import nothing_left
from loyalty.receipts.sold import load_sold

AS_SOLD = "original"
"""The source of a refund's discount: what the till took off in the sale, whatever its reason was there."""


class Question(Struct, frozen=True):
    """What is asked: the goods, where and when, and the card that is shown."""

    lines: Sequence[Line]
    store: str
    at: datetime
    card: str | None


class PaymentShare(Struct, frozen=True):
    """What of a refund goes back by which means; `card` is the number of a card payment."""

    kind: str
    amount: int
    card: str | None


class Calculated(Struct, frozen=True):
    """A priced receipt and what is known of the card; `payments` for a return only."""

    priced: Priced
    shown: Shown | None
    payments: Sequence[PaymentShare]


async def price(pool: asyncpg.Pool, catalogue: CatalogueCache, question: Question) -> Calculated:
    """Price a receipt; a card that may not be used leaves it without discount. Raises CardUnknownError."""
    if question.card is None:
        current = await catalogue.at_least()
        return Calculated(_calculate(question, None, current), None, ())
    shown = await find_shown(pool, catalogue, question.card, at=question.at, store=question.store)
    if shown is None:
        raise CardUnknownError("no card has this number", field="card.number")
    return Calculated(_calculate(question, shown, shown.catalogue), shown, ())


def _calculate(question: Question, shown: Shown | None, catalogue: Catalogue) -> Priced:
    rules = None
    if shown is not None and shown.refusal is None:
        rules = price_rules(shown.card, shown.series, catalogue.price_lists)
    local = question.at.astimezone(catalogue.zone(question.store))
    return calculate(question.lines, rules, at=local, places=catalogue.currency.places)


async def price_return(
    pool: asyncpg.Pool,
    catalogue: CatalogueCache,
    question: Question,
    *,
    original: Original,
    original_lines: Sequence[int | None],
) -> Calculated:
    """Say what is given back for goods of a sale. Raises ReceiptUnknownError, NothingLeftError, CardUnknownError."""
    shown = None
    if question.card is not None:
        shown = await find_shown(pool, catalogue, question.card, at=question.at, store=question.store)
        if shown is None:
            raise CardUnknownError("no card has this number", field="card.number")
    current = await catalogue.newest()
    async with pool.acquire() as connection, connection.transaction():
        found = (await repository.find_originals(connection, [original], lock=False)).get(original)
        if found is None or found.state in {"parked", "suspended"}:
            raise ReceiptUnknownError("the sale that is returned is not known here", field="original")
        sold = await load_sold(connection, found)
        sold.resale = await load_resale(connection, sold, current)
    if sold.state == "voided":
        raise NothingLeftError("the sale was voided: nothing of it is left to be returned", field="original")
    lines = _refund_lines(question.lines, original_lines, sold)
    total = sum(line.net for line in lines)
    gross = sum(line.gross for line in lines)
    return Calculated(Priced(tuple(lines), gross, gross - total, total), shown, _refund_payments(sold, total))


def _refund_lines(lines: Sequence[Line], original_lines: Sequence[int | None], sold: SoldReceipt) -> list[PricedLine]:
    remaining = Remaining(sold.lines)
    dues: dict[int, int] = {}
    for index, (line, original_line) in enumerate(zip(lines, original_lines, strict=True)):
        if line.quantity > 0:
            given = remaining.take(original_line=original_line, sku=line.sku, price=line.price, quantity=line.quantity)
            if given is None:
                raise nothing_left(line.line, index)
            dues[line.line] = given.due
    if sold.resale is not None:
        due = sold.resale.refund(sold.lines, remaining.lines)
        dues = dict(zip(dues, spread(due, list(dues.values())), strict=True))
    return [_as_sold(line, dues.get(line.line, line.gross)) for line in lines]


def _as_sold(line: Line, net: int) -> PricedLine:
    discount = line.gross - net
    applied = (Applied("manual", AS_SOLD, None, discount),) if discount else ()
    return PricedLine(line.line, line.quantity, line.price, line.gross, discount, net, applied, ())


def _refund_payments(sold: SoldReceipt, total: int) -> list[PaymentShare]:
    before = sum(line.refunded for line in sold.lines)
    amounts = [amount for _, amount, _ in sold.payments]
    shares = refund_payments(amounts, refunded_before=before, refund_now=total)
    return [
        PaymentShare(kind, share, card) for (kind, _, card), share in zip(sold.payments, shares, strict=True) if share
    ]
