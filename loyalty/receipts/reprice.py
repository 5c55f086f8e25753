"""Versioned truth: a kept receipt priced again as of its own moment gives its discounts, or the cause is named.

The key idea: settings, rules, price lists and a card's own percent are all kept with the moments at which they held,
and pricing is pure; so what a till gave years ago can be calculated again and explained line by line.

A return is not priced: what it gives back is its sale's. It refuses to put anything right.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.cards.catalogue.versions import Versions, load_versions
from loyalty.cards.model import price_rules, refusal
from loyalty.pricing.calculate import calculate
from loyalty.pricing.giving_back import as_sold
from loyalty.pricing.model import Priced, PriceRules
from loyalty.receipts.kept import After, Head, KeptReceipt, find_kept, load_kept_page
from loyalty.receipts.model import ReceiptLine

Cause = Literal[
    "changed_meanwhile", "card_unknown_then", "offline", "manual", "till_discount", "voided_unseen", "unexplained"
]

PAGE_ROWS = 500
LONGEST_CHANGE = timedelta(seconds=10)
"""A change of settings is seen at most so long after the moment that it bears."""


class Repriced(Struct, frozen=True):
    """A receipt priced again: what its rules give, and why the till gave something else; no cause where it did not.

    `given` is the whole discount that was kept.
    """

    head: Head
    priced: Priced
    given: int
    cause: Cause | None


class RepricedPage(Struct, frozen=True):
    """How many receipts of a page were priced, how many returns were not, which differ, and where to go on.

    `after` is None at the end.
    """

    priced: int
    returns: int
    differing: Sequence[Repriced]
    after: After | None


async def reprice_page(
    connection: AsyncConnection,
    versions: Versions,
    since: date,
    until: date,
    *,
    after: After | None,
    size: int = PAGE_ROWS,
) -> RepricedPage:
    """Price the next kept receipts of days of business, both ends inclusive, as of their own moments."""
    kept = await load_kept_page(connection, since, until, after=after, size=size)
    sales = [receipt for receipt in kept if receipt.head.kind == "sale"]
    repriced = [await _reprice(connection, versions, receipt) for receipt in sales]
    last = kept[-1].head if kept else None
    return RepricedPage(
        priced=len(sales),
        returns=len(kept) - len(sales),
        differing=[one for one in repriced if one.cause is not None],
        after=None if last is None else After(last.business_date, last.id),
    )


async def explain_receipt(connection: AsyncConnection, uid: UUID) -> Repriced | None:
    """Explain the discounts of one kept receipt, in whatever state it is; None if there is none.

    The lines say what acted and what lost as of its moment. The reason of a return's discount is its sale.
    """
    receipt = await find_kept(connection, uid)
    if receipt is None:
        return None
    if receipt.head.kind == "return":
        given = sum(line.discount for line in receipt.lines)
        return Repriced(receipt.head, _as_sold(receipt.lines), given, None)
    return await _reprice(connection, await load_versions(connection), receipt)


async def _reprice(connection: AsyncConnection, versions: Versions, receipt: KeptReceipt) -> Repriced:
    """Price a sale by the versions of its own moment, else by those that it was checked against when it came."""
    head = receipt.head
    given = sum(line.discount for line in receipt.lines)
    own = await _price(connection, versions, receipt, at=head.moment)
    if _agrees(receipt, own):
        return Repriced(head, own, given, None)
    for at in (head.received_at, head.received_at - LONGEST_CHANGE):
        as_received = await _price(connection, versions, receipt, at=at)
        if _agrees(receipt, as_received):
            return Repriced(head, as_received, given, "changed_meanwhile")
    return Repriced(head, own, given, _name_cause(head))


def _agrees(receipt: KeptReceipt, priced: Priced) -> bool:
    return [line.discount for line in receipt.lines] == [line.discount for line in priced.lines]


def _name_cause(head: Head) -> Cause:
    """Name what the receipt itself tells of a discount that its card's rules did not give."""
    if "card_unknown" in head.flags:
        return "card_unknown_then"
    if "discount_mismatch" in head.flags:
        if head.offline:
            return "offline"
        return "manual" if head.card_number is None else "till_discount"
    # A void that came first: the receipt moved nothing, and nobody asked about its discount.
    return "voided_unseen" if head.state == "voided" else "unexplained"


async def _price(connection: AsyncConnection, versions: Versions, receipt: KeptReceipt, *, at: datetime) -> Priced:
    """Price a sale at its own local moment by the versions that held at another."""
    head, zone = receipt.head, versions.current.zone(receipt.head.store)
    rules = await _load_rules(connection, versions, receipt, at=at, moment=head.moment.astimezone(zone))
    goods = [line.goods for line in receipt.lines]
    return calculate(goods, rules, at=head.moment.astimezone(zone), places=versions.current.currency.places)


async def _load_rules(
    connection: AsyncConnection, versions: Versions, receipt: KeptReceipt, *, at: datetime, moment: datetime
) -> PriceRules | None:
    shown = receipt.shown
    if shown is None or "card_unknown" in receipt.head.flags:
        return None
    card = shown.card_at(at)
    series = await versions.load_series(connection, card.series_id, at)
    if refusal(card, series, state=shown.state_at(moment), at=moment) is not None:
        return None
    lists = await versions.load_price_lists(connection, series.settings.price_lists, at)
    return price_rules(card, series, lists)


def _as_sold(lines: Iterable[ReceiptLine]) -> Priced:
    priced = tuple(as_sold(line.goods, line.net) for line in lines)
    gross, total = sum(line.gross for line in priced), sum(line.net for line in priced)
    return Priced(priced, gross, gross - total, total)
