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
from loyalty.pricing.giving_back import price_refund, share_refund
from loyalty.pricing.model import Line, Priced
from loyalty.receipts import repository
from loyalty.receipts.model import Original
from loyalty.receipts.resale import load_resale
from loyalty.receipts.sold import load_sold


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
    priced = price_refund(question.lines, original_lines, sold.lines, sold.resale)
    shares = share_refund(sold.payments, sold.lines, priced.total)
    return Calculated(priced, shown, [PaymentShare(*share) for share in shares])
