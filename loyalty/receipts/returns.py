"""What a return takes back of its sale, and whether the till gave back what the rule says."""

from uuid import UUID

from msgspec import Struct

from loyalty.errors import NothingLeftError
from loyalty.pricing.giving_back import nothing_left
from loyalty.pricing.refunds import Remaining, SoldLine
from loyalty.receipts.facts import SoldReceipt
from loyalty.receipts.model import Receipt


class Taken(Struct, frozen=True, gc=False):
    """What a return takes back: the sold line of each of its lines, and whether the refund is the due one.

    `is_last` tells that it takes the last goods of the sale, top-ups aside: then the sale is no purchase any more.
    `left` are the sold lines after it.
    """

    original_uid: UUID
    lines: dict[int, int]
    is_due: bool
    is_last: bool
    top_up_lines: frozenset[int]
    left: list[SoldLine]


def take_back(receipt: Receipt, sold: SoldReceipt) -> Taken:
    """Match a return with its sale. Raises NothingLeftError.

    Lines with a quantity of zero or less take nothing back: they are corrections inside the return.
    """
    if sold.state == "voided":
        raise NothingLeftError("the sale was voided: nothing of it is left to be returned", field="original")
    remaining = Remaining(sold.lines)
    had_goods = _has_goods(remaining, sold)
    lines: dict[int, int] = {}
    is_due, given_back = True, 0
    for index, line in enumerate(receipt.lines):
        quantity = line.goods.quantity
        if quantity <= 0:
            continue
        given = remaining.take(
            original_line=line.original_line,
            sku=line.goods.sku,
            price=line.goods.price,
            quantity=quantity,
            refunded=line.net,
        )
        if given is None:
            raise nothing_left(line.goods.line, index)
        is_due = is_due and given.due == line.net
        given_back += line.net
        lines[line.goods.line] = given.line
    if sold.resale is not None:
        is_due = given_back == sold.resale.refund(sold.lines, remaining.lines)
    return Taken(
        original_uid=sold.uid,
        lines=lines,
        is_due=is_due,
        is_last=had_goods and not _has_goods(remaining, sold),
        top_up_lines=frozenset(number for number, origin in lines.items() if origin in sold.top_up_lines),
        left=remaining.lines,
    )


def _has_goods(remaining: Remaining, sold: SoldReceipt) -> bool:
    return any(line.left > 0 and line.line not in sold.top_up_lines for line in remaining.lines)
