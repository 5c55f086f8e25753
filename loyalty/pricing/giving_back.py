"""What goods that come back are priced at, and by which means their money goes back. Pure.

The key idea: one function says it, at the server and at a till without one, so that a refund is the same wherever it
was asked for. What was sold and what came back of it before is the caller's to know.
"""

from collections.abc import Sequence

from loyalty.errors import NothingLeftError
from loyalty.pricing.calculate import MANUAL
from loyalty.pricing.model import Applied, Line, Priced, PricedLine
from loyalty.pricing.refunds import Remaining, SoldLine, refund_payments
from loyalty.pricing.resale import Resale, spread

AS_SOLD = "original"
"""The source of a refund's discount: what the till took off in the sale, whatever its reason was there."""

Paid = tuple[str, int, str | None]
"""A payment: its kind, its amount, and the number of the card of a card payment."""


def price_refund(
    lines: Sequence[Line], original_lines: Sequence[int | None], sold: Sequence[SoldLine], resale: Resale | None
) -> Priced:
    """Price goods given back at what is due for them; lines that take nothing back are at their price.

    With a `resale` the rest of the sale is priced anew. Raises NothingLeftError.
    """
    remaining = Remaining(sold)
    dues: dict[int, int] = {}
    for index, (line, original_line) in enumerate(zip(lines, original_lines, strict=True)):
        if line.quantity > 0:
            given = remaining.take(original_line=original_line, sku=line.sku, price=line.price, quantity=line.quantity)
            if given is None:
                raise nothing_left(line.line, index)
            dues[line.line] = given.due
    if resale is not None:
        due = resale.refund(sold, remaining.lines)
        dues = dict(zip(dues, spread(due, list(dues.values())), strict=True))
    priced = tuple(as_sold(line, dues.get(line.line, line.gross)) for line in lines)
    gross, total = sum(line.gross for line in priced), sum(line.net for line in priced)
    return Priced(priced, gross, gross - total, total)


def share_refund(paid: Sequence[Paid], sold: Sequence[SoldLine], total: int) -> list[Paid]:
    """Split a refund over the payments of its sale; those that get nothing are left out."""
    before = sum(line.refunded for line in sold)
    shares = refund_payments([amount for _, amount, _ in paid], refunded_before=before, refund_now=total)
    return [(kind, share, card) for (kind, _, card), share in zip(paid, shares, strict=True) if share]


def as_sold(line: Line, net: int) -> PricedLine:
    """Give a line at what was paid for it: whatever the discount was, it has the one reason that it was so."""
    discount = line.gross - net
    applied = (Applied(MANUAL, AS_SOLD, None, discount),) if discount else ()
    return PricedLine(line.line, line.quantity, line.price, line.gross, discount, net, applied, ())


def nothing_left(line: int, index: int) -> NothingLeftError:
    """Give the refusal of a returned line, by its number and its place."""
    return NothingLeftError(f"line {line}: so much of this article is not left of the sale", field=f"lines[{index}]")
